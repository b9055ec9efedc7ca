"""`tf.contrib.estimator`: what `tf.estimator` lacks of it."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from cnn_mnist.tf_compat import tf

_heads: Any = importlib.import_module("tensorflow_estimator.python.estimator.canned.head")
_MEAN = tf.losses.Reduction.SUM_OVER_BATCH_SIZE


def binary_classification_head(
    weight_column: Any = None,
    thresholds: Any = None,
    label_vocabulary: Any = None,
    loss_reduction: str = _MEAN,
    loss_fn: Any = None,
    name: str | None = None,
) -> Any:
    """Returns a head for two classes, whose loss is the mean over a batch.

    Args:
      weight_column: of the weights of examples.
      thresholds: for metrics.
      label_vocabulary: the names of the classes, if labels are names.
      loss_reduction: see `tf.losses.Reduction`.
      loss_fn: `(labels, logits)` and more by name, instead of the cross-entropy.
      name: ends the names of metrics.
    """
    return _heads._binary_logistic_head_with_sigmoid_cross_entropy_loss(
        weight_column, thresholds, label_vocabulary, loss_reduction, loss_fn, name
    )


def multi_class_head(
    n_classes: int,
    weight_column: Any = None,
    label_vocabulary: Any = None,
    loss_reduction: str = _MEAN,
    loss_fn: Any = None,
    name: str | None = None,
) -> Any:
    """Returns a head for more than two classes; see `binary_classification_head`."""
    return _heads._multi_class_head_with_softmax_cross_entropy_loss(
        n_classes, weight_column, label_vocabulary, loss_reduction, loss_fn, name
    )


def regression_head(
    weight_column: Any = None,
    label_dimension: int = 1,
    loss_reduction: str = _MEAN,
    loss_fn: Any = None,
    inverse_link_fn: Any = None,
    name: str | None = None,
) -> Any:
    """Returns a head for numbers with the squared error; see `binary_classification_head`.

    Args:
      label_dimension: how many numbers an example has.
      inverse_link_fn: applied to outputs for the predictions.
    """
    return _heads._regression_head(
        weight_column, label_dimension, loss_reduction, loss_fn, inverse_link_fn, name
    )


def poisson_regression_head(
    weight_column: Any = None,
    label_dimension: int = 1,
    loss_reduction: str = _MEAN,
    compute_full_loss: bool = True,
    name: str | None = None,
) -> Any:
    """Returns a head for counts; see `regression_head`.

    Args:
      compute_full_loss: see `tf.nn.log_poisson_loss`.
    """

    def loss_fn(labels: Any, logits: Any) -> Any:
        return tf.nn.log_poisson_loss(labels, logits, compute_full_loss=compute_full_loss)

    return regression_head(weight_column, label_dimension, loss_reduction, loss_fn, tf.exp, name)


def logistic_regression_head(
    weight_column: Any = None, loss_reduction: str = _MEAN, name: str | None = None
) -> Any:
    """Returns a head for numbers from 0 to 1 with the cross-entropy; see `regression_head`."""

    def loss_fn(labels: Any, logits: Any) -> Any:
        return tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)

    return regression_head(weight_column, 1, loss_reduction, loss_fn, tf.sigmoid, name)


class _Clipped(tf.train.Optimizer):
    """An optimizer whose gradients are shortened together before they are applied."""

    def __init__(self, optimizer: Any, clip_norm: float) -> None:
        super().__init__(name="TransformGradients", use_locking=False)
        self._optimizer, self._clip_norm = optimizer, clip_norm

    def compute_gradients(self, *arguments: Any, **keywords: Any) -> Any:
        return self._optimizer.compute_gradients(*arguments, **keywords)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        gradients, variables = zip(*grads_and_vars, strict=True)
        gradients, _ = tf.clip_by_global_norm(gradients, self._clip_norm)
        pairs = list(zip(gradients, variables, strict=True))
        return self._optimizer.apply_gradients(pairs, global_step, name)

    def get_slot(self, *arguments: Any, **keywords: Any) -> Any:
        return self._optimizer.get_slot(*arguments, **keywords)

    def get_slot_names(self, *arguments: Any, **keywords: Any) -> Any:
        return self._optimizer.get_slot_names(*arguments, **keywords)


def clip_gradients_by_norm(optimizer: Any, clip_norm: float) -> Any:
    """Returns an optimizer that shortens all gradients together to a norm.

    Args:
      optimizer: the one that applies them.
      clip_norm: the norm.
    """
    return _Clipped(optimizer, clip_norm)


def forward_features(
    estimator: Any, keys: str | Iterable[str] | None = None, sparse_default_values: Any = None
) -> Any:
    """Returns an Estimator whose predictions have features too, so that they can be told apart.

    Args:
      estimator: a `tf.estimator.Estimator`.
      keys: the features, by default all.
      sparse_default_values: by feature, what sparse ones are filled up with.

    Raises:
      ValueError: there is no such feature, or a prediction has its name.
      TypeError: a feature is sparse and has no such value.
    """
    wanted = [keys] if isinstance(keys, str) else keys

    def model_fn(features: Any, labels: Any, mode: Any, config: Any) -> Any:
        spec = estimator.model_fn(features, labels, mode, config)
        if mode != tf.estimator.ModeKeys.PREDICT:
            return spec
        predictions = dict(spec.predictions)
        for key in features if wanted is None else wanted:
            if key not in features or key in predictions:
                raise ValueError(f"feature {key}: not a feature, or there is such a prediction")
            value = features[key]
            if isinstance(value, tf.SparseTensor):
                if key not in (sparse_default_values or {}):
                    raise TypeError(f"feature {key} is sparse; give it a sparse_default_values")
                value = tf.sparse.to_dense(value, default_value=sparse_default_values[key])
            predictions[key] = value
        outputs = spec.export_outputs
        if outputs:
            default = tf.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
            if isinstance(outputs.get(default), tf.estimator.export.PredictOutput):
                outputs = {**outputs, default: tf.estimator.export.PredictOutput(predictions)}
        return spec._replace(predictions=predictions, export_outputs=outputs)

    return tf.estimator.Estimator(model_fn, model_dir=estimator.model_dir, config=estimator.config)
