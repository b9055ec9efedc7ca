"""Runs the examples in docs/ that train on the cluster of another engine."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Mapping, Sequence

from cnn_mnist.model_folder import checkpoints

FLAGS = (
    *("--architecture=flatten, dense 10", "--offline", "--train_examples=2000"),
    *("--validation_examples=200", "--warmup_steps=0", "--train_steps=100", "--threads=1"),
)


def trained(
    command: Sequence[str], environment: Mapping[str, str], folder: pathlib.Path
) -> tuple[int | None, str]:
    """Runs a command with `FLAGS` and a model in `folder`; it has to end with 0 and an export.

    Returns:
      The step of the model's newest checkpoint, and all that was printed.
    """
    model = folder / "model"
    ran = subprocess.run(
        [*command, f"--model_dir={model}", *FLAGS],
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=400,
    )
    assert ran.returncode == 0, ran.stdout[-5000:]
    assert (model / "export").is_dir()
    return checkpoints.latest_step(str(model)), ran.stdout
