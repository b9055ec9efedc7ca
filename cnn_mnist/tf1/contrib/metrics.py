"""What stands in for `tf.contrib.metrics`: the metrics of before `tf.metrics`.

Those called `streaming_...` take the predictions, then the labels; in `tf.metrics` it is the other
way around. They return the value so far, and an op that adds a batch and returns the new value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnn_mnist.tf_compat import tf

Metric = Callable[..., tuple[Any, Any]]


def _swapped(name: str) -> Metric:
    """Returns a function of `tf.metrics` with the predictions first."""
    function = getattr(tf.metrics, name)

    def streaming(
        predictions: Any,
        labels: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> tuple[Any, Any]:
        return function(  # type: ignore[no-any-return]
            labels=labels,
            predictions=predictions,
            weights=weights,
            metrics_collections=metrics_collections,
            updates_collections=updates_collections,
            name=name,
        )

    return _documented(streaming, name)


def _with_parameter(name: str, parameter: str) -> Metric:
    """Returns a function of `tf.metrics` with the predictions first, and one more argument."""
    function = getattr(tf.metrics, name)

    def streaming(
        predictions: Any,
        labels: Any,
        *arguments: Any,
        **keywords: Any,
    ) -> tuple[Any, Any]:
        order = [parameter, "weights", "metrics_collections", "updates_collections", "name"]
        if name.endswith("_at_k") and name != "average_precision_at_k":
            order.insert(1, "class_id")
        if name in ("specificity_at_sensitivity", "sensitivity_at_specificity"):
            order.insert(2, "num_thresholds")
        if len(arguments) > len(order):
            raise TypeError(f"streaming_{name} takes at most {len(order) + 2} arguments")
        given = dict(zip(order, arguments, strict=False)) | keywords
        return function(labels=labels, predictions=predictions, **given)  # type: ignore[no-any-return]

    return _documented(streaming, name)


def _documented(streaming: Metric, name: str) -> Metric:
    streaming.__name__ = streaming.__qualname__ = f"streaming_{name}"
    streaming.__doc__ = f"Returns `tf.metrics.{name}` of the predictions, then the labels."
    return streaming


streaming_accuracy = _swapped("accuracy")
streaming_precision = _swapped("precision")
streaming_recall = _swapped("recall")
streaming_true_positives = _swapped("true_positives")
streaming_true_negatives = _swapped("true_negatives")
streaming_false_positives = _swapped("false_positives")
streaming_false_negatives = _swapped("false_negatives")
streaming_mean_absolute_error = _swapped("mean_absolute_error")
streaming_mean_squared_error = _swapped("mean_squared_error")
streaming_root_mean_squared_error = _swapped("root_mean_squared_error")
streaming_mean_iou = _with_parameter("mean_iou", "num_classes")
streaming_mean_relative_error = _with_parameter("mean_relative_error", "normalizer")
streaming_precision_at_thresholds = _with_parameter("precision_at_thresholds", "thresholds")
streaming_recall_at_thresholds = _with_parameter("recall_at_thresholds", "thresholds")
streaming_sparse_recall_at_k = _with_parameter("recall_at_k", "k")
streaming_sparse_precision_at_k = _with_parameter("precision_at_k", "k")
streaming_sparse_average_precision_at_k = _with_parameter("average_precision_at_k", "k")
streaming_specificity_at_sensitivity = _with_parameter("specificity_at_sensitivity", "sensitivity")
streaming_sensitivity_at_specificity = _with_parameter("sensitivity_at_specificity", "specificity")


def streaming_auc(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns `tf.metrics.auc` of the predictions, then the labels."""
    return tf.metrics.auc(  # type: ignore[no-any-return]
        labels,
        predictions,
        weights,
        num_thresholds=num_thresholds,
        metrics_collections=metrics_collections,
        updates_collections=updates_collections,
        curve=curve,
        name=name,
    )


def streaming_recall_at_k(
    predictions: Any,
    labels: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the share of examples whose label is among the k largest predictions.

    Args:
      predictions: `[batch, classes]`.
      labels: `[batch]` ints.
      k: how many predictions count.
      weights: `[batch]`.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: of the variable scope.
    """
    found = tf.cast(tf.nn.in_top_k(predictions, labels, k), tf.float32)
    return tf.metrics.mean(  # type: ignore[no-any-return]
        found, weights, metrics_collections, updates_collections, name or f"recall_at_{k}"
    )


def streaming_mean_cosine_distance(
    predictions: Any,
    labels: Any,
    dim: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns `tf.metrics.mean_cosine_distance` of the predictions, then the labels."""
    return tf.metrics.mean_cosine_distance(  # type: ignore[no-any-return]
        labels, predictions, dim, weights, metrics_collections, updates_collections, name
    )


def streaming_false_positive_rate(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the share of negatives that are predicted to be positive; 0 without negatives.

    Args:
      predictions: bools, or numbers of which 0 is false.
      labels: of the same shape.
      weights, metrics_collections, updates_collections, name: see `tf.metrics.accuracy`.
    """
    with tf.variable_scope(name, "false_positive_rate", (predictions, labels, weights)):
        return _rate(
            tf.metrics.false_positives,
            tf.metrics.true_negatives,
            (labels, predictions, weights),
            metrics_collections,
            updates_collections,
        )


def streaming_false_negative_rate(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the share of positives that are predicted to be negative; 0 without positives.

    See `streaming_false_positive_rate` for the arguments.
    """
    with tf.variable_scope(name, "false_negative_rate", (predictions, labels, weights)):
        return _rate(
            tf.metrics.false_negatives,
            tf.metrics.true_positives,
            (labels, predictions, weights),
            metrics_collections,
            updates_collections,
        )


def _rate(
    wrong: Metric, right: Metric, inputs: tuple[Any, Any, Any], values_in: Any, updates_in: Any
) -> tuple[Any, Any]:
    """Returns wrong / (wrong + right), so far and after an update."""
    (wrong_value, wrong_update), (right_value, right_update) = wrong(*inputs), right(*inputs)
    value = tf.div_no_nan(wrong_value, wrong_value + right_value, name="value")
    update = tf.div_no_nan(wrong_update, wrong_update + right_update, name="update_op")
    if values_in:
        tf.add_to_collections(values_in, value)
    if updates_in:
        tf.add_to_collections(updates_in, update)
    return value, update


def streaming_sparse_precision_at_top_k(
    top_k_predictions: Any,
    labels: Any,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns `tf.metrics.precision_at_top_k` of the predictions, then the labels."""
    return tf.metrics.precision_at_top_k(  # type: ignore[no-any-return]
        labels=labels,
        predictions_idx=top_k_predictions,
        class_id=class_id,
        weights=weights,
        metrics_collections=metrics_collections,
        updates_collections=updates_collections,
        name=name,
    )


def sparse_recall_at_top_k(
    labels: Any,
    top_k_predictions: Any,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns `tf.metrics.recall_at_top_k` of the labels, then the predictions."""
    return tf.metrics.recall_at_top_k(  # type: ignore[no-any-return]
        labels=labels,
        predictions_idx=top_k_predictions,
        class_id=class_id,
        weights=weights,
        metrics_collections=metrics_collections,
        updates_collections=updates_collections,
        name=name,
    )


def accuracy(predictions: Any, labels: Any, weights: Any = None, name: str | None = None) -> Any:
    """Returns the share of predictions that are the label, in this batch alone.

    Args:
      predictions: ints, bools or strings.
      labels: of the same dtype.
      weights: of the examples.
      name: of the op.

    Raises:
      ValueError: the labels are floats, or the dtypes differ.
    """
    if not (labels.dtype.is_integer or labels.dtype in (tf.bool, tf.string)):
        raise ValueError(f"Labels should have bool, integer, or string dtype, not {labels.dtype}")
    if not labels.dtype.is_compatible_with(predictions.dtype):
        raise ValueError(
            f"Dtypes of predictions ({predictions.dtype}) and labels ({labels.dtype}) should match"
        )
    with tf.name_scope(name, "accuracy", values=[predictions, labels]):
        correct = tf.cast(tf.equal(predictions, labels), tf.float32)
        if weights is None:
            return tf.reduce_mean(correct)
        weights = tf.multiply(weights, tf.ones_like(correct))
        return tf.reduce_sum(correct * weights) / tf.reduce_sum(weights)


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: int | None = None,
    dtype: Any = tf.int32,
    name: str | None = None,
    weights: Any = None,
) -> Any:
    """Returns `tf.confusion_matrix`: `[classes, classes]`, a row for each label."""
    return tf.confusion_matrix(labels, predictions, num_classes, dtype, name, weights)


def aggregate_metrics(*value_update_tuples: tuple[Any, Any]) -> tuple[list[Any], list[Any]]:
    """Returns the values and the updates of metrics in two lists.

    Raises:
      ValueError: there are no metrics.
    """
    if not value_update_tuples:
        raise ValueError("Expected at least one value_tensor/update_op pair")
    values, updates = zip(*value_update_tuples, strict=True)
    return list(values), list(updates)


def aggregate_metric_map(
    names_to_tuples: Mapping[str, tuple[Any, Any]],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns the values and the updates of metrics in two dictionaries, by name."""
    values = {name: value for name, (value, _) in names_to_tuples.items()}
    return values, {name: update for name, (_, update) in names_to_tuples.items()}
