"""docs/old_models.py opens models that TensorFlow 1 wrote, measures them and exports them."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from places import REPOSITORY

from cnn_mnist.config import presets
from cnn_mnist.networks import architecture
from cnn_mnist.tf_compat import tf


@pytest.fixture(scope="module")
def old_models():
    spec = importlib.util.spec_from_file_location("old_models", REPOSITORY / "docs/old_models.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


OLD = REPOSITORY / "tests" / "old_models"
"""Written by TensorFlow 1.15.5, see `write.py` there."""
MEASURED = f"{float((OLD / 'accuracy.txt').read_text()):.2%} of the test images"
TENSORS = ["x:0", "probabilities:0"]


@pytest.mark.parametrize(
    ("kind", "name", "tensors"),
    [
        ("checkpoint", "checkpoint/model.ckpt-300", TENSORS),
        ("frozen_graph", "frozen.pb", TENSORS),
        ("saved_model", "saved_model", []),
    ],
)
def test_a_model_of_tensorflow_1_is_measured_as_it_measured_it_and_exported(
    old_models, tmp_path, capsys, kind, name, tensors
):
    new = str(tmp_path / "new")
    old_models.main(kind, str(OLD / name), *tensors, new)
    old_models.main("saved_model", new, str(tmp_path / "again"))
    lines = capsys.readouterr().out.splitlines()
    assert lines == [MEASURED, f"exported to {new}", MEASURED, f"exported to {tmp_path}/again"]


def test_likely_tensors_are_listed_if_none_are_given(old_models, capsys):
    old_models.main("checkpoint", str(OLD / "checkpoint/model.ckpt-300"))
    assert capsys.readouterr().out == "x:0 (None, 784)\nprobabilities:0 (None, 10)\n"


def test_variables_get_the_names_of_the_tutorials_network(old_models, tmp_path, capsys):
    shapes = architecture.variable_shapes(architecture.parse(presets.TUTORIAL_NETWORK))
    values = {new: np.full(shape, n, np.float32) for n, (new, shape) in enumerate(shapes.items())}
    with tf.Graph().as_default(), tf.Session() as session:
        for value in values.values():
            tf.Variable(value, use_resource=False)
        session.run(tf.global_variables_initializer())
        old = tf.train.Saver().save(session, str(tmp_path / "old.ckpt"))
    old_models.main("rename", old, str(tmp_path / "new"))
    new = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(tmp_path / "new")))
    assert {*new.get_variable_to_shape_map()} == {*values, "global_step"}
    for name, value in values.items():
        np.testing.assert_array_equal(new.get_tensor(name), value)
    assert "Variable_2 -> conv2d_1/kernel [5, 5, 32, 64]" in capsys.readouterr().out
