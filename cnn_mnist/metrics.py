"""Accuracy, accuracy of each class and confusion matrix as Estimator metrics.

An Estimator metric is a pair `(value, update_op)`: the update runs once for each
batch, the value is read at the end (`tf.metrics` in the TensorFlow 1 documentation).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnn_mnist.networks.architecture import CLASSES
from cnn_mnist.tf_compat import tf

Metric = tuple[Any, Any]


def evaluation_metrics(labels: Any, classes: Any, losses: Any, count: int) -> dict[str, Metric]:
    """Returns the metrics of EVAL mode, each example counted once.

    Args:
      labels: int32 `[batch]`.
      classes: what the network says, int64 `[batch]`.
      losses: float32 `[batch]`, one for each example.
      count: how many classes there are.

    Returns:
      `accuracy`, `average_loss`, `confusion_matrix` (int64 `[count, count]`, row is
      the label, column what the network says) and `class_accuracy/<label>`.
    """
    matrix = confusion_matrix(labels, classes, count)
    return {
        "accuracy": tf.metrics.accuracy(labels, classes),
        "average_loss": tf.metrics.mean(losses),
        "confusion_matrix": matrix,
        **class_accuracies(matrix, count),
    }


def confusion_matrix(labels: Any, classes: Any, count: int) -> Metric:
    """Returns a metric that counts how often each label was taken for each class."""
    with tf.variable_scope("confusion_matrix", reuse=tf.AUTO_REUSE):
        total = tf.get_variable(
            "total",
            [count, count],
            tf.int64,
            tf.zeros_initializer(),
            trainable=False,
            collections=[tf.GraphKeys.LOCAL_VARIABLES, tf.GraphKeys.METRIC_VARIABLES],
        )
    batch = tf.math.confusion_matrix(labels, classes, num_classes=count, dtype=tf.int64)
    return tf.identity(total), tf.identity(tf.assign_add(total, batch))


def class_accuracies(matrix: Metric, count: int) -> dict[str, Metric]:
    """Returns, for each label, the part of its examples that the network got right.

    A label without examples has NaN.
    """
    value, update = matrix
    rates = tf.linalg.diag_part(value) / tf.reduce_sum(value, axis=1)
    return {f"class_accuracy/{label}": (rates[label], update) for label in range(count)}


def confusion_matrix_of(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Counts how often each label was taken for each class.

    Args:
      labels: int `[count]`.
      classes: int `[count]`, what was said of them.

    Returns:
      int64 `[classes, classes]`, row is the label.
    """
    matrix = np.zeros((CLASSES, CLASSES), np.int64)
    np.add.at(matrix, (labels, classes), 1)
    return matrix


def class_accuracies_of(matrix: np.ndarray) -> np.ndarray:
    """Returns the same from a finished matrix, float64 `[count]`, NaN where there is none."""
    totals = matrix.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.where(totals > 0, np.diag(matrix) / totals, np.nan)


def validation_metrics(matrix: np.ndarray, loss: float) -> dict[str, float]:
    """Returns each of `fields.METRICS` from a finished matrix and the mean loss."""
    rates = class_accuracies_of(matrix)
    return {
        "accuracy": float(np.trace(matrix) / matrix.sum()),
        "loss": float(loss),
        "lowest_class_accuracy": float(np.nanmin(rates)),
        **{f"class_accuracy/{label}": float(rate) for label, rate in enumerate(rates)},
    }
