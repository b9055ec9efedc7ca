from __future__ import annotations

import numpy as np

from cnn_mnist.support import confusion_matrix


def test_a_row_is_a_label_and_a_column_a_predicted_class():
    labels, classes = np.array([0, 0, 1, 1, 1, 2]), np.array([0, 1, 1, 1, 0, 2])
    found = confusion_matrix.count(labels, classes, 4)
    assert found.dtype == np.int64
    assert found.tolist() == [[1, 1, 0, 0], [1, 2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]


def test_the_accuracy_of_a_class_is_the_diagonal_over_the_row_and_nan_without_examples():
    found = confusion_matrix.class_accuracies(np.array([[1, 1, 0], [0, 3, 0], [0, 0, 0]]))
    np.testing.assert_array_equal(found, [0.5, 1, np.nan])
