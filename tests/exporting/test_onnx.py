"""ONNX files, run by ONNX Runtime, give the checkpoint's answers."""

from __future__ import annotations

import dataclasses
import json
import os
import sys

import numpy as np
import pytest

import cnn_mnist
from cnn_mnist import config, experiment, main, model
from cnn_mnist.data import splits
from cnn_mnist.errors import ExportError, InstallationError, one_line
from cnn_mnist.exporting import exporter, frozen, onnx
from cnn_mnist.model_folder import exports
from cnn_mnist.tf_compat import estimator, tf

onnx_format = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("tf2onnx")

FLOAT32, INT8 = onnx.FILES


@pytest.fixture(scope="module", params=["layers", "nn"])
def variant(request):
    return request.param


@pytest.fixture(scope="module")
def version(variant, trained, small, tmp_path_factory):
    """An export with ONNX files."""
    both = dataclasses.replace(trained, variant=variant, export_formats=("saved_model", "onnx"))
    return experiment.export(both, str(tmp_path_factory.mktemp("export")), dataset=small)


@pytest.fixture(params=list(onnx.FILES))
def path(request, version):
    return os.path.join(version, "onnx", request.param)


def session(path):
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def run(path, images):
    classes, probabilities = session(path).run(["classes", "probabilities"], {"image": images})
    return classes, probabilities


def answers_of(settings, path, images):
    """The network's own answers, in TensorFlow."""
    with tf.Graph().as_default(), tf.Session() as tf_session:
        image, answers = frozen.read(settings, path).add_to_graph()
        return tf_session.run([answers["classes"], answers["probabilities"]], {image: images})


@pytest.mark.slow
def test_a_version_holds_the_two_files_in_a_folder_of_their_own(version):
    held = set(os.listdir(os.path.join(version, "onnx"))) - {"calibration.json"}
    assert held == set(onnx.FILES)


@pytest.mark.slow
def test_the_input_and_the_outputs_are_those_that_serving_has_for_any_batch(path):
    found = session(path)
    described = [(t.name, t.type, t.shape) for t in (*found.get_inputs(), *found.get_outputs())]
    assert described == [
        ("image", "tensor(uint8)", ["batch", 28, 28, 1]),
        ("classes", "tensor(int64)", ["batch"]),
        ("probabilities", "tensor(float)", ["batch", 10]),
    ]


@pytest.mark.slow
def test_all_10000_test_images_get_the_checkpoints_answers(path, trained, mnist):
    images, labels = mnist.test.images, mnist.test.labels
    with experiment.Predictor(trained) as predict:
        expected = predict(images)
    classes, probabilities = run(path, images)
    np.testing.assert_array_equal(classes, probabilities.argmax(axis=1))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    if os.path.basename(path) == FLOAT32:
        np.testing.assert_array_equal(classes, expected.classes)
        np.testing.assert_allclose(probabilities, expected.probabilities, rtol=0, atol=1e-5)
    else:
        right, expected_right = (np.mean(c == labels) for c in (classes, expected.classes))
        assert abs(right - expected_right) <= 0.003


@pytest.mark.slow
def test_the_file_says_what_its_numbers_mean_and_where_it_comes_from(path, variant):
    found = onnx_format.load(path)
    onnx_format.checker.check_model(found, full_check=True)
    assert {p.key: p.value for p in found.metadata_props} == {
        "class_names": json.dumps([str(digit) for digit in range(10)]),
        "preprocessing": "Give pixels from 0, the background, to 255, of a digit framed as MNIST's "
        "are; the network scales them itself.",
        "variant": variant,
        "step": "40",
    }
    assert (found.producer_name, found.producer_version) == ("cnn_mnist", cnn_mnist.__version__)
    assert {o.version for o in found.opset_import if o.domain == ""} == {onnx.OPSET}


@pytest.mark.slow
def test_every_operator_is_of_the_standard(path):
    assert {node.domain for node in onnx_format.load(path).graph.node} <= {"", "ai.onnx"}


@pytest.mark.slow
def test_only_the_int8_file_has_weights_in_8_bits(path):
    types = {weights.data_type for weights in onnx_format.load(path).graph.initializer}
    assert (onnx_format.TensorProto.INT8 in types) == (os.path.basename(path) == INT8)


@pytest.mark.slow
def test_openvino_gives_the_same_answers(path, small):
    openvino = pytest.importorskip("openvino")
    images = small.test.images
    network = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = network(images)
    within = 1e-5 if os.path.basename(path) == FLOAT32 else 3e-2
    np.testing.assert_allclose(found["probabilities"], run(path, images)[1], rtol=0, atol=within)


# Other networks, and where it cannot be written.


@pytest.fixture
def checkpoint(tmp_path):
    """A function that writes a checkpoint of initial weights, and returns its path."""

    def make(settings):
        with tf.Graph().as_default(), tf.Session() as tf_session:
            tf.set_random_seed(1)
            tf.train.create_global_step()
            image = tf.placeholder(tf.uint8, [None, 28, 28, 1])
            model.model_fn({"image": image}, None, estimator.ModeKeys.PREDICT, {"config": settings})
            tf_session.run(tf.global_variables_initializer())
            return tf.train.Saver().save(tf_session, str(tmp_path / "model.ckpt-1"))

    return make


NETWORKS = {
    "strides, a layer without ReLU, batch normalization": (
        "conv 3x3x5 stride 2 linear, batch_norm, relu, avgpool 2, flatten, dense 10"
    ),
    "batch normalization first and after pooling": (
        "batch_norm, conv 3x3x4 valid, pool 3 stride 2 same, batch_norm, flatten, dense 12 linear, "
        "batch_norm, relu, dense 10"
    ),
    "average pooling that overlaps": "conv 5x5x4, avgpool 3 stride 2 same, flatten, dense 10",
    "dense only": "flatten, dense 16, dropout 0.4, dense 10",
    "one layer": "flatten, dense 10",
    "other classes": "conv 3x3x4, pool 2, flatten, dense 3",
}


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["layers", "nn"])
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_every_kind_of_layer_can_be_converted(tmp_path, checkpoint, small, network, variant):
    settings = config.from_preset(str(tmp_path), architecture=network, variant=variant)
    path = checkpoint(settings)
    onnx.write(settings, path, str(tmp_path), small.train.images[:50])
    images = small.test.images
    expected_classes, expected = answers_of(settings, path, images)
    classes, probabilities = run(str(tmp_path / FLOAT32), images)
    np.testing.assert_array_equal(classes, expected_classes)
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-5)
    _, probabilities = run(str(tmp_path / INT8), images)
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=0.05)


SMALL = "conv 3x3x4, pool 2, flatten, dense 10"


@pytest.mark.slow
def test_the_bytes_are_the_same_each_time_also_within_a_graph_and_nothing_is_printed(
    tmp_path, checkpoint, small, capfd
):
    """Training's hooks run in a graph."""
    settings = config.from_preset(str(tmp_path), architecture=SMALL)
    path = checkpoint(settings)
    places = [tmp_path / "one", tmp_path / "other"]
    for place in places:
        place.mkdir()
    capfd.readouterr()
    onnx.write(settings, path, str(places[0]), small.train.images[:50])
    with tf.Graph().as_default(), tf.Session():
        onnx.write(settings, path, str(places[1]), small.train.images[:50])
    assert capfd.readouterr() == ("", "")
    for name in onnx.FILES:
        assert (places[0] / name).read_bytes() == (places[1] / name).read_bytes()
    assert sorted(os.listdir(places[0])) == sorted(onnx.FILES)


@pytest.mark.parametrize("package", ["tf2onnx.convert", "onnx", "onnxruntime.quantization"])
@pytest.mark.parametrize("preset", ["modern", "fashion"])
def test_a_missing_package_is_one_line_before_the_data_are_read(
    tmp_path, monkeypatch, capsys, package, preset
):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr(splits, "load_dataset", None)
    folder = tmp_path / "model"
    for mode in ("train_and_evaluate", "train", "export"):
        flags = [f"--mode={mode}", f"--model_dir={folder}", f"--preset={preset}"]
        assert main.main([*flags, "--export_formats=saved_model,onnx", "--export_best"]) == 2
        said = capsys.readouterr().err
        assert said.startswith(
            "cnn-mnist: --export_formats=onnx needs tf2onnx, onnx and onnxruntime, and not all can "
            "be imported ("
        )
        assert said.endswith("); pip install 'cnn-mnist[onnx]'\n")
    assert not list(tmp_path.iterdir())


def test_a_package_that_is_not_needed_may_be_missing(trained, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    exporter.check_installed(trained)
    with pytest.raises(InstallationError, match="^export_formats=onnx needs tf2onnx"):
        exporter.check_installed(
            dataclasses.replace(trained, export_formats=("saved_model", "onnx"))
        )


def test_data_that_cannot_be_loaded_are_one_line_and_no_version(trained, tmp_path):
    settings = dataclasses.replace(
        trained, dataset=str(tmp_path / "none"), export_formats=("saved_model", "onnx")
    )
    with pytest.raises(ExportError) as caught:
        experiment.export(settings, str(tmp_path / "export"))
    text = one_line(caught.value)
    assert text.startswith(
        "--export_formats=onnx also writes a file in int8 that is calibrated on training images, "
        f"but those of --dataset={tmp_path / 'none'} cannot be loaded: "
    )
    assert text.endswith("; fix that, or leave out onnx")
    assert exports.versions(str(tmp_path / "export")) == []
