"""`tf.contrib.eager`, against definitions by hand."""

from __future__ import annotations

import numpy as np
import pytest
from tf1_in_process import old_names

from cnn_mnist.tf_compat import tf

tfe = old_names().contrib.eager


def test_the_mean_is_weighted():
    mean = tfe.metrics.Mean()
    mean([1.0, 2.0])
    mean([4.0], weights=[2.0])
    assert float(mean.result()) == pytest.approx((1 + 2 + 4 * 2) / (1 + 1 + 2))
    assert mean.result().dtype == tf.float64
    mean.init_variables()
    mean(7.0)
    assert float(mean.result()) == 7


@pytest.mark.parametrize(
    ("metric", "labels", "predictions", "share"),
    [
        (lambda: tfe.metrics.Accuracy(), [1, 2, 3], [1, 0, 3], 2 / 3),
        (lambda: tfe.metrics.SparseAccuracy(), [0, 1], [[0.1, 0.9], [0.2, 0.8]], 1 / 2),
        (lambda: tfe.metrics.BinaryAccuracy(0.6), [1, 0, 1, 0], [0.7, 0.3, 0.5, 0.9], 1 / 2),
        (lambda: tfe.metrics.CategoricalAccuracy(), [[0, 1], [1, 0]], [[0, 9], [1, 0]], 1),
    ],
)
def test_an_accuracy_is_the_share_of_right_predictions(metric, labels, predictions, share):
    accuracy = metric()
    accuracy(tf.constant(labels), tf.constant(predictions))
    assert float(accuracy.result()) == pytest.approx(share)


def test_a_metric_wants_eager_execution():
    with tf.Graph().as_default(), pytest.raises(NotImplementedError, match=r"use tf\.metrics"):
        tfe.metrics.Mean()


def test_gradients_of_functions_are_those_by_hand():
    weight = tfe.Variable(3.0, name="weight")
    ((gradient, variable),) = tfe.implicit_gradients(lambda: weight * weight)()
    assert float(gradient) == 6
    assert variable is weight
    value, _ = tfe.implicit_value_and_gradients(lambda: weight * 2.0)()
    assert float(value) == 6
    (gradient,) = tfe.gradients_function(lambda x: x * x * x)(2.0)
    assert float(gradient) == 12


def test_variables_are_saved_and_restored(tmp_path):
    variable = tfe.Variable([1.0, 2.0], name="kept")
    path = tfe.Saver([variable]).save(str(tmp_path / "model"), global_step=5)
    assert path.endswith("model-5")
    variable.assign([0.0, 0.0])
    tfe.Saver([variable]).restore(path)
    np.testing.assert_array_equal(variable.numpy(), [1, 2])


def test_an_iterator_gives_the_elements():
    iterator = tfe.Iterator(tf.data.Dataset.range(2))
    assert [int(iterator.next()), int(next(iterator))] == [0, 1]
    with pytest.raises(StopIteration):
        iterator.next()
