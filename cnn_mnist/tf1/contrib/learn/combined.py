"""The ready-made Estimators of a linear model and a deep one together; see `estimators`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cnn_mnist.tf1.contrib.learn import class_heads, heads, models, regression_heads
from cnn_mnist.tf1.contrib.learn.estimator import Estimator
from cnn_mnist.tf1.contrib.learn.predicting import Classifier, Regressor
from cnn_mnist.tf_compat import tf


class DNNLinearCombinedEstimator(Estimator):
    """Both with a head; see `models.combined`."""

    def __init__(
        self,
        head: heads.Head,
        model_dir: str | None = None,
        linear_feature_columns: Iterable[Any] | None = None,
        linear_optimizer: Any = None,
        _joint_linear_weights: bool = False,
        dnn_feature_columns: Iterable[Any] | None = None,
        dnn_optimizer: Any = None,
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Any = None,
        dnn_dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        config: Any = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
        embedding_lr_multipliers: dict[Any, float] | None = None,
        fix_global_step_increment_bug: bool = False,
        input_layer_partitioner: Any = None,
    ) -> None:
        del input_layer_partitioner
        params = _params(
            head=head,
            linear_feature_columns=linear_feature_columns,
            linear_optimizer=linear_optimizer,
            joint_linear_weights=_joint_linear_weights,
            dnn_feature_columns=dnn_feature_columns,
            dnn_optimizer=dnn_optimizer,
            dnn_hidden_units=dnn_hidden_units,
            dnn_activation_fn=dnn_activation_fn,
            dnn_dropout=dnn_dropout,
            gradient_clip_norm=gradient_clip_norm,
            embedding_lr_multipliers=embedding_lr_multipliers,
            fix_global_step_increment_bug=fix_global_step_increment_bug,
        )
        super().__init__(models.combined, model_dir, config, params, feature_engineering_fn)


class DNNLinearCombinedClassifier(Classifier):
    """Both for classes; see `models.combined`."""

    def __init__(
        self,
        model_dir: str | None = None,
        n_classes: int = 2,
        weight_column_name: str | None = None,
        linear_feature_columns: Iterable[Any] | None = None,
        linear_optimizer: Any = None,
        _joint_linear_weights: bool = False,
        dnn_feature_columns: Iterable[Any] | None = None,
        dnn_optimizer: Any = None,
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Any = tf.nn.relu,
        dnn_dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        config: Any = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
        embedding_lr_multipliers: dict[Any, float] | None = None,
        input_layer_min_slice_size: int | None = None,
        label_keys: Sequence[str] | None = None,
        fix_global_step_increment_bug: bool = False,
    ) -> None:
        del input_layer_min_slice_size
        head = class_heads.multi_class_head(
            n_classes,
            weight_column_name=weight_column_name,
            enable_centered_bias=enable_centered_bias,
            label_keys=label_keys,
        )
        params = _params(
            head=head,
            linear_feature_columns=linear_feature_columns,
            linear_optimizer=linear_optimizer,
            joint_linear_weights=_joint_linear_weights,
            dnn_feature_columns=dnn_feature_columns,
            dnn_optimizer=dnn_optimizer,
            dnn_hidden_units=dnn_hidden_units,
            dnn_activation_fn=dnn_activation_fn,
            dnn_dropout=dnn_dropout,
            gradient_clip_norm=gradient_clip_norm,
            embedding_lr_multipliers=embedding_lr_multipliers,
            fix_global_step_increment_bug=fix_global_step_increment_bug,
        )
        super().__init__(models.combined, model_dir, config, params, feature_engineering_fn)


class DNNLinearCombinedRegressor(Regressor):
    """Both for numbers; see `models.combined`."""

    def __init__(
        self,
        model_dir: str | None = None,
        weight_column_name: str | None = None,
        linear_feature_columns: Iterable[Any] | None = None,
        linear_optimizer: Any = None,
        _joint_linear_weights: bool = False,
        dnn_feature_columns: Iterable[Any] | None = None,
        dnn_optimizer: Any = None,
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Any = tf.nn.relu,
        dnn_dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        label_dimension: int = 1,
        config: Any = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
        embedding_lr_multipliers: dict[Any, float] | None = None,
        input_layer_min_slice_size: int | None = None,
        fix_global_step_increment_bug: bool = False,
    ) -> None:
        del input_layer_min_slice_size
        head = regression_heads.regression_head(
            weight_column_name=weight_column_name,
            label_dimension=label_dimension,
            enable_centered_bias=enable_centered_bias,
        )
        params = _params(
            head=head,
            linear_feature_columns=linear_feature_columns,
            linear_optimizer=linear_optimizer,
            joint_linear_weights=_joint_linear_weights,
            dnn_feature_columns=dnn_feature_columns,
            dnn_optimizer=dnn_optimizer,
            dnn_hidden_units=dnn_hidden_units,
            dnn_activation_fn=dnn_activation_fn,
            dnn_dropout=dnn_dropout,
            gradient_clip_norm=gradient_clip_norm,
            embedding_lr_multipliers=embedding_lr_multipliers,
            fix_global_step_increment_bug=fix_global_step_increment_bug,
        )
        super().__init__(models.combined, model_dir, config, params, feature_engineering_fn)


def _params(**params: Any) -> dict[str, Any]:
    """Returns the params of `models.combined`.

    Raises:
      ValueError: there are no columns, or columns of the deep part and no hidden units.
    """
    for key in ("linear_feature_columns", "dnn_feature_columns"):
        params[key] = tuple(params[key] or ())
    if not params["linear_feature_columns"] and not params["dnn_feature_columns"]:
        raise ValueError("give linear_feature_columns or dnn_feature_columns")
    if params["dnn_feature_columns"] and not params["dnn_hidden_units"]:
        raise ValueError("dnn_feature_columns need dnn_hidden_units")
    return params
