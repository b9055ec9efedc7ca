"""The scripts that measure single parts print what they say; how fast, no test judges."""

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

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


@pytest.mark.slow
@pytest.mark.parametrize("script", FIGURES)
def test_a_part_is_measured(script, trained, tmp_path, subprocess_environment):
    folder = shutil.copytree(trained.model_dir, tmp_path / "model")
    ran = subprocess.run(
        [sys.executable, SCRIPTS / script, f"--model_dir={folder}", "--offline"],
        env=subprocess_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    figures = json.loads(ran.stdout)
    assert set(figures) == FIGURES[script]
    assert all(value > 0 for value in figures.values())
