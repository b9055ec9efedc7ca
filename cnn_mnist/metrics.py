"""Accuracy, accuracy of each class and confusion matrix, as Estimator metrics and from arrays.

An Estimator metric is a pair `(value, update_op)`: the update runs once for each
batch, and the value is read at the end (`tf.metrics` in the TensorFlow 1 documentation).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnn_mnist.support import confusion_matrix as confusion_matrix_lib
from cnn_mnist.tf_compat import tf

Metric = tuple[Any, Any]


def evaluation_metrics(labels: Any, classes: Any, count: int) -> dict[str, Metric]:
    """Returns the metrics of EVAL mode, each example counted once.

    Args:
      labels: int32 `[batch]`.
      classes: the predicted classes, int64 `[batch]`.
      count: the number of classes.

    Returns:
      `accuracy`, `confusion_matrix` (int64 `[count, count]`, a row for each
      label, a column for each predicted class) and `class_accuracy/<label>`.
    """
    matrix = confusion_matrix(labels, classes, count)
    return {
        "accuracy": tf.metrics.accuracy(labels, classes),
        "confusion_matrix": matrix,
        **class_accuracies(matrix, count),
    }


def confusion_matrix(labels: Any, classes: Any, count: int) -> Metric:
    """Returns a metric that counts how often each class was predicted for each label."""
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
    """Returns, for each label, the fraction of its examples that the network classified correctly.

    It is NaN for a label without examples.
    """
    value, update = matrix
    rates = tf.linalg.diag_part(value) / tf.reduce_sum(value, axis=1)
    return {f"class_accuracy/{label}": (rates[label], update) for label in range(count)}


def validation_metrics(matrix: np.ndarray, loss: float) -> dict[str, float]:
    """Returns each of `config.choices.METRICS` from a confusion matrix and the mean loss."""
    rates = confusion_matrix_lib.class_accuracies(matrix)
    return {
        "accuracy": float(np.trace(matrix) / matrix.sum()),
        "loss": float(loss),
        "lowest_class_accuracy": float(np.nanmin(rates)),
        **{f"class_accuracy/{label}": float(rate) for label, rate in enumerate(rates)},
    }
