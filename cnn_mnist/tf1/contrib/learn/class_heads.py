"""Heads that predict classes."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from cnn_mnist.tf1.contrib.learn import heads, model_fns
from cnn_mnist.tf_compat import tf

_lookup: Any = importlib.import_module("tensorflow.python.ops.lookup_ops")
_Keys = model_fns.MetricKey
_Predictions = model_fns.PredictionKey
_Problems = model_fns.ProblemType


class _BinaryHead(heads.Head):
    """Two classes, from one output."""

    def __init__(self, thresholds: Any, *arguments: Any) -> None:
        super().__init__(*arguments)

        self._thresholds = thresholds or (0.5,)

    def _losses(self, labels: Any, logits: Any) -> Any:
        labels = heads.two_dimensions(tf.cast(labels, tf.float32))
        return tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)

    def _predicted(self, logits: Any) -> dict[str, Any]:
        both = tf.concat([tf.zeros_like(logits), logits], axis=1)
        return {
            _Predictions.LOGITS: logits,
            _Predictions.LOGISTIC: tf.sigmoid(logits, name=_Predictions.LOGISTIC),
            _Predictions.PROBABILITIES: tf.nn.softmax(both, name=_Predictions.PROBABILITIES),
            _Predictions.CLASSES: tf.argmax(both, 1, name=_Predictions.CLASSES),
        }

    def _metrics(self, labels: Any, predictions: dict[str, Any], weights: Any) -> dict[str, Any]:
        logistic = predictions[_Predictions.LOGISTIC]
        labels = heads.two_dimensions(labels)
        numbers, truth = tf.cast(labels, tf.float32), tf.cast(labels, tf.bool)
        classes = heads.two_dimensions(predictions[_Predictions.CLASSES])
        found = {
            _Keys.ACCURACY: tf.metrics.accuracy(tf.cast(labels, tf.int64), classes, weights),
            _Keys.PREDICTION_MEAN: tf.metrics.mean(logistic, weights),
            _Keys.LABEL_MEAN: tf.metrics.mean(numbers, weights),
            _Keys.ACCURACY_BASELINE: tf.metrics.mean(numbers, weights),
            _Keys.AUC: tf.metrics.auc(truth, logistic, weights),
            _Keys.AUC_PR: tf.metrics.auc(truth, logistic, weights, curve="PR"),
        }
        for threshold in self._thresholds:
            above = tf.cast(logistic >= threshold, tf.float32)
            at = {"thresholds": [threshold], "weights": weights}
            found[_Keys.ACCURACY_MEAN % threshold] = tf.metrics.accuracy(numbers, above, weights)
            for key, metric in (
                (_Keys.PRECISION_MEAN, tf.metrics.precision_at_thresholds),
                (_Keys.RECALL_MEAN, tf.metrics.recall_at_thresholds),
            ):
                value, update = metric(truth, logistic, **at)
                found[key % threshold] = tf.squeeze(value), tf.squeeze(update)
        return found

    def _exported(self, predictions: dict[str, Any]) -> dict[str, Any]:
        return _with_names(predictions, None)


class _SvmHead(heads.Head):
    """Two classes with the hinge loss."""

    def _losses(self, labels: Any, logits: Any) -> Any:
        labels = tf.reshape(labels, [-1, 1])
        none = tf.losses.Reduction.NONE
        return tf.losses.hinge_loss(labels, logits, reduction=none)

    def _predicted(self, logits: Any) -> dict[str, Any]:
        both = tf.concat([tf.zeros_like(logits), logits], axis=1)
        return {_Predictions.LOGITS: logits, _Predictions.CLASSES: tf.argmax(both, 1)}

    def _metrics(self, labels: Any, predictions: dict[str, Any], weights: Any) -> dict[str, Any]:
        labels = tf.cast(tf.reshape(labels, [-1, 1]), tf.int64)
        classes = tf.expand_dims(predictions[_Predictions.CLASSES], 1)
        return {_Keys.ACCURACY: tf.metrics.accuracy(labels, classes, weights)}


class _MultiLabelHead(heads.Head):
    """Each class is true or false for itself; labels are `[batch, classes]` of 0 and 1."""

    def _losses(self, labels: Any, logits: Any) -> Any:
        labels = tf.cast(labels, tf.float32)
        return tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)

    def _predicted(self, logits: Any) -> dict[str, Any]:
        return {
            _Predictions.LOGITS: logits,
            _Predictions.PROBABILITIES: tf.sigmoid(logits, name=_Predictions.PROBABILITIES),
            _Predictions.CLASSES: tf.cast(logits > 0, tf.int64, name=_Predictions.CLASSES),
        }

    def _metrics(self, labels: Any, predictions: dict[str, Any], weights: Any) -> dict[str, Any]:
        truth = tf.cast(labels, tf.bool)
        of_classes = weights
        if weights is not None:
            of_classes = tf.broadcast_to(weights, tf.shape(truth))
        classes, likely = (
            predictions[_Predictions.CLASSES],
            predictions[_Predictions.PROBABILITIES],
        )
        return {
            _Keys.ACCURACY: tf.metrics.accuracy(tf.cast(labels, tf.int64), classes, of_classes),
            _Keys.AUC: tf.metrics.auc(truth, likely, of_classes),
            _Keys.AUC_PR: tf.metrics.auc(truth, likely, of_classes, curve="PR"),
        }

    def _exported(self, predictions: dict[str, Any]) -> dict[str, Any]:
        return _with_names(predictions, None)


class _MultiClassHead(heads.Head):
    def __init__(
        self, loss_fn: Any, class_ids: Sequence[int], label_keys: Any, *arguments: Any
    ) -> None:
        super().__init__(*arguments)
        self._loss_fn, self._class_ids, self._label_keys = loss_fn, class_ids, label_keys

    def _ids(self, labels: Any) -> Any:
        if self._label_keys:
            labels = _lookup.index_table_from_tensor(self._label_keys).lookup(labels)
        if not labels.dtype.is_integer:
            raise ValueError(f"labels are {labels.dtype.name}, and classes must be integers")
        return tf.squeeze(labels, axis=[1]) if labels.shape.rank == 2 else labels

    def _loss(self, labels: Any, logits: Any, weights: Any) -> tuple[Any, Any]:
        if self._loss_fn is None:
            return super()._loss(labels, logits, weights)
        given = {} if weights is None else {"weights": weights}
        loss = self._loss_fn(labels=self._ids(labels), logits=logits, **given)
        return loss, loss

    def _losses(self, labels: Any, logits: Any) -> Any:
        ids = self._ids(labels)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=ids, logits=logits)
        return losses if self._weight_name is None else tf.expand_dims(losses, 1)

    def _predicted(self, logits: Any) -> dict[str, Any]:
        classes = tf.argmax(logits, 1, name=_Predictions.CLASSES)
        if self._label_keys:
            classes = _lookup.index_to_string_table_from_tensor(self._label_keys).lookup(classes)
        return {
            _Predictions.LOGITS: logits,
            _Predictions.PROBABILITIES: tf.nn.softmax(logits, name=_Predictions.PROBABILITIES),
            _Predictions.CLASSES: classes,
        }

    def _metrics(self, labels: Any, predictions: dict[str, Any], weights: Any) -> dict[str, Any]:
        classes = predictions[_Predictions.CLASSES]
        labels = tf.squeeze(labels, axis=[1]) if labels.shape.rank == 2 else labels
        of_example = None if weights is None else tf.squeeze(weights, axis=[1])
        if not self._label_keys:
            labels = tf.cast(labels, tf.int64)
        found = {_Keys.ACCURACY: tf.metrics.accuracy(labels, classes, of_example)}
        for key in () if self._label_keys else self._class_ids:
            for name, values in (
                (_Keys.CLASS_PREDICTION_MEAN, tf.equal(classes, key)),
                (_Keys.CLASS_LABEL_MEAN, tf.equal(labels, key)),
                (_Keys.CLASS_PROBABILITY_MEAN, predictions[_Predictions.PROBABILITIES][:, key]),
                (_Keys.CLASS_LOGITS_MEAN, predictions[_Predictions.LOGITS][:, key]),
            ):
                found[name % key] = tf.metrics.mean(tf.cast(values, tf.float32), of_example)
        return found

    def _exported(self, predictions: dict[str, Any]) -> dict[str, Any]:
        return _with_names(predictions, self._label_keys)


def multi_class_head(
    n_classes: int,
    label_name: str | None = None,
    weight_column_name: str | None = None,
    enable_centered_bias: bool = False,
    head_name: str | None = None,
    thresholds: Sequence[float] | None = None,
    metric_class_ids: Sequence[int] | None = None,
    loss_fn: Callable[..., Any] | None = None,
    label_keys: Sequence[str] | None = None,
) -> heads.Head:
    """Returns a head for one of several classes: logistic for two, else softmax.

    Args:
      n_classes: at least 2.
      label_name: of its labels, if they are a dict.
      weight_column_name: the feature that has the weights of examples.
      enable_centered_bias: whether it learns a bias of its own.
      head_name: ends the names of its metrics.
      thresholds: for the metrics of two classes, by default 0.5.
      metric_class_ids: classes of more than two that have metrics of their own.
      loss_fn: `(labels, logits, weights)` by name, instead of the cross-entropy.
      label_keys: the names of more than two classes, if labels are names.

    Raises:
      ValueError: an argument does not fit the number of classes.
    """
    if n_classes is None or n_classes < 2:
        raise ValueError(f"n_classes={n_classes}: at least 2 are needed")
    rest = (label_name, weight_column_name, enable_centered_bias, head_name)
    if n_classes == 2:
        if metric_class_ids or label_keys:
            raise ValueError("metric_class_ids and label_keys are for more than two classes")
        if loss_fn is not None:
            raise ValueError("loss_fn is supplied for more than two classes only")
        scope = "binary_logistic_head"
        return _BinaryHead(thresholds, _Problems.LOGISTIC_REGRESSION, 1, scope, *rest)
    if label_keys and len(label_keys) != n_classes:
        raise ValueError(f"{len(label_keys)} label_keys for {n_classes} classes")
    class_ids = tuple(metric_class_ids or ())
    if any(not 0 <= key < n_classes for key in class_ids):
        raise ValueError(f"metric_class_ids={class_ids}: from 0 to {n_classes - 1}")
    names = list(label_keys) if label_keys else None
    problem = _Problems.CLASSIFICATION
    return _MultiClassHead(loss_fn, class_ids, names, problem, n_classes, "multi_class_head", *rest)


def binary_svm_head(
    label_name: str | None = None,
    weight_column_name: str | None = None,
    enable_centered_bias: bool = False,
    head_name: str | None = None,
    thresholds: Sequence[float] | None = None,
) -> heads.Head:
    """Returns a head for two classes with the hinge loss; see `multi_class_head`."""
    del thresholds
    rest = (label_name, weight_column_name, enable_centered_bias, head_name)
    return _SvmHead(_Problems.LOGISTIC_REGRESSION, 1, "binary_svm_head", *rest)


def multi_label_head(
    n_classes: int,
    label_name: str | None = None,
    weight_column_name: str | None = None,
    enable_centered_bias: bool = False,
    head_name: str | None = None,
    thresholds: Sequence[float] | None = None,
) -> heads.Head:
    """Returns a head for classes that can be true together; see `multi_class_head`."""
    del thresholds
    rest = (label_name, weight_column_name, enable_centered_bias, head_name)
    return _MultiLabelHead(_Problems.CLASSIFICATION, n_classes, "multi_label_head", *rest)


def _with_names(predictions: dict[str, Any], names: list[str] | None) -> dict[str, Any]:
    """Returns predictions with the names of all classes, as TensorFlow Serving wants them."""
    likely = predictions[_Predictions.PROBABILITIES]
    names = names or [str(number) for number in range(likely.shape[-1])]
    every = tf.tile(tf.constant([names]), [tf.shape(likely)[0], 1])
    return {**predictions, _Predictions.CLASSES: every}
