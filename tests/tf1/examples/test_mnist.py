"""The network of the tutorial on feeding data, against a definition by hand."""

from __future__ import annotations

import numpy as np
import pytest
from tf1_in_process import version_1

from cnn_mnist.tf1.examples import mnist
from cnn_mnist.tf_compat import tf

IMAGES = np.random.default_rng(1).random([4, 784], np.float32)
LABELS = np.array([3, 1, 4, 1], np.int32)


def test_the_network_has_the_names_and_numbers_of_the_tutorial():
    with version_1(), tf.Graph().as_default(), tf.Session() as session:
        # Without a seed all units of a layer may be 0, and the scores equal.
        tf.set_random_seed(1)
        logits = mnist.inference(tf.constant(IMAGES), 32, 16)
        loss = mnist.loss(logits, tf.constant(LABELS))
        right = mnist.evaluation(logits, tf.constant(LABELS))
        variables = tf.trainable_variables()
        step = mnist.training(loss, 0.1)
        summary = tf.summary.merge_all()
        session.run(tf.global_variables_initializer())
        values = session.run(variables)
        found = session.run([logits, loss, right])
        said = tf.Summary.FromString(session.run(summary)).value[0]
        session.run(step)
        after = session.run(loss)
        global_step = session.run("global_step:0")

    assert [v.op.name for v in variables] == [
        f"{scope}/{name}"
        for scope in ("hidden1", "hidden2", "softmax_linear")
        for name in ("weights", "biases")
    ]
    expected = IMAGES
    for weights, biases in zip(values[0::2], values[1::2], strict=True):
        assert np.abs(weights).max() <= 2 / np.sqrt(len(weights)) + 1e-6
        assert not biases.any()
        hidden = expected @ weights + biases
        expected = np.maximum(hidden, 0)
    np.testing.assert_allclose(found[0], hidden, rtol=1e-4, atol=1e-5)
    odds = np.exp(hidden) / np.exp(hidden).sum(1, keepdims=True)
    assert found[1] == pytest.approx(-np.log(odds[range(4), LABELS]).mean(), rel=1e-4)
    assert found[2] == (hidden.argmax(1) == LABELS).sum()
    assert (said.tag, said.simple_value) == ("loss", pytest.approx(float(found[1])))
    assert after < found[1]
    assert global_step == 1
