"""docs/cluster_on_ray.py trains on a real Ray cluster of this machine.

Ray is not in the environment of the tests: it takes 360 MB, and what it requires is its own.
"""

from __future__ import annotations

import importlib.util
import os
import sys

import cluster_engines
import pytest
from places import REPOSITORY

SCRIPT = REPOSITORY / "docs" / "cluster_on_ray.py"
PYTHON = os.environ.get("CNN_MNIST_RAY_PYTHON", sys.executable)


@pytest.mark.slow
def test_a_chief_and_a_worker_train_synchronously_on_ray(tmp_path, subprocess_environment, mnist):
    if sys.executable == PYTHON and importlib.util.find_spec("ray") is None:
        pytest.skip("no Ray: CNN_MNIST_RAY_PYTHON names no Python with ray[train]")
    environment = {
        **subprocess_environment,
        "RAY_USAGE_STATS_ENABLED": "0",
        "HOME": str(tmp_path),
    }
    command = [PYTHON, str(SCRIPT), "--workers=2"]
    step, printed = cluster_engines.trained(command, environment, tmp_path)
    assert "worker 0 of a cluster with 1 other task" in printed
    assert step == 100
