"""Trains on the workers of a Ray cluster, by Ray Train.

python docs/cluster_on_ray.py --workers=2 --model_dir=/shared/mnist
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import ray
from ray.train import FailureConfig, RunConfig, ScalingConfig
from ray.train.tensorflow import TensorflowTrainer

RESTARTS = 3
"""How often Ray starts all workers again after one has failed. They go on from `--model_dir`."""


def task(config: dict[str, Any]) -> None:
    """Is one task of the cluster; Ray Train has set TF_CONFIG."""
    from cnn_mnist import main

    status = main.main(config["flags"])
    if status:
        raise RuntimeError(f"the task ended with status {status}, see the log of its worker")


def run(arguments: list[str]) -> None:
    """Starts the workers, which train synchronously. The first is the chief."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--workers", type=int, default=2)
    own, flags = parser.parse_known_args(arguments)
    # Ray Train imports TensorFlow before this package is imported.
    ray.init(runtime_env={"env_vars": {"TF_USE_LEGACY_KERAS": "1"}})
    trainer = TensorflowTrainer(
        task,
        train_loop_config={"flags": flags},
        scaling_config=ScalingConfig(num_workers=own.workers),
        run_config=RunConfig(failure_config=FailureConfig(max_failures=RESTARTS)),
    )
    trainer.fit()


if __name__ == "__main__":
    run(sys.argv[1:])
