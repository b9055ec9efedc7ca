"""A frozen network needs no checkpoint, and gives the trained network's answers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cnn_mnist import experiment
from cnn_mnist.exporting import frozen
from cnn_mnist.model_folder import checkpoints
from cnn_mnist.tf_compat import tf


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_it_holds_no_variables_and_answers_as_the_trained_network_does(trained, small, precision):
    config = dataclasses.replace(trained, precision=precision)
    network = frozen.read(config, checkpoints.find(config, "best"))
    assert not [node for node in network.graph_def.node if "Variable" in node.op]
    images = small.test.images[:20]
    expected = experiment.predict(config, images)
    with tf.Graph().as_default(), tf.Session() as session:
        image, answers = network.add_to_graph()
        assert (image.dtype, image.shape.as_list()) == (tf.uint8, [None, 28, 28, 1])
        found = session.run(answers, {image: images})
    assert found["classes"].dtype == np.int64
    np.testing.assert_array_equal(found["classes"], expected.classes)
    np.testing.assert_allclose(found["probabilities"], expected.probabilities, atol=1e-6)
