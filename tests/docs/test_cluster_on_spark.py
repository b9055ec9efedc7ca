"""docs/cluster_on_spark.py trains on a real Spark cluster of this machine.

Spark is not in the environment of the tests: it takes 500 MB. `.ci/run` installs it beside.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys

import cluster_engines
import pytest
from places import REPOSITORY

SCRIPT = REPOSITORY / "docs" / "cluster_on_spark.py"
PYTHON = os.environ.get("CNN_MNIST_SPARK_PYTHON", sys.executable)


@pytest.fixture
def spark_submit():
    """The command that starts a job, or a skip that says what is missing."""
    if sys.executable == PYTHON and importlib.util.find_spec("tensorflowonspark") is None:
        pytest.skip("no Spark: CNN_MNIST_SPARK_PYTHON names no Python with tensorflowonspark")
    if shutil.which("java") is None:
        pytest.skip("no Java: apt-get install openjdk-17-jre-headless")
    return os.path.join(os.path.dirname(PYTHON), "spark-submit")


@pytest.mark.slow
def test_a_chief_a_worker_and_a_parameter_server_train_on_spark(
    spark_submit, tmp_path, subprocess_environment, mnist
):
    environment = {
        **subprocess_environment,
        "PYSPARK_PYTHON": PYTHON,
        "PYSPARK_DRIVER_PYTHON": PYTHON,
        "SPARK_LOCAL_IP": "127.0.0.1",
        # Where its executors write their logs.
        "SPARK_WORKER_DIR": str(tmp_path / "executors"),
    }
    command = [
        *(spark_submit, "--master", "local-cluster[3,1,1024]"),
        *("--conf", "spark.executor.instances=3", "--conf", "spark.executor.cores=1"),
        *("--conf", f"spark.executorEnv.PYTHONPATH={REPOSITORY}", str(SCRIPT)),
    ]
    step, _ = cluster_engines.trained(command, environment, tmp_path)
    assert 100 <= step <= 101
