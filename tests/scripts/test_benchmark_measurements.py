"""The scripts that measure single parts print what they say; how fast, no test judges."""

import json
import pathlib
import shutil
import subprocess
import types

import fork_server
import pytest
from benchmarks import clusters, measures, processes, rows

SCRIPTS = pathlib.Path(__file__).parents[2] / "scripts" / "benchmarks"
WITH_WEIGHTS = ("conv2d", "conv2d_1", "dense", "dense_1")
FIGURES = {
    "evaluation.py": {"estimator_seconds", "bare_loop_seconds", "whole_verb_seconds"},
    "input_function.py": {"images_per_second", "cpu_seconds_per_batch"},
    "products.py": {
        *("images_per_second", "products_milliseconds"),
        *(f"{layer}, forward" for layer in WITH_WEIGHTS),
        *(f"{layer}, gradient by the weights" for layer in WITH_WEIGHTS),
        # No gradient by the image is needed.
        *(f"{layer}, gradient by the input" for layer in WITH_WEIGHTS[1:]),
    },
    "prediction.py": {
        "first_milliseconds",
        "median_milliseconds",
        "p95_milliseconds",
        "experiment_predict_milliseconds",
    },
}


@pytest.fixture(scope="module")
def python(tmp_path_factory, subprocess_environment):
    """The beginning of a command line that runs a script, without the time to import TensorFlow."""
    folder = tmp_path_factory.mktemp("forks")
    with fork_server.started(folder, subprocess_environment, command="script_task") as command:
        yield command


def figures_of(script, *arguments, python):
    """Returns what a script prints."""
    ran = subprocess.run(
        [*python, str(SCRIPTS / script), *arguments, "--offline"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("script", FIGURES)
def test_a_part_is_measured(script, trained, tmp_path, python):
    folder = shutil.copytree(trained.model_dir, tmp_path / "model")
    figures = figures_of(script, f"--model_dir={folder}", python=python)
    assert set(figures) == FIGURES[script]
    assert all(value > 0 for value in figures.values())


@pytest.fixture(scope="module")
def exported_in_every_format(trained, tmp_path_factory, command_line, subprocess_environment):
    for package in ("onnxruntime", "tf2onnx", "ai_edge_litert", "tensorflow_serving", "openvino"):
        pytest.importorskip(package)
    folder = shutil.copytree(trained.model_dir, tmp_path_factory.mktemp("engines") / "model")
    subprocess.run(
        [
            *(*command_line, "--mode=export", f"--model_dir={folder}"),
            *("--export_formats=saved_model,tflite,onnx", "--offline"),
        ],
        env=subprocess_environment,
        check=True,
    )
    return folder


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("engine", rows.ENGINES)
def test_an_engine_is_asked_and_its_latency_is_measured(engine, exported_in_every_format, python):
    arguments = (engine, "2", "0", f"--model_dir={exported_in_every_format}")
    figures = figures_of("latencies.py", *arguments, python=python)
    assert figures["requests"] >= 20
    assert figures["images_per_second"] == 2 * figures["requests_per_second"]
    latencies = [figures[f"p{percent}_milliseconds"] for percent in (50, 95, 99)]
    assert latencies[0] > 0 and latencies == sorted(latencies)


@pytest.fixture
def of_a_small_cluster(monkeypatch, subprocess_environment, mnist):
    """The settings of a measurement that trains a small network on few images."""
    for name in ("PYTHONPATH", "TFDS_DATA_DIR"):
        monkeypatch.setenv(name, subprocess_environment[name])
    network = ("--architecture=flatten, dense 100, dense 10", "--train_examples=2000")
    recipe = types.SimpleNamespace(batch_size=100)
    return measures.Setting(recipe, (*network, "--offline", "--warmup_steps=0"), "", 1, None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("workers", "ps"),
    [
        pytest.param(0, 0, marks=pytest.mark.long),
        pytest.param(1, 1, marks=pytest.mark.long),
        pytest.param(1, 0, marks=pytest.mark.long),
    ],
)
def test_what_a_step_of_a_cluster_costs_is_measured(monkeypatch, of_a_small_cluster, workers, ps):
    monkeypatch.setattr(clusters, "_STEPS", (20, 420))
    found = clusters.step(workers, ps)(of_a_small_cluster)
    assert found["task_milliseconds"] > 0
    # 79,510 weights of four bytes: to the ps and back, or to the other task and back.
    if workers:
        assert 0.3 < found["megabytes"] < 2
    assert (found["server_milliseconds"] > 0) == bool(ps)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tasks", "ps_share"),
    [
        pytest.param(1, 0.0, marks=pytest.mark.long),
        pytest.param(2, 0.5, marks=pytest.mark.long),
        pytest.param(2, 0.0, marks=pytest.mark.long),
    ],
)
def test_the_speed_of_a_cluster_with_shares_of_a_core_is_measured(
    monkeypatch, of_a_small_cluster, tasks, ps_share
):
    monkeypatch.setattr(clusters, "_SETTLING_SECONDS", 0.5)
    monkeypatch.setattr(clusters, "_MEASURED_SECONDS", 2.0)
    try:
        found = clusters.rate(tasks, ps_share)(of_a_small_cluster)
    except processes.FailedError as error:
        if "needs root" in str(error):
            pytest.skip(str(error))
        raise
    assert found["images_per_second"] > 0
