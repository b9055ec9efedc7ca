from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from cnn_mnist import experiment, serving
from cnn_mnist.tf_compat import tf


@pytest.fixture(scope="module")
def exported(trained, tmp_path_factory):
    return experiment.export(trained, str(tmp_path_factory.mktemp("export")))


@pytest.fixture(scope="module")
def saved_model(exported):
    """The SavedModel's proto, as any loader reads it."""
    from tensorflow.core.protobuf import saved_model_pb2

    proto = saved_model_pb2.SavedModel()
    with open(os.path.join(exported, "saved_model.pb"), "rb") as file:
        proto.ParseFromString(file.read())
    return proto


def test_the_folder_is_a_version_number_as_tensorflow_model_server_expects(exported):
    assert os.path.basename(exported).isdecimal()
    assert set(os.listdir(exported)) >= {"saved_model.pb", "variables"}
    assert os.listdir(os.path.dirname(exported)) == [os.path.basename(exported)]


def test_the_newest_export_is_the_one_of_the_greatest_number(tmp_path):
    assert serving.newest_export(str(tmp_path)) is None
    (tmp_path / "export").mkdir()
    assert serving.newest_export(str(tmp_path)) is None
    for name in ("9", "10", "temp-11", "notes"):
        (tmp_path / "export" / name).mkdir()
    assert serving.newest_export(str(tmp_path)) == str(tmp_path / "export" / "10")


def test_serving_default_takes_uint8_pixels_and_gives_classes_and_probabilities(saved_model):
    (graph,) = saved_model.meta_graphs
    assert list(graph.meta_info_def.tags) == ["serve"]
    signature = graph.signature_def["serving_default"]
    assert signature.method_name == "tensorflow/serving/predict"

    def described(tensors):
        return {
            name: (tf.as_dtype(info.dtype).name, [d.size for d in info.tensor_shape.dim])
            for name, info in tensors.items()
        }

    assert described(signature.inputs) == {"image": ("uint8", [-1, 28, 28, 1])}
    assert described(signature.outputs) == {
        "classes": ("int64", [-1]),
        "probabilities": ("float32", [-1, 10]),
    }


def test_the_graph_holds_no_training_no_dropout_and_no_data(saved_model):
    (graph,) = saved_model.meta_graphs
    names = [node.name.lower() for node in graph.graph_def.node]
    for word in ("gradient", "adam", "dropout", "iterator", "learning_rate", "global_step_add"):
        assert not [name for name in names if word in name], word
    assert graph.graph_def.ByteSize() < 100_000


@pytest.mark.parametrize("count", [1, 7, 500])
def test_the_export_answers_as_predict_does(exported, trained, small, count):
    images = small.test.images[:count]
    expected = experiment.predict(trained, images)
    with tf.Graph().as_default(), tf.Session() as session:
        meta = tf.saved_model.loader.load(session, ["serve"], exported)
        signature = meta.signature_def["serving_default"]
        outputs = {name: info.name for name, info in signature.outputs.items()}
        answers = session.run(outputs, {signature.inputs["image"].name: images})
    np.testing.assert_array_equal(answers["classes"], expected.classes)
    np.testing.assert_allclose(answers["probabilities"], expected.probabilities, atol=1e-6)


def test_tensorflow_2_loads_the_export_too(exported, trained, small):
    import tensorflow

    serve = tensorflow.saved_model.load(exported).signatures["serving_default"]
    answers = serve(image=tensorflow.constant(small.test.images[:5]))
    expected = experiment.predict(trained, small.test.images[:5])
    np.testing.assert_array_equal(answers["classes"].numpy(), expected.classes)


def test_class_names_travel_with_the_export(exported):
    with open(os.path.join(exported, "assets.extra", "classes.txt"), encoding="utf-8") as file:
        assert file.read().split() == list("0123456789")


def saved_model_cli(*arguments):
    program = os.path.join(os.path.dirname(sys.executable), "saved_model_cli")
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False, timeout=120
    )


def test_saved_model_cli_shows_the_signature(exported):
    shown = saved_model_cli(
        "show", "--dir", exported, "--tag_set", "serve", "--signature_def", "serving_default"
    )
    assert shown.returncode == 0, shown.stderr
    for text in (
        "inputs['image']",
        "DT_UINT8",
        "(-1, 28, 28, 1)",
        "outputs['classes']",
        "DT_INT64",
    ):
        assert text in shown.stdout


def test_saved_model_cli_runs_a_digit(exported, trained, small, tmp_path):
    np.save(tmp_path / "digits.npy", small.test.images[:3])
    ran = saved_model_cli(
        "run",
        "--dir",
        exported,
        "--tag_set",
        "serve",
        "--signature_def",
        "serving_default",
        "--inputs",
        f"image={tmp_path}/digits.npy",
        "--outdir",
        str(tmp_path),
    )
    assert ran.returncode == 0, ran.stderr
    expected = experiment.predict(trained, small.test.images[:3])
    np.testing.assert_array_equal(np.load(tmp_path / "classes.npy"), expected.classes)


@pytest.mark.parametrize("clock", [2_000_000_000, 1_000])
def test_the_export_just_written_is_the_newest_whatever_the_clock_says(
    trained, tmp_path, monkeypatch, clock
):
    """A server takes the highest number."""
    first = experiment.export(trained, str(tmp_path))
    monkeypatch.setattr(time, "time", lambda: float(clock))
    second = experiment.export(trained, str(tmp_path))
    assert int(os.path.basename(second)) > int(os.path.basename(first))
    assert sorted(os.listdir(tmp_path)) == sorted(map(os.path.basename, (first, second)))
    assert os.path.exists(os.path.join(second, "saved_model.pb"))
