"""docs/old_models.py opens models as TensorFlow 1 wrote them, measures them and exports them."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from places import REPOSITORY

from cnn_mnist.config import presets
from cnn_mnist.networks import architecture
from cnn_mnist.tf1.examples import input_data
from cnn_mnist.tf_compat import tf


@pytest.fixture(scope="module")
def old_models():
    spec = importlib.util.spec_from_file_location("old_models", REPOSITORY / "docs/old_models.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A linear model of 784 pixels as a checkpoint, a frozen graph and a SavedModel."""
    folder = tmp_path_factory.mktemp("models")
    weights = np.random.RandomState(1).normal(size=[784, 10]).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 784], name="x")
        w = tf.get_variable("w", initializer=weights, use_resource=False)
        y = tf.nn.softmax(tf.matmul(x, w), name="y")
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, str(folder / "model.ckpt"), 7)
        tf.saved_model.simple_save(session, str(folder / "saved"), {"x": x}, {"y": y})
        definition = session.graph.as_graph_def()
        frozen = tf.graph_util.convert_variables_to_constants(session, definition, ["y"])
    (folder / "frozen.pb").write_bytes(frozen.SerializeToString())
    test = input_data.read_data_sets("").test
    right = np.mean((test.images @ weights).argmax(axis=1) == test.labels)
    return folder, f"{right:.2%} of the test images"


@pytest.mark.parametrize(
    ("kind", "name", "tensors"),
    [
        ("checkpoint", "model.ckpt-7", ["x:0", "y:0"]),
        ("frozen_graph", "frozen.pb", ["x:0", "y:0"]),
        ("saved_model", "saved", []),
    ],
)
def test_a_model_is_measured_and_exported(
    old_models, models, tmp_path, capsys, kind, name, tensors
):
    folder, measured = models
    new = str(tmp_path / "new")
    old_models.main(kind, str(folder / name), *tensors, new)
    old_models.main("saved_model", new, str(tmp_path / "again"))
    lines = capsys.readouterr().out.splitlines()
    assert lines == [measured, f"exported to {new}", measured, f"exported to {tmp_path}/again"]


def test_likely_tensors_are_listed_if_none_are_given(old_models, models, capsys):
    old_models.main("checkpoint", str(models[0] / "model.ckpt-7"))
    assert capsys.readouterr().out == "x:0 (None, 784)\ny:0 (None, 10)\n"


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
