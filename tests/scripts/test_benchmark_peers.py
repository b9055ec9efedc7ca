"""The peers of scripts/benchmark: their environment, their task, and that they run."""

import dataclasses
import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys
import types

import numpy as np
import pytest
from benchmarks import environment, export_data, measures, processes, rows
from benchmarks.peers import measurement
from benchmarks.published import example

from cnn_mnist import config as config_lib

RECIPE = config_lib.from_preset("")


# The environment


def fake_environment(folder, versions, pip_status=0):
    """A folder with a Python that names these packages, and whose pip says so and ends."""
    (folder / "bin").mkdir(parents=True)
    python = folder / "bin" / "python"
    python.write_text(
        '#!/bin/sh\ncase "$*" in *"-m pip"*) echo pip was run; '
        f"exit {pip_status};; esac\necho '{json.dumps(versions)}'\n"
    )
    python.chmod(0o755)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(environment.VARIABLE, str(tmp_path / "peers"))
    return tmp_path / "peers"


def pinned():
    return {pin.name: str(pin.specifier).removeprefix("==") for pin in environment.requirements()}


def test_pins_name_every_peer():
    assert {"torch", "keras", "jax", "flax", "optax"} <= pinned().keys()
    assert all(str(pin.specifier).startswith("==") for pin in environment.requirements())


def test_default_folder_is_beside_the_other_and_not_in_git(monkeypatch):
    monkeypatch.delenv(environment.VARIABLE, raising=False)
    folder = environment.folder()
    assert folder == pathlib.Path(__file__).parents[2] / ".venv-peers"
    ignored = (folder.parent / ".gitignore").read_text().splitlines()
    assert "/.venv*/" in ignored


def test_environment_with_every_pin_is_used_as_it_is(folder):
    fake_environment(folder, {**pinned(), "torch": "2.13.0+cpu", "python": "3.11"}, pip_status=1)
    assert environment.missing() == []
    environment.set_up(pytest.fail)
    assert environment.versions()["torch"] == "2.13.0+cpu"
    assert environment.versions().keys() == {"python", *pinned()}


def test_what_is_missing_or_of_another_version_is_installed(folder):
    fake_environment(folder, {**pinned(), "keras": "3.0.0"}, pip_status=1)
    assert environment.missing() == [f"keras=={pinned()['keras']}"]
    said = []
    with pytest.raises(processes.FailedError, match="pip was run") as failure:
        environment.set_up(said.append)
    assert failure.value.status == 1 and str(folder / environment.LOG) in str(failure.value)
    assert str(folder) in said[0]


def test_folder_with_something_else_is_left_alone(folder):
    folder.mkdir()
    (folder / "letters").touch()
    with pytest.raises(processes.FailedError, match="is not a virtual environment; ") as failure:
        environment.set_up(lambda text: None)
    assert failure.value.status == 2
    assert os.listdir(folder) == ["letters"]


# The task


def test_learning_rate_is_that_of_the_recipe():
    from cnn_mnist import model
    from cnn_mnist.tf_compat import tf

    task = task_with(steps=RECIPE.train_steps, warmup_steps=RECIPE.warmup_steps)
    steps = [0, 1, 50, 98, 99, 100, 101, 400, 699]
    with tf.Graph().as_default(), tf.Session() as session:
        ours = session.run(model.learning_rate_at(tf.constant(steps), RECIPE))
    theirs = [RECIPE.learning_rate * task.rate_factor(step) for step in steps]
    np.testing.assert_allclose(theirs, ours, rtol=1e-5, atol=1e-9)


def task_with(**changes):
    task = {
        "data": "",
        "steps": 700,
        "batch_size": 100,
        "learning_rate": 0.003,
        "warmup_steps": 100,
        "dropout_rate": 0.4,
        "seed": 1,
        "precision": "float32",
    }
    return measurement.Task(**{**task, **changes})


def test_dropout_is_that_of_the_recipe():
    assert f"dropout {rows.DROPOUT}," in RECIPE.architecture


def test_batches_take_every_example_once_an_epoch():
    batches = list(measurement.shuffled_batches(10, 3, 7, seed=1))
    assert [len(batch) for batch in batches] == [3] * 7
    epochs = [np.concatenate(batches[start : start + 3]) for start in (0, 3)]
    assert all(len(set(epoch)) == 9 for epoch in epochs)
    assert epochs[0].tolist() != epochs[1].tolist()


def test_rate_is_between_the_marks(monkeypatch):
    times = iter([5.0, 9.0])
    monkeypatch.setattr(measurement.time, "perf_counter", lambda: next(times))
    clock = measurement.Clock(batch_size=100)
    assert not clock.is_marked
    clock.mark(10)
    clock.mark(30)
    assert clock.is_marked and clock.images_per_second == 500


@pytest.mark.slow
def test_data_for_the_peers(tmp_path, mnist, data_dir):
    path = str(tmp_path / "mnist.npz")
    export_data.main(path, [f"--model_dir={tmp_path}", f"--data_dir={data_dir}", "--offline"])
    data = measurement.load(path)
    assert data.train_images.shape == (55000, 28, 28, 1) and data.train_images.dtype == np.uint8
    np.testing.assert_array_equal(data.test_images, mnist.test.images)
    np.testing.assert_array_equal(data.test_labels, mnist.test.labels)
    images, labels, *_ = example.load(path)
    assert len(images) == len(labels) == 60000
    assert np.bincount(labels).tolist() == np.bincount(mnist.train.labels).tolist()


# How a row becomes a process


@pytest.fixture
def started(monkeypatch):
    """What was started, each process as arguments, folder and environment."""
    found = []
    output = {
        "images_per_second": 500.0,
        "first_step_time": 107.0,
        "test_accuracy": 0.9,
        "accuracy": 0.991,
        "reached": True,
        "epochs": 3,
        "time": 140.0,
    }

    def run(command, folder=None, environment=None):
        found.append(types.SimpleNamespace(command=command, folder=folder, variables=environment))
        [model_dir] = [flag[12:] for flag in command if flag.startswith("--model_dir=")] or [None]
        if model_dir:
            trained = {"images_per_second": 400.0, "first_step_time": 104.0}
            path = pathlib.Path(model_dir) / "runs.jsonl"
            path.write_text(json.dumps({"trained": trained}) + "\n")
        return processes.Finished(100.0, 50.0, 900.0, "a word\n" * (not model_dir) + as_json())

    def as_json():
        return json.dumps(output) + "\n"

    monkeypatch.setattr(processes, "run", run)
    return found


def setting(**changes):
    values = {
        "recipe": RECIPE,
        "data_flags": ("--data_dir=/data",),
        "folder": "/scratch",
        "seed": 7,
        "example_steps": None,
    }
    return measures.Setting(**{**values, **changes})


def test_pipeline_is_the_whole_command(started):
    figures = measures.pipeline("nn", "float32")(setting())
    assert figures == {
        "images_per_second": 400,
        "first_step_seconds": 4,
        "test_accuracy": 0.991,
        "whole_seconds": 50,
        "peak_memory_mib": 900,
    }
    [process] = started
    assert process.command[:3] == [sys.executable, "-m", "cnn_mnist.main"]
    flags = {"--variant=nn", "--precision=float32", "--train_steps=700", "--seed=7"}
    assert flags | {"--data_dir=/data", "--format=json"} <= set(process.command)
    assert process.folder is None
    [model_dir] = [flag[12:] for flag in process.command if flag.startswith("--model_dir=")]
    assert not os.path.exists(model_dir)


def test_peer_gets_the_task_of_the_recipe(started, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    variables = {"KERAS_BACKEND": "jax"}
    figures = measures.peer("keras", ("--precision=bfloat16",), variables)(setting())
    assert figures == {
        "images_per_second": 500,
        "first_step_seconds": 7,
        "test_accuracy": 0.9,
        "whole_seconds": 50,
        "peak_memory_mib": 900,
    }
    [process] = started
    assert process.command[:3] == [environment.python(), "-m", "benchmarks.peers.keras"]
    parsed = measurement.parser("").parse_args([*process.command[3:], "--dropout_rate=0.4"])
    task = measurement.task_of(parsed)
    assert task == task_with(data="/scratch/mnist.npz", seed=7, precision="bfloat16")
    assert process.folder == str(environment.SCRIPTS)
    assert process.variables["KERAS_BACKEND"] == "jax"
    assert "PYTHONPATH" not in process.variables


def test_example_ends_at_its_target(started):
    figures = measures.published_example("flax", {})(setting())
    assert figures["target_seconds"] == 40 and figures["whole_seconds"] == 50
    assert (figures["reached"], figures["epochs"], figures["test_accuracy"]) == (1, 3, 0.9)
    assert not [flag for flag in started[0].command if "--steps" in flag]
    measures.published_example("flax", {})(setting(example_steps=5))
    assert "--steps=5" in started[1].command and "--seed=7" in started[1].command


@pytest.mark.parametrize(("target", "reached"), [(0.99, 1), (0.992, 0)])
def test_recipe_is_timed_to_the_end_of_the_command(started, target, reached):
    figures = measures.recipe("modern", target)(setting())
    assert figures["target_seconds"] == 50 and figures["reached"] == reached
    command = started[0].command
    assert {"--preset=modern", "--seed=7"} <= set(command)
    assert not [flag for flag in command if "--train_steps" in flag]


# The scripts themselves


@pytest.fixture(scope="module")
def few_images(tmp_path_factory):
    """Data for the peers, of noise: only that they run is to be seen."""
    random = np.random.default_rng(1)
    arrays = {}
    for split, count in (("train", 3000), ("validation", 300), ("test", 1000)):
        arrays[f"{split}_images"] = random.integers(0, 256, (count, 28, 28, 1), np.uint8)
        arrays[f"{split}_labels"] = random.integers(0, 10, count, np.int32)
    # Without a space, as PyTorch's compiler takes none.
    folder = tmp_path_factory.mktemp("few_images")
    np.savez(folder / "mnist.npz", **arrays)
    return str(folder)


@pytest.fixture(scope="module")
def peers():
    if environment.missing():
        pytest.skip(f"no environment of the peers at {environment.folder()}")


def rows_of(*kinds):
    return [pytest.param(row, id=row.name) for row in rows.all_rows() if row.kind in kinds]


@pytest.mark.slow
@pytest.mark.parametrize("row", rows_of("peer"))
def test_peer_runs(row, peers, few_images):
    short = dataclasses.replace(RECIPE, train_steps=35)
    figures = row.measure(setting(recipe=short, folder=few_images))
    assert figures["images_per_second"] > 0
    assert 0 < figures["first_step_seconds"] < figures["whole_seconds"]
    assert 0.02 < figures["test_accuracy"] < 0.3


@pytest.mark.slow
@pytest.mark.parametrize("row", rows_of("example"))
def test_published_example_runs(row, peers, few_images):
    figures = row.measure(setting(folder=few_images, example_steps=5))
    assert figures["reached"] == 0 and figures["epochs"] == 1
    assert 0 < figures["target_seconds"] <= figures["whole_seconds"]
    assert 0.02 < figures["test_accuracy"] < 0.3


SCHEDULES = """
import sys
from benchmarks.peers import flax, keras, measurement
task = measurement.Task("", 700, 100, 0.003, 100, 0.4, 1, "float32")
short = measurement.Task("", 60, 100, 0.003, 100, 0.4, 1, "float32")
for task in (task, short):
    for step in range(task.steps):
        expected = task.learning_rate * task.rate_factor(step)
        for found in (flax.schedule(task)(step), keras.RiseAndFall(task)(step)):
            assert abs(float(found) - expected) < 1e-8, (step, float(found), expected)
print(keras.network(0.4).count_params())
"""


@pytest.mark.slow
def test_schedules_and_network_are_those_of_the_recipe(peers, tmp_path):
    from cnn_mnist.networks import architecture

    result = subprocess.run(
        [environment.python(), "-c", SCHEDULES],
        cwd=environment.SCRIPTS,
        env={**environment.process_environment(str(tmp_path)), "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    expected = architecture.parameter_count(architecture.parse(RECIPE.architecture))
    assert int(result.stdout.split()[-1]) == expected


def test_own_environment_reads_the_pins():
    # What reads them must itself be there.
    assert importlib.metadata.version("packaging")
