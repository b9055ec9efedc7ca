"""scripts/compare_tflite measures an export's networks, or says in one line why it cannot."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import pathlib
import shutil
import sys

import numpy as np
import pytest

from cnn_mnist import config, experiment
from cnn_mnist.data import splits
from cnn_mnist.exporting import tflite

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

pytest.importorskip("ai_edge_litert")

from tflite_comparison import __main__ as command  # noqa: E402
from tflite_comparison import measures  # noqa: E402


@pytest.fixture(scope="module")
def model_dir(trained, tmp_path_factory):
    """A copy of the trained model, exported in both formats."""
    folder = str(tmp_path_factory.mktemp("compared") / "model")
    shutil.copytree(trained.model_dir, folder, ignore=shutil.ignore_patterns("export"))
    both = ("saved_model", "tflite")
    experiment.export(dataclasses.replace(trained, model_dir=folder, export_formats=both))
    return folder


@pytest.fixture(autouse=True)
def shorter(monkeypatch, small):
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    monkeypatch.setattr(measures, "_IMAGES_IN_A_ROUND", 3)


@pytest.mark.slow
def test_the_table_has_a_row_for_the_saved_model_and_each_file(model_dir, capsys):
    assert command.main([model_dir]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[:7]]
    assert [row[0] for row in rows] == ["", "---", "SavedModel", *tflite.FILES]
    assert rows[2][3:5] == ["0", "0.0e+00"]
    sizes = [int(row[1].replace(",", "")) for row in rows[2:]]
    # The two files in 8 bits have about the same size.
    assert sizes[:4] == sorted(sizes[:4], reverse=True) and sizes[4] < sizes[2]
    assert all(float(row[5]) > 0 for row in rows[2:])
    assert "500 test images; tensorflow " in lines[-1]


def test_answers_are_of_all_images_and_times_of_every_network(small):
    """A double: a network that is always sure of 7."""

    def sure(images):
        classes = np.full(len(images), 7)
        return {"classes": classes, "probabilities": np.eye(10, dtype=np.float32)[classes]}

    classes, found = measures.answer(sure, np.zeros([250, 28, 28, 1], np.uint8))
    assert classes.shape == (250,) and found.shape == (250, 10)
    times = measures.milliseconds({"one": sure, "other": sure}, small.test.images[:2])
    assert set(times) == {"one", "other"} and min(times.values()) > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: MODEL_DIR; --help lists the flags"),
        (["x", "--images=3"], "unrecognized arguments: --images=3; --help lists the flags"),
        (["/nonexistent"], "/nonexistent holds no trained model"),
    ],
)
def test_what_cannot_be_measured_is_one_line_and_status_2(arguments, said, capsys):
    assert status(arguments) == 2
    assert capsys.readouterr() == ("", f"scripts/compare_tflite: {said}\n")


def status(arguments):
    try:
        return command.main(arguments)
    except SystemExit as ended:
        return ended.code


def test_a_model_without_such_an_export_is_told_how_to_get_one(tmp_path, capsys):
    config.save(config.from_preset(str(tmp_path)))
    assert command.main([str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"scripts/compare_tflite: {tmp_path} has no export; --mode=export "
        "--export_formats=saved_model,tflite writes one with TensorFlow Lite files\n"
    )


@pytest.mark.slow
def test_without_the_interpreter_it_says_what_to_install(model_dir, monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert command.main([model_dir]) == 2
    assert "pip install ai-edge-litert" in capsys.readouterr().err


def test_the_size_of_a_saved_model_leaves_out_what_lies_beside_it(tmp_path):
    for name, size in (("saved_model.pb", 5), ("variables/a", 7), ("tflite/b", 100)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * size)
    assert measures.saved_model_bytes(str(tmp_path)) == 12


def test_the_script_runs_the_command():
    text = (SCRIPTS / "compare_tflite").read_text("utf-8")
    assert 'exec "$scripts/run" python "$scripts/tflite_comparison" "$@"' in text
    assert os.access(SCRIPTS / "compare_tflite", os.X_OK)
