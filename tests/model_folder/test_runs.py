"""The record of runs: one line of JSON each, and a damaged line loses no other."""

import json
import math
import os
import subprocess
import sys

import pytest

from cnn_mnist import config
from cnn_mnist.model_folder import runs


@pytest.fixture
def settings(tmp_path):
    return config.from_preset(str(tmp_path), hooks=("profiler",))


def test_a_run_is_recorded_as_one_json_line_after_another(settings, tmp_path):
    runs.record(settings, "train", ["cnn-mnist", "--mode=train"], accuracy=0.5)
    runs.record(settings, "evaluate", ["cnn-mnist"])
    first, second = map(json.loads, (tmp_path / runs.RUNS_FILE).read_text().splitlines())
    assert first["mode"] == "train"
    assert first["command"] == ["cnn-mnist", "--mode=train"]
    assert first["config"]["model_dir"] == str(tmp_path)
    assert first["config"]["hooks"] == ["profiler"]
    assert first["accuracy"] == 0.5
    assert first["versions"]["tensorflow"]
    assert first["time"].endswith("+00:00")
    assert second["mode"] == "evaluate"


def test_a_rate_that_is_not_known_is_recorded_as_null(settings, tmp_path):
    """NaN is not JSON: jq, browsers and pandas refuse or misread the line."""
    runs.record(settings, "train", [], trained={"images_per_second": math.nan, "loss": 1.0})

    def refuse(name):
        raise AssertionError(f"{name} in runs.jsonl")

    line = json.loads((tmp_path / runs.RUNS_FILE).read_text(), parse_constant=refuse)
    assert line["trained"] == {"images_per_second": None, "loss": 1.0}


def test_the_versions_of_all_that_a_result_may_depend_on_are_recorded():
    versions = runs.installed_versions()
    expected = {"python", "platform", "tensorflow", "tensorflow-estimator", "numpy", "protobuf"}
    assert expected <= set(versions)
    assert versions["python"] == ".".join(map(str, sys.version_info[:3]))


def test_versions_are_found_without_importing_tensorflow():
    code = (
        "import sys; from cnn_mnist.model_folder import runs; assert runs.installed_versions(); "
        "print([name for name in sys.modules if name.startswith('tensorflow')])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_runs_are_read_back_oldest_first(settings):
    runs.record(settings, "train", ["cnn-mnist"], trained={"last_step": 3})
    runs.record(settings, "evaluate", ["cnn-mnist", "ä"])
    first, second = runs.read(settings.model_dir)
    assert (first["mode"], first["trained"]) == ("train", {"last_step": 3})
    assert first["config"]["seed"] == settings.seed
    assert (second["mode"], second["command"]) == ("evaluate", ["cnn-mnist", "ä"])


def test_a_folder_without_a_record_or_no_folder_has_no_runs(tmp_path):
    assert runs.read(str(tmp_path)) == []
    assert runs.read(str(tmp_path / "missing")) == []


@pytest.mark.parametrize("damage", [b'{"mode": "tra', b"", b"[1]", b"null", b"\xff\xfe", b"\0\0"])
def test_a_damaged_line_is_left_out_and_the_others_are_read(settings, tmp_path, damage):
    runs.record(settings, "train", [])
    with open(tmp_path / runs.RUNS_FILE, "ab") as file:
        file.write(damage + b"\n")
    runs.record(settings, "export", [])
    assert [run["mode"] for run in runs.read(str(tmp_path))] == ["train", "export"]


def test_a_run_after_a_crash_that_cut_a_line_off_is_recorded_whole(settings, tmp_path):
    (tmp_path / runs.RUNS_FILE).write_text('{"mode": "tra')
    runs.record(settings, "evaluate", [])
    assert [run["mode"] for run in runs.read(str(tmp_path))] == ["evaluate"]


LINES = [
    {"trained": {"first_step": 0, "last_step": 20}, "config": {"dataset": "mnist"}},
    {"mode": "evaluate"},
    {"trained": None, "config": {"dataset": "kmnist"}},
    {"trained": {"first_step": "?", "last_step": 9}, "config": {"dataset": "kmnist"}},
    {"trained": {"first_step": 20, "last_step": 40}, "config": {"dataset": "fashion_mnist"}},
]


@pytest.mark.parametrize(
    ("lines", "step", "name"),
    [
        (LINES, 1, "mnist"),
        (LINES, 20, "mnist"),
        (LINES, 21, None),
        (LINES, 40, None),
        (LINES, 41, None),
        (LINES[:4], 20, None),
        ([], 20, None),
    ],
)
def test_a_step_is_of_an_earlier_data_set_if_the_newest_training_had_another(
    tmp_path, lines, step, name
):
    (tmp_path / runs.RUNS_FILE).write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert runs.earlier_data_set(str(tmp_path), step) == name
