"""A folder that TensorFlow 1.15.5's Estimator wrote is evaluated, predicted with and exported."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from places import REPOSITORY

from cnn_mnist.model_folder import exports

OLD = REPOSITORY / "tests" / "old_models"
"""See `write.py` there."""
ACCURACY = float((OLD / "accuracy.txt").read_text())
NETWORK = "flatten, dense 10"
ASSUMED = (
    "WARNING: {folder} has no config.json, so this is assumed: the network is 'flatten, dense 10', "
    "whose variables model.ckpt-300 has by name and shape; pixels are from 0, the background, to "
    "1; the data set is mnist"
)


@pytest.fixture
def run(tmp_path, command_line):
    """A function that runs the command on a copy of the folder."""
    folder = shutil.copytree(OLD / "estimator", tmp_path / "old")

    def run(*flags):
        command = [*command_line, f"--model_dir={folder}", "--offline", *flags]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        return ran, folder

    return run


def test_it_is_evaluated_as_tensorflow_1_evaluated_it(run):
    ran, folder = run("--mode=evaluate", f"--architecture={NETWORK}")
    right = f"{ACCURACY * 10_000:,.0f} of 10,000"
    assert ran.stdout.splitlines()[0].startswith(f"Test        {ACCURACY:.2%} ({right}), loss ")
    assert ran.stderr.splitlines() == [ASSUMED.format(folder=folder)]


@pytest.mark.slow
def test_it_predicts(run):
    images = REPOSITORY / "cnn_mnist/data/digits"
    ran, folder = run("--mode=predict", f"--architecture={NETWORK}", f"--images={images}/0.png")
    assert ran.stdout.startswith(f"{images}/0.png: 0 (")
    assert ran.stderr.splitlines() == [ASSUMED.format(folder=folder)]


@pytest.mark.slow
def test_it_is_exported(run):
    ran, folder = run("--mode=export", f"--architecture={NETWORK}")
    assert ran.returncode == 0
    assert len(exports.versions(str(folder / "export"))) == 1


def test_another_network_is_one_line_that_names_that_of_the_folder(run):
    ran, folder = run("--mode=evaluate")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        f"cnn-mnist: --architecture differs: {folder} holds a network with no conv2d/kernel, this "
        "command asks for conv2d/kernel [5, 5, 1, 32]; give that --architecture "
        "('flatten, dense 10' has such variables) (or --preset), or another --model_dir\n"
    )
