"""The ready-made Estimators: linear, deep, and both together.

Arguments that all of them have:
  model_dir: see `Estimator`, as for `config` and `feature_engineering_fn`.
  n_classes: of a classifier.
  weight_column_name: the feature that has the weights of examples.
  gradient_clip_norm: the norm that all gradients together are shortened to.
  enable_centered_bias: see `heads.Head`.
  label_keys: the names of more than two classes, if labels are names.
  label_dimension: how many numbers a regressor predicts for an example.
Columns are those of `tf.contrib.layers`, or all of `tf.feature_column`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cnn_mnist.tf1.contrib.learn import class_heads, heads, models, regression_heads
from cnn_mnist.tf1.contrib.learn.estimator import Estimator
from cnn_mnist.tf1.contrib.learn.predicting import Classifier, Regressor
from cnn_mnist.tf_compat import tf


class LinearEstimator(Estimator):
    """A linear model with a head; see `models.linear`."""

    def __init__(
        self,
        feature_columns: Iterable[Any],
        head: heads.Head,
        model_dir: str | None = None,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        gradient_clip_norm: float | None = None,
        _joint_weights: bool = False,
        config: Any = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
    ) -> None:
        del weight_column_name  # It is the head's.
        params = _linear(feature_columns, head, optimizer, gradient_clip_norm, _joint_weights)
        super().__init__(models.linear, model_dir, config, params, feature_engineering_fn)


class LinearClassifier(Classifier):
    """A linear model for classes; see `models.linear`."""

    def __init__(
        self,
        feature_columns: Iterable[Any],
        model_dir: str | None = None,
        n_classes: int = 2,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        _joint_weight: bool = False,
        config: Any = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
        label_keys: Sequence[str] | None = None,
    ) -> None:
        head = class_heads.multi_class_head(
            n_classes,
            weight_column_name=weight_column_name,
            enable_centered_bias=enable_centered_bias,
            label_keys=label_keys,
        )
        params = _linear(feature_columns, head, optimizer, gradient_clip_norm, _joint_weight)
        super().__init__(models.linear, model_dir, config, params, feature_engineering_fn)


class LinearRegressor(Regressor):
    """A linear model for numbers; see `models.linear`."""

    def __init__(
        self,
        feature_columns: Iterable[Any],
        model_dir: str | None = None,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        label_dimension: int = 1,
        _joint_weights: bool = False,
        config: Any = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
    ) -> None:
        head = regression_heads.regression_head(
            weight_column_name=weight_column_name,
            label_dimension=label_dimension,
            enable_centered_bias=enable_centered_bias,
        )
        params = _linear(feature_columns, head, optimizer, gradient_clip_norm, _joint_weights)
        super().__init__(models.linear, model_dir, config, params, feature_engineering_fn)


class DNNEstimator(Estimator):
    """A deep network with a head; see `models.deep`."""

    def __init__(
        self,
        head: heads.Head,
        hidden_units: Sequence[int],
        feature_columns: Iterable[Any],
        model_dir: str | None = None,
        optimizer: Any = None,
        activation_fn: Any = tf.nn.relu,
        dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        config: Any = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
        embedding_lr_multipliers: dict[Any, float] | None = None,
        input_layer_min_slice_size: int | None = None,
    ) -> None:
        del input_layer_min_slice_size
        params = {
            "head": head,
            "hidden_units": hidden_units,
            "feature_columns": tuple(feature_columns),
            "optimizer": optimizer,
            "activation_fn": activation_fn,
            "dropout": dropout,
            "gradient_clip_norm": gradient_clip_norm,
            "embedding_lr_multipliers": embedding_lr_multipliers,
        }
        super().__init__(models.deep, model_dir, config, params, feature_engineering_fn)


class DNNClassifier(Classifier):
    """A deep network for classes; see `models.deep`."""

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Iterable[Any],
        model_dir: str | None = None,
        n_classes: int = 2,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        activation_fn: Any = tf.nn.relu,
        dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        config: Any = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
        embedding_lr_multipliers: dict[Any, float] | None = None,
        input_layer_min_slice_size: int | None = None,
        label_keys: Sequence[str] | None = None,
    ) -> None:
        del input_layer_min_slice_size
        head = class_heads.multi_class_head(
            n_classes,
            weight_column_name=weight_column_name,
            enable_centered_bias=enable_centered_bias,
            label_keys=label_keys,
        )
        params = {
            "head": head,
            "hidden_units": hidden_units,
            "feature_columns": tuple(feature_columns),
            "optimizer": optimizer,
            "activation_fn": activation_fn,
            "dropout": dropout,
            "gradient_clip_norm": gradient_clip_norm,
            "embedding_lr_multipliers": embedding_lr_multipliers,
        }
        super().__init__(models.deep, model_dir, config, params, feature_engineering_fn)


class DNNRegressor(Regressor):
    """A deep network for numbers; see `models.deep`."""

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Iterable[Any],
        model_dir: str | None = None,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        activation_fn: Any = tf.nn.relu,
        dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        config: Any = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
        label_dimension: int = 1,
        embedding_lr_multipliers: dict[Any, float] | None = None,
        input_layer_min_slice_size: int | None = None,
    ) -> None:
        del input_layer_min_slice_size
        head = regression_heads.regression_head(
            weight_column_name=weight_column_name,
            label_dimension=label_dimension,
            enable_centered_bias=enable_centered_bias,
        )
        params = {
            "head": head,
            "hidden_units": hidden_units,
            "feature_columns": tuple(feature_columns),
            "optimizer": optimizer,
            "activation_fn": activation_fn,
            "dropout": dropout,
            "gradient_clip_norm": gradient_clip_norm,
            "embedding_lr_multipliers": embedding_lr_multipliers,
        }
        super().__init__(models.deep, model_dir, config, params, feature_engineering_fn)


def _linear(
    columns: Iterable[Any], head: heads.Head, optimizer: Any, clip_norm: float | None, joint: bool
) -> dict[str, Any]:
    return {
        "head": head,
        "feature_columns": tuple(columns),
        "optimizer": optimizer,
        "gradient_clip_norm": clip_norm,
        "joint_weights": joint,
    }
