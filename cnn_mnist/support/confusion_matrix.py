"""The confusion matrix and the accuracy of each class, from NumPy arrays."""

from __future__ import annotations

import numpy as np


def count(labels: np.ndarray, classes: np.ndarray, size: int) -> np.ndarray:
    """Counts how often each class was predicted for each label.

    Args:
      labels: int `[count]`.
      classes: the predicted classes, int `[count]`.
      size: the number of classes.

    Returns:
      int64 `[size, size]`, a row for each label, a column for each predicted class.
    """
    matrix = np.zeros((size, size), np.int64)
    np.add.at(matrix, (labels, classes), 1)
    return matrix


def class_accuracies(matrix: np.ndarray) -> np.ndarray:
    """Returns the accuracy of each class from a confusion matrix: float64 `[classes]`.

    It is NaN for a class without examples.
    """
    totals = matrix.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.where(totals > 0, np.diag(matrix) / totals, np.nan)
