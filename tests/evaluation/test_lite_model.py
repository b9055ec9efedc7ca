"""The verbs with LiteRT's interpreter: TensorFlow's answers, without importing TensorFlow."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import forked
import numpy as np
import pytest
from places import REPOSITORY

import cnn_mnist
from cnn_mnist import config, experiment, main
from cnn_mnist.cli import command_line
from cnn_mnist.data import picture_formats
from cnn_mnist.errors import DataError, ExportError, InstallationError, SettingsError, one_line
from cnn_mnist.evaluation import evaluator, lite_model
from cnn_mnist.evaluation.lite_model import LitePredictor
from cnn_mnist.model_folder import exports
from cnn_mnist.support import processor

pytest.importorskip("ai_edge_litert.interpreter")

DIGITS = os.path.join(os.path.dirname(cnn_mnist.__file__), "data", "digits")
HEAVY = {"tensorflow", "tf_keras", "tensorflow_datasets", "matplotlib", "tensorboard", "tqdm"}


@pytest.fixture(scope="module")
def exported_lite(trained, tmp_path_factory):
    """The run `trained`, in a copy of its folder with an export that has TensorFlow Lite files."""
    folder = tmp_path_factory.mktemp("lite") / "model"
    shutil.copytree(trained.model_dir, folder)
    copied = dataclasses.replace(trained, model_dir=str(folder))
    experiment.export(dataclasses.replace(copied, export_formats=("saved_model", "tflite")))
    return copied


@pytest.fixture
def predict(exported_lite):
    return LitePredictor(exported_lite)


@pytest.mark.slow
def test_all_10000_test_images_get_tensorflows_answers(exported_lite, predict, mnist):
    with experiment.Predictor(exported_lite) as predict_with_tensorflow:
        expected = predict_with_tensorflow(mnist.test.images)
    found = predict(mnist.test.images)
    assert (found.classes.dtype, found.probabilities.dtype) == (np.int64, np.float32)
    np.testing.assert_array_equal(found.classes, expected.classes)
    np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=1e-5)


def test_the_int8_file_can_be_chosen(exported_lite, mnist, capfd):
    images = mnist.test.images[:2000]
    expected = LitePredictor(exported_lite)(images)
    found = LitePredictor(exported_lite, "int8")(images)
    assert found.classes.dtype == np.int64
    assert np.mean(found.classes == expected.classes) > 0.97
    flags = ["--mode=predict", f"--images={DIGITS}/7.png", "--format=json", "--engine=lite"]
    status, printed, said = run(capfd, exported_lite, *flags, "--lite_file=int8")
    assert (status, said) == (0, "")
    # The file has probabilities in steps of 1/256.
    assert all((256 * value).is_integer() for value in json.loads(printed)["probabilities"])


def test_an_unknown_file_is_refused_with_those_that_there_are(exported_lite):
    with pytest.raises(SettingsError) as caught:
        LitePredictor(exported_lite, "int4")
    assert str(caught.value) == (
        "file=int4 is unknown; allowed: float32, float16, dynamic_int8, int8"
    )


@pytest.fixture
def older(tmp_path, data_dir):
    """A folder with the export of an older version: one file, any batch, classes of int64."""
    folder = tmp_path / "export" / "7" / "tflite"
    folder.mkdir(parents=True)
    shutil.copy(REPOSITORY / "tests" / "old_tflite" / "model.tflite", folder)
    return config.from_preset(str(tmp_path), data_dir=data_dir, offline=True)


def test_a_file_of_an_older_version_is_read(older, mnist):
    assert lite_model.evaluate(older, dataset=mnist).correct == 9288
    assert LitePredictor(older)(mnist.test.images[:3]).classes.dtype == np.int64


def test_a_file_that_older_versions_did_not_write_is_named(older):
    with pytest.raises(ExportError) as caught:
        LitePredictor(older, "int8")
    assert one_line(caught.value) == (
        f"the newest export of {older.model_dir} has no model_int8.tflite, as exports of older "
        "versions; --mode=export --export_formats=saved_model,tflite writes it"
    )


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*fork:RuntimeWarning")
def test_a_forked_process_needs_a_predictor_of_its_own(exported_lite, predict, small):
    images = small.test.images[:1]
    # A thread that answers at the fork would hold this lock for ever.
    with predict._lock:
        said = forked.error_of(lambda: predict(images))
    assert said.startswith("ProcessError: this predictor was made in process ")
    assert said.endswith("; make a predictor in each process")
    assert forked.error_of(lambda: LitePredictor(exported_lite)(images)) == "no error"


def test_batches_change_nothing(exported_lite, predict, small):
    images = small.test.images[:20]
    in_sevens = LitePredictor(dataclasses.replace(exported_lite, eval_batch_size=7))(images)
    np.testing.assert_array_equal(in_sevens.classes, predict(images).classes)
    np.testing.assert_allclose(in_sevens.probabilities, predict(images).probabilities, atol=1e-6)


def test_several_threads_may_call_it(predict, small):
    images = small.test.images[:64]
    expected = predict(images)
    parts = [images[start : start + size] for size in (1, 2, 4) for start in range(0, 64, size)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(predict, parts))
    for size, first in ((1, 0), (2, 64), (4, 96)):
        found = np.concatenate([a.probabilities for a in answers[first : first + 64 // size]])
        np.testing.assert_allclose(found, expected.probabilities, atol=1e-6)


@pytest.mark.parametrize(("threads", "used"), [(0, processor.count()), (3, 3)])
def test_it_computes_with_every_processor_or_with_as_many_threads_as_asked_for(
    exported_lite, monkeypatch, threads, used
):
    given = []
    interpreter = lite_model._interpreter()

    def started(path, num_threads):
        given.append(num_threads)
        return interpreter(path, num_threads=num_threads)

    monkeypatch.setattr(lite_model, "_interpreter", lambda: started)
    LitePredictor(dataclasses.replace(exported_lite, threads=threads))
    assert given == [used]


def test_no_image_gets_no_answer(predict, small):
    found = predict(small.test.images[:0])
    assert (found.classes.shape, found.probabilities.shape) == ((0,), (0, 10))


@pytest.mark.parametrize("shape, dtype", [((2, 28, 28), np.uint8), ((2, 28, 28, 1), np.float32)])
def test_images_of_another_shape_or_type_are_refused(predict, shape, dtype):
    with pytest.raises(DataError, match="expected uint8"):
        predict(np.zeros(shape, dtype))


@pytest.mark.parametrize("split", ["test", "validation"])
def test_evaluation_is_that_of_the_checkpoint_and_writes_nothing(exported_lite, small, split):
    before = listed(exported_lite.model_dir)
    found = lite_model.evaluate(exported_lite, split, dataset=small)
    assert listed(exported_lite.model_dir) == before
    expected = evaluator.evaluate(exported_lite, split, dataset=small)
    assert found.loss == pytest.approx(expected.loss, rel=1e-4)
    np.testing.assert_array_equal(found.confusion_matrix, expected.confusion_matrix)
    assert found == dataclasses.replace(
        expected, step=0, loss=found.loss, confusion_matrix=found.confusion_matrix
    )


def listed(folder):
    return sorted((str(path), path.stat().st_mtime_ns) for path in pathlib.Path(folder).rglob("*"))


def test_an_unknown_split_is_refused(exported_lite, small):
    with pytest.raises(SettingsError, match="split=all is unknown"):
        lite_model.evaluate(exported_lite, "all", dataset=small)


def test_the_commands_and_the_snippet_of_the_document_run(exported_lite, capsys):
    text = (REPOSITORY / "docs" / "predicting.md").read_text("utf-8")
    commands = re.findall(r"^    python -m cnn_mnist\.main (.*)$", text, re.M)
    modes = [command_line.parse(shlex.split(command)).mode for command in commands]
    assert modes == ["export", "predict", "evaluate"]
    snippet = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)[0]
    exec(snippet.replace("/tmp/mnist", exported_lite.model_dir), {})
    assert re.fullmatch(r"\[\d \d \d\]\n", capsys.readouterr().out)


# What cannot be used.


@pytest.fixture
def damaged(exported_lite, tmp_path):
    """A function that writes an export whose TensorFlow Lite file is damaged."""

    def write(change):
        folder = tmp_path / "model"
        path = folder / "export" / "7" / "tflite" / exports.TFLITE_FILES["float32"]
        path.parent.mkdir(parents=True)
        path.write_bytes(change(pathlib.Path(LitePredictor(exported_lite).path).read_bytes()))
        return dataclasses.replace(exported_lite, model_dir=str(folder)), path

    return write


@pytest.mark.parametrize(
    "change",
    [
        lambda content: b"",
        lambda content: b"hello\n",
        lambda content: content[: len(content) // 2],
        lambda content: content[:40] + b"\xff" * 40 + content[80:],
        lambda content: content.replace(b"classes", b"klasses"),
    ],
    ids=["empty", "text", "half", "wrong bytes", "another network's"],
)
def test_a_damaged_file_is_named_in_one_line_that_says_what_to_do(damaged, change, capfd):
    settings, path = damaged(change)
    with pytest.raises(ExportError) as caught:
        LitePredictor(settings)
    text = one_line(caught.value)
    assert text.startswith(f"{path} cannot be used (")
    assert text.endswith("; --mode=export --export_formats=saved_model,tflite writes it again")
    assert len(str(caught.value).splitlines()) == 1
    assert capfd.readouterr() == ("", "")


def test_a_run_without_an_export_is_told_how_to_write_one(tmp_path):
    with pytest.raises(ExportError) as caught:
        LitePredictor(config.from_preset(str(tmp_path)))
    assert one_line(caught.value) == (
        f"{tmp_path} has no export; --mode=export --export_formats=saved_model,tflite writes one "
        "with TensorFlow Lite files"
    )
    assert str(caught.value) == (
        f"{tmp_path} has no export; cnn_mnist.export with "
        'export_formats=("saved_model", "tflite") writes one with TensorFlow Lite files'
    )


def test_an_export_without_the_file_is_told_how_to_write_it(tmp_path):
    version = tmp_path / "export" / "7"
    version.mkdir(parents=True)
    (version / "saved_model.pb").touch()
    with pytest.raises(ExportError) as caught:
        LitePredictor(config.from_preset(str(tmp_path)))
    assert one_line(caught.value) == (
        f"the newest export of {tmp_path} has no TensorFlow Lite files; --mode=export "
        "--export_formats=saved_model,tflite writes them"
    )


def test_without_the_interpreter_it_says_what_to_install(exported_lite, monkeypatch):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(InstallationError) as caught:
        LitePredictor(exported_lite)
    assert str(caught.value).startswith("LitePredictor needs LiteRT's interpreter, and ai-edge-")
    text = one_line(caught.value)
    assert text.startswith("--engine=lite needs LiteRT's interpreter, and ai-edge-litert cannot be")
    assert text.endswith("; pip install 'cnn-mnist[lite]'")


# The command.


def run(capfd, exported_lite, *arguments):
    capfd.readouterr()
    status = main.main([f"--model_dir={exported_lite.model_dir}", *arguments])
    return status, *capfd.readouterr()


def test_predict_prints_what_it_prints_with_tensorflow(exported_lite, capfd):
    flags = ["--mode=predict", f"--images={DIGITS}"]
    _, expected, _ = run(capfd, exported_lite, *flags)
    status, found, said = run(capfd, exported_lite, *flags, "--engine=lite")
    assert (status, found, said) == (0, expected, "")
    assert found.count("\n") == 10


def test_predict_gives_the_same_probabilities_as_json(exported_lite, capfd):
    flags = ["--mode=predict", f"--images={DIGITS}/7.png", "--format=json", "--invert=never"]
    _, expected, _ = run(capfd, exported_lite, *flags)
    _, found, _ = run(capfd, exported_lite, *flags, "--engine=lite")
    one, other = json.loads(found), json.loads(expected)
    assert one.pop("probabilities") == pytest.approx(other.pop("probabilities"), abs=1e-5)
    assert one == pytest.approx(other, abs=1e-5)


def test_evaluate_prints_what_it_prints_with_tensorflow(exported_lite, capfd):
    flags = ["--mode=evaluate"]
    _, expected, _ = run(capfd, exported_lite, *flags)
    status, found, said = run(capfd, exported_lite, *flags, "--engine=lite")
    assert (status, found) == (0, expected)
    assert said == f"Running {LitePredictor(exported_lite).path} on 10,000 images\n"


def test_evaluate_as_json_has_no_step(exported_lite, capfd):
    _, found, _ = run(
        capfd, exported_lite, "--mode=evaluate", "--engine=lite", "--format=json", "--split=test"
    )
    measured = json.loads(found)
    assert "step" not in measured and measured["total"] == 10_000


def test_a_picture_from_a_pipe_is_read_once_and_predicted(exported_lite, capfd):
    """As `--images=<(curl ...)` gives it."""
    reading, writing = os.pipe()
    try:
        with open(f"{DIGITS}/7.png", "rb") as file:
            os.write(writing, file.read())
        os.close(writing)
        flags = ["--mode=predict", f"--images=/dev/fd/{reading}", "--engine=lite"]
        status, found, said = run(capfd, exported_lite, *flags)
    finally:
        os.close(reading)
    assert (status, said) == (0, "")
    assert found.startswith(f"/dev/fd/{reading}: ")


def test_a_missing_image_is_one_line_and_the_others_are_predicted(exported_lite, tmp_path, capfd):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"hello")
    flags = ["--mode=predict", f"--images={DIGITS}/7.png", f"--images={broken}", "--engine=lite"]
    status, found, said = run(capfd, exported_lite, *flags)
    assert status == 2 and found.startswith(f"{DIGITS}/7.png: ")
    assert said == (
        f"cnn-mnist: {broken} is not a readable image; expected {picture_formats.IN_WORDS}\n"
    )
    status, found, said = run(
        capfd, exported_lite, "--mode=predict", "--images=/none.png", "--engine=lite"
    )
    assert (status, found, said) == (2, "", "cnn-mnist: --images=/none.png names no image file\n")


@pytest.mark.parametrize("flags", [["--mode=predict", f"--images={DIGITS}"], ["--mode=evaluate"]])
def test_the_command_imports_nothing_that_takes_long(exported_lite, subprocess_environment, flags):
    """In a process of its own, whose imports Python writes to standard error."""
    ran = subprocess.run(
        [
            *(sys.executable, "-X", "importtime", "-m", "cnn_mnist.main", "--engine=lite"),
            *(f"--model_dir={exported_lite.model_dir}", *flags),
        ],
        env=subprocess_environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0 and ran.stdout
    lines = [line for line in ran.stderr.splitlines() if line.startswith("import time:")]
    imported = {re.split(r"[.\s]", line.rpartition("|")[2].strip())[0] for line in lines}
    assert imported & HEAVY == set()
    assert {"numpy", "ai_edge_litert"} <= imported
