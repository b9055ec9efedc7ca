"""Kills a training with SIGKILL at random moments, and compares it with one left alone.

Every second kill comes while a checkpoint is being written. The processes are forked from
one that has imported TensorFlow, so that they die while they train and not while they import.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import multiprocessing
import os
import pathlib
import random
import shutil
import sys
import time
from collections.abc import Sequence
from typing import Any

VARIANTS = ("layers", "nn")
MOST_SECONDS = 300
"""No single process takes longer, however slow the machine is."""

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["cnn_mnist.experiment", "cnn_mnist.cli.modes"])


@dataclasses.dataclass(frozen=True)
class Killed:
    """How often trainings were killed, and with which result.

    Attributes:
      kills: how often it was killed.
      while_writing: how many of those kills left a half-written checkpoint behind.
      runs: trainings that finished nevertheless.
      differences: differences from the training that was left alone.
    """

    kills: int
    while_writing: int
    runs: int
    differences: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds this trial's flags."""
    parser.add_argument("--kills", type=int, default=100, help="of each variant")
    parser.add_argument("--variants", default=",".join(VARIANTS), help="layers, nn or both")
    parser.add_argument("--seed", type=int, default=1, help="decides the moments")
    parser.add_argument("flags", nargs="*", help="further flags of the training, after --")


def run(options: argparse.Namespace, folder: pathlib.Path) -> int:
    """Runs the trial and prints a line for each variant."""
    failed = False
    for variant in options.variants.split(","):
        began = time.monotonic()
        flags = (f"--variant={variant}", "--deterministic", "--precision=float32", *options.flags)
        result = kill_again_and_again(folder / variant, flags, options.kills, options.seed)
        failed = failed or bool(result.differences)
        same = "; ".join(result.differences) or "every bit as in the run left alone"
        print(
            f"{variant}: {result.kills} kills, {result.while_writing} of them while a checkpoint "
            f"was written, {result.runs} trainings finished in {time.monotonic() - began:.0f} s: "
            f"{same}",
            flush=True,
        )
    return int(failed)


def kill_again_and_again(
    folder: pathlib.Path, flags: Sequence[str], kills: int, seed: int
) -> Killed:
    """Trains once undisturbed, and then in processes that are killed, `kills` times in all.

    Args:
      folder: for both models.
      flags: of the command, besides those of a training of 60 steps.
      kills: how many; a training that finishes in between is compared, and another one starts.
      seed: decides the moments.
    """
    folder.mkdir(parents=True, exist_ok=True)
    moments = random.Random(seed)
    alone = folder / "alone"
    began = time.monotonic()
    _finish(_started(alone, flags), alone)
    seconds = time.monotonic() - began
    killed = while_writing = runs = 0
    differences: list[str] = []
    while killed < kills:
        disturbed = folder / f"killed-{runs}"
        while (process := _started(disturbed, flags)) and killed < kills:
            if not _killed(process, disturbed, moments.uniform(0, seconds), killed % 2 == 1):
                break
            killed += 1
            while_writing += bool(_half_written(disturbed))
        _finish(process, disturbed)
        runs += 1
        differences += different(alone, disturbed)
        shutil.rmtree(disturbed)
    return Killed(killed, while_writing, runs, tuple(differences))


def _killed(process: Any, folder: pathlib.Path, seconds: float, while_writing: bool) -> bool:
    """Kills a training after a time or while it writes; False if it had finished before."""
    if while_writing:
        _wait_for_half_written(folder, process)
    else:
        process.join(seconds)
    if not process.is_alive():
        return False
    process.kill()
    process.join()
    return True


def different(one: pathlib.Path, other: pathlib.Path) -> list[str]:
    """Returns the differences of two models: variables by their bits, and the records."""
    from cnn_mnist.model_folder import best, integrity

    differences = []
    pairs = [
        ("newest", *(integrity.survey(str(folder)).newest for folder in (one, other))),
        ("best", *(best.read(str(folder)).path for folder in (one, other))),
    ]
    for name, *paths in pairs:
        left, right = (_variables(path) for path in paths)
        if left.keys() != right.keys():
            differences.append(f"{name}: {sorted(left.keys() ^ right.keys())}")
        differences += [f"{name}: {key}" for key in left if left[key] != right.get(key)]
    for record in ("validations.jsonl", "evaluation_test.json", "best/best.json"):
        if (one / record).read_bytes() != (other / record).read_bytes():
            differences.append(record)
    if _epochs(one) != _epochs(other):
        differences.append("epochs.jsonl")
    return differences


def _epochs(folder: pathlib.Path) -> list[Any]:
    """Returns the epochs without the time that they took."""
    from cnn_mnist.model_folder import epochs

    return [dataclasses.replace(epoch, seconds=0.0) for epoch in epochs.read(str(folder))]


def _variables(checkpoint: str) -> dict[str, bytes]:
    from cnn_mnist.tf_compat import tf

    reader = tf.train.load_checkpoint(checkpoint)
    return {name: reader.get_tensor(name).tobytes() for name in reader.get_variable_to_shape_map()}


def _started(model_dir: pathlib.Path, flags: Sequence[str]) -> Any:
    process = _FORKS.Process(target=_train, args=(str(model_dir), tuple(flags)))
    process.start()
    return process


def _train(model_dir: str, flags: tuple[str, ...]) -> None:
    """Runs the command in a forked process, with its output in a file."""
    from cnn_mnist import main

    log = open(f"{model_dir}.log", "a", encoding="utf-8")  # noqa: SIM115
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    sys.exit(
        main.main(
            [
                f"--model_dir={model_dir}",
                "--train_steps=60",
                "--batch_size=20",
                "--save_checkpoints_steps=5",
                "--validate_every_steps=10",
                "--validation_examples=200",
                "--save_summary_steps=10",
                "--log_every_steps=10",
                "--augmentation=affine",
                *flags,
            ]
        )
    )


def _finish(process: Any, model_dir: pathlib.Path) -> None:
    process.join(MOST_SECONDS)
    if process.exitcode != 0:
        process.kill()
        lines = pathlib.Path(f"{model_dir}.log").read_text("utf-8").splitlines()
        raise RuntimeError(f"a training ended with status {process.exitcode}: {lines[-1:]}")


def _wait_for_half_written(folder: pathlib.Path, process: Any) -> None:
    while process.is_alive() and not _half_written(folder):
        time.sleep(0.0005)


def _half_written(folder: pathlib.Path) -> list[str]:
    with contextlib.suppress(OSError):
        return [n for n in os.listdir(folder) if ".tempstate" in n or "_temp" in n]
    return []
