"""The verbs with ONNX Runtime: TensorFlow's answers, without importing TensorFlow.

What `OnnxPredictor` shares with `LitePredictor` is tested in `test_lite_model.py` too.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import forked
import numpy as np
import pytest

import cnn_mnist
from cnn_mnist import config, experiment, main
from cnn_mnist.errors import DataError, ExportError, InstallationError, SettingsError, one_line
from cnn_mnist.evaluation import evaluator, onnx_model
from cnn_mnist.evaluation.onnx_model import OnnxPredictor
from cnn_mnist.model_folder import exports
from cnn_mnist.support import processor

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("tf2onnx")
# Converting imports tf2onnx and quantizes, which takes seconds.
pytestmark = pytest.mark.slow

DIGITS = os.path.join(os.path.dirname(cnn_mnist.__file__), "data", "digits")
HEAVY = {"tensorflow", "tf_keras", "tf2onnx", "onnx", "tensorflow_datasets", "matplotlib"}


@pytest.fixture(scope="module")
def exported_onnx(trained, small, tmp_path_factory):
    """The run `trained`, in a copy of its folder with an export that has ONNX files."""
    folder = tmp_path_factory.mktemp("onnx") / "model"
    shutil.copytree(trained.model_dir, folder)
    copied = dataclasses.replace(trained, model_dir=str(folder))
    formats = ("saved_model", "onnx")
    experiment.export(dataclasses.replace(copied, export_formats=formats), dataset=small)
    return copied


@pytest.fixture
def predict(exported_onnx):
    return OnnxPredictor(exported_onnx)


def test_all_10000_test_images_get_tensorflows_answers(exported_onnx, predict, mnist):
    with experiment.Predictor(exported_onnx) as predict_with_tensorflow:
        expected = predict_with_tensorflow(mnist.test.images)
    found = predict(mnist.test.images)
    assert (found.classes.dtype, found.probabilities.dtype) == (np.int64, np.float32)
    np.testing.assert_array_equal(found.classes, expected.classes)
    np.testing.assert_allclose(found.probabilities, expected.probabilities, rtol=0, atol=1e-5)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*fork:RuntimeWarning")
def test_a_forked_process_needs_a_predictor_of_its_own(predict, small):
    said = forked.error_of(lambda: predict(small.test.images[:1]))
    assert said.startswith("ProcessError: this predictor was made in process ")
    assert said.endswith("; make a predictor in each process")


def test_batches_change_nothing(exported_onnx, predict, small):
    images = small.test.images[:20]
    in_sevens = OnnxPredictor(dataclasses.replace(exported_onnx, eval_batch_size=7))(images)
    np.testing.assert_array_equal(in_sevens.classes, predict(images).classes)
    np.testing.assert_allclose(in_sevens.probabilities, predict(images).probabilities, atol=1e-6)


def test_several_threads_may_call_it(predict, small):
    images = small.test.images[:64]
    expected = predict(images).probabilities
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(predict, np.split(images, 32)))
    found = np.concatenate([answer.probabilities for answer in answers])
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(("threads", "used"), [(0, processor.count()), (3, 3)])
def test_it_computes_with_every_processor_or_with_as_many_threads_as_asked_for(
    exported_onnx, threads, used
):
    predict = OnnxPredictor(dataclasses.replace(exported_onnx, threads=threads))
    assert predict._session.get_session_options().intra_op_num_threads == used


def test_no_image_gets_no_answer(predict, small):
    found = predict(small.test.images[:0])
    assert (found.classes.shape, found.probabilities.shape) == ((0,), (0, 10))


@pytest.mark.parametrize("shape, dtype", [((2, 28, 28), np.uint8), ((2, 28, 28, 1), np.float32)])
def test_images_of_another_shape_or_type_are_refused(predict, shape, dtype):
    with pytest.raises(DataError, match="expected uint8"):
        predict(np.zeros(shape, dtype))


@pytest.mark.parametrize("split", ["test", "validation"])
def test_evaluation_is_that_of_the_checkpoint_and_writes_nothing(exported_onnx, small, split):
    before = listed(exported_onnx.model_dir)
    found = onnx_model.evaluate(exported_onnx, split, dataset=small)
    assert listed(exported_onnx.model_dir) == before
    expected = evaluator.evaluate(exported_onnx, split, dataset=small)
    assert found.loss == pytest.approx(expected.loss, rel=1e-4)
    np.testing.assert_array_equal(found.confusion_matrix, expected.confusion_matrix)
    assert found == dataclasses.replace(
        expected, loss=found.loss, confusion_matrix=found.confusion_matrix
    )


def listed(folder):
    return sorted((str(path), path.stat().st_mtime_ns) for path in pathlib.Path(folder).rglob("*"))


def test_an_unknown_split_is_refused(exported_onnx, small):
    with pytest.raises(SettingsError, match="split=all is unknown"):
        onnx_model.evaluate(exported_onnx, "all", dataset=small)


# What cannot be used.


def with_other_input(content):
    model = onnx.load_from_string(content)
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.INT8
    return model.SerializeToString()


@pytest.fixture
def damaged(exported_onnx, tmp_path):
    """A function that writes an export whose ONNX file is damaged."""

    def write(change):
        folder = tmp_path / "model"
        path = folder / "export" / "7" / "onnx" / exports.ONNX_FILE
        path.parent.mkdir(parents=True)
        path.write_bytes(change(pathlib.Path(OnnxPredictor(exported_onnx).path).read_bytes()))
        return dataclasses.replace(exported_onnx, model_dir=str(folder)), path

    return write


@pytest.mark.parametrize(
    "change, reason",
    [
        (lambda content: b"", "graph"),
        (lambda content: b"hello\n", "Protobuf parsing failed"),
        (lambda content: content[: len(content) // 2], "Protobuf parsing failed"),
        (lambda content: content[:40] + b"\xff" * 40 + content[80:], "Protobuf parsing failed"),
        (lambda content: content.replace(b"classes", b"klasses"), "its outputs are klasses tensor"),
        (lambda content: content.replace(b"image", b"imago"), "its inputs are imago tensor"),
        (with_other_input, "its inputs are image tensor(int8) [batch, 28, 28, 1]"),
    ],
    ids=["empty", "text", "half", "wrong bytes", "other outputs", "another input", "another type"],
)
def test_a_damaged_file_is_named_in_one_line_that_says_what_to_do(damaged, change, reason, capfd):
    settings, path = damaged(change)
    capfd.readouterr()
    with pytest.raises(ExportError) as caught:
        OnnxPredictor(settings)
    text = one_line(caught.value)
    assert text.startswith(f"{path} cannot be used (") and reason in text
    assert text.endswith("; --mode=export --export_formats=saved_model,onnx writes it again")
    assert len(str(caught.value).splitlines()) == 1
    assert capfd.readouterr() == ("", "")


def test_a_run_without_an_export_is_told_how_to_write_one(tmp_path):
    with pytest.raises(ExportError) as caught:
        OnnxPredictor(config.from_preset(str(tmp_path)))
    assert one_line(caught.value) == (
        f"{tmp_path} has no export; --mode=export --export_formats=saved_model,onnx writes one "
        "with ONNX files"
    )
    assert str(caught.value) == (
        f"{tmp_path} has no export; cnn_mnist.export with "
        'export_formats=("saved_model", "onnx") writes one with ONNX files'
    )


def test_an_export_without_the_file_is_told_how_to_write_it(tmp_path):
    version = tmp_path / "export" / "7"
    version.mkdir(parents=True)
    (version / "saved_model.pb").touch()
    with pytest.raises(ExportError) as caught:
        OnnxPredictor(config.from_preset(str(tmp_path)))
    assert one_line(caught.value) == (
        f"the newest export of {tmp_path} has no ONNX files; --mode=export "
        "--export_formats=saved_model,onnx writes them"
    )


def test_without_the_runtime_it_says_what_to_install(exported_onnx, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InstallationError) as caught:
        OnnxPredictor(exported_onnx)
    assert str(caught.value).startswith("OnnxPredictor needs ONNX Runtime, and onnxruntime cannot")
    text = one_line(caught.value)
    assert text.startswith("--engine=onnx needs ONNX Runtime, and onnxruntime cannot be imported (")
    assert text.endswith("; pip install 'cnn-mnist[onnx]'")


# The command.


def run(capfd, exported_onnx, *arguments):
    capfd.readouterr()
    status = main.main([f"--model_dir={exported_onnx.model_dir}", *arguments])
    return status, *capfd.readouterr()


def test_predict_prints_what_it_prints_with_tensorflow(exported_onnx, capfd):
    flags = ["--mode=predict", f"--images={DIGITS}"]
    _, expected, _ = run(capfd, exported_onnx, *flags)
    status, found, said = run(capfd, exported_onnx, *flags, "--engine=onnx")
    assert (status, found, said) == (0, expected, "")
    assert found.count("\n") == 10


def test_predict_gives_the_same_probabilities_as_json(exported_onnx, capfd):
    flags = ["--mode=predict", f"--images={DIGITS}/7.png", "--format=json", "--invert=never"]
    _, expected, _ = run(capfd, exported_onnx, *flags)
    _, found, _ = run(capfd, exported_onnx, *flags, "--engine=onnx")
    one, other = json.loads(found), json.loads(expected)
    assert one.pop("probabilities") == pytest.approx(other.pop("probabilities"), abs=1e-5)
    assert one == pytest.approx(other, abs=1e-5)


def test_evaluate_prints_what_it_prints_with_tensorflow(exported_onnx, capfd):
    flags = ["--mode=evaluate"]
    _, expected, _ = run(capfd, exported_onnx, *flags)
    status, found, said = run(capfd, exported_onnx, *flags, "--engine=onnx")
    assert (status, found) == (0, expected)
    assert said == f"Running {OnnxPredictor(exported_onnx).path} on 10,000 images\n"


def test_evaluate_as_json_has_the_step_that_the_file_holds(exported_onnx, capfd):
    _, found, _ = run(
        capfd, exported_onnx, "--mode=evaluate", "--engine=onnx", "--format=json", "--split=test"
    )
    measured = json.loads(found)
    assert measured["step"] == OnnxPredictor(exported_onnx).step > 0
    assert measured["total"] == 10_000


@pytest.mark.parametrize("flags", [["--mode=predict", f"--images={DIGITS}"], ["--mode=evaluate"]])
def test_the_command_imports_nothing_that_takes_long(exported_onnx, subprocess_environment, flags):
    """In a process of its own, whose imports Python writes to standard error."""
    ran = subprocess.run(
        [
            *(sys.executable, "-X", "importtime", "-m", "cnn_mnist.main", "--engine=onnx"),
            *(f"--model_dir={exported_onnx.model_dir}", *flags),
        ],
        env=subprocess_environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0 and ran.stdout
    lines = [line for line in ran.stderr.splitlines() if line.startswith("import time:")]
    imported = {re.split(r"[.\s]", line.rpartition("|")[2].strip())[0] for line in lines}
    assert imported & HEAVY == set()
    assert {"numpy", "onnxruntime"} <= imported
