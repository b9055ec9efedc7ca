"""docs/cluster_on_ray.py trains on a real Ray cluster of this machine.

Ray is not in the environment of the tests: it takes 360 MB, and what it requires is its own.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest
from places import REPOSITORY

from cnn_mnist.model_folder import checkpoints

SCRIPT = REPOSITORY / "docs" / "cluster_on_ray.py"
PYTHON = os.environ.get("CNN_MNIST_RAY_PYTHON", sys.executable)
FLAGS = ("--architecture=flatten, dense 10", "--offline", "--train_examples=2000")
FLAGS += ("--validation_examples=200", "--warmup_steps=0", "--train_steps=100", "--threads=1")


@pytest.mark.slow
def test_a_chief_and_a_worker_train_synchronously_on_ray(tmp_path, subprocess_environment, mnist):
    if sys.executable == PYTHON and importlib.util.find_spec("ray") is None:
        pytest.skip("no Ray: CNN_MNIST_RAY_PYTHON names no Python with ray[train]")
    environment = {
        **subprocess_environment,
        "PYTHONPATH": str(REPOSITORY),
        "RAY_USAGE_STATS_ENABLED": "0",
        "HOME": str(tmp_path),
    }
    ran = subprocess.run(
        [PYTHON, str(SCRIPT), "--workers=2", f"--model_dir={tmp_path}/model", *FLAGS],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=400,
    )
    assert ran.returncode == 0, ran.stdout[-5000:]
    assert "worker 0 of a cluster with 1 other task" in ran.stdout
    assert checkpoints.latest_step(str(tmp_path / "model")) == 100
    assert (tmp_path / "model" / "export").is_dir()
