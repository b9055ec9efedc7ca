from __future__ import annotations

import numpy as np
import pytest

from cnn_mnist import metrics
from cnn_mnist.config import choices
from cnn_mnist.support import confusion_matrix
from cnn_mnist.tf_compat import tf

LABELS = [0, 0, 1, 1, 1, 2, 2]
CLASSES = [0, 1, 1, 1, 0, 2, 2]


def measure(batch_sizes):
    """Feeds the examples in batches of the given sizes and returns each metric's value."""
    with tf.Graph().as_default(), tf.Session() as session:
        labels = tf.placeholder(tf.int32, [None])
        classes = tf.placeholder(tf.int64, [None])
        found = metrics.evaluation_metrics(labels, classes, count=4)
        session.run(tf.local_variables_initializer())
        start = 0
        for size in batch_sizes:
            part = slice(start, start + size)
            feed = {labels: LABELS[part], classes: CLASSES[part]}
            session.run({name: update for name, (_, update) in found.items()}, feed)
            start += size
        return session.run({name: value for name, (value, _) in found.items()})


@pytest.mark.parametrize("batch_sizes", [[7], [3, 4], [1] * 7, [6, 1]])
def test_each_example_counts_once_whatever_the_batches(batch_sizes):
    values = measure(batch_sizes)
    assert values["accuracy"] == pytest.approx(5 / 7)
    np.testing.assert_array_equal(
        values["confusion_matrix"], [[1, 1, 0, 0], [1, 2, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0]]
    )


def test_class_accuracy_is_the_diagonal_over_the_row_and_nan_without_examples():
    values = measure([7])
    rates = [values[f"class_accuracy/{label}"] for label in range(4)]
    np.testing.assert_allclose(rates, [1 / 2, 2 / 3, 1, np.nan])
    np.testing.assert_allclose(confusion_matrix.class_accuracies(values["confusion_matrix"]), rates)


def matrix_of(labels, classes) -> np.ndarray:
    matrix = np.zeros((10, 10), np.int64)
    np.add.at(matrix, (labels, classes), 1)
    return matrix


def test_validation_gives_each_metric_that_may_be_monitored_as_a_number():
    found = metrics.validation_metrics(matrix_of(range(10), range(10)), 0.25)
    names = list(choices.METRICS)[: 3 + 10]
    assert found == {**dict.fromkeys(names, 1.0), "loss": 0.25}
    assert list(found) == names
    assert {type(value) for value in found.values()} == {float}


def test_validation_measures_what_evaluation_does():
    of_evaluation = measure([7])
    found = metrics.validation_metrics(matrix_of(LABELS, CLASSES), np.float32(0.5))
    assert found["accuracy"] == pytest.approx(of_evaluation["accuracy"])
    assert found["loss"] == 0.5
    rates = [found[f"class_accuracy/{label}"] for label in range(4)]
    np.testing.assert_allclose(rates, [of_evaluation[f"class_accuracy/{n}"] for n in range(4)])


def test_the_lowest_class_is_one_that_has_images():
    found = metrics.validation_metrics(matrix_of(LABELS, CLASSES), 0.0)
    assert found["lowest_class_accuracy"] == 1 / 2
    assert np.isnan(found["class_accuracy/9"])
