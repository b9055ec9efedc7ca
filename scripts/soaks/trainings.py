"""Tiny trainings for `places`: how they are started, and how they are compared.

The processes are forked from one that has imported TensorFlow, so that a try takes seconds.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil
import struct
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from soaks import kills

MOST_SECONDS = 300
"""A process that takes longer counts as one that hangs."""

FLAGS = (
    "--architecture=flatten, dense 10",
    "--train_steps=24",
    "--batch_size=20",
    "--save_checkpoints_steps=6",
    "--validate_every_steps=8",
    "--validation_examples=100",
    "--save_summary_steps=6",
    "--log_every_steps=6",
    "--precision=float32",
    "--deterministic",
    "--threads=1",
    "--offline",
)
FORMATS = "--export_formats=saved_model,tflite,tfjs"

Prepare = tuple[Callable[..., None], tuple[Any, ...]]
"""A function that a process calls before the command, and its arguments."""


@dataclasses.dataclass
class Found:
    """What a row of the table found.

    Attributes:
      tries: how many.
      found: what happened, in a few words.
      broken: the promises that were broken; empty if all were kept.
    """

    tries: int
    found: str
    broken: list[str]


@dataclasses.dataclass
class Bench:
    """What every row shares.

    Attributes:
      folder: of this row alone.
      data: the flag that names a small data set.
      alone: a model folder that was trained undisturbed.
      tries: how often a row tries.
      seed: decides the moments.
    """

    folder: pathlib.Path
    data: str
    alone: pathlib.Path
    tries: int
    seed: int

    def start(
        self,
        model_dir: pathlib.Path,
        *flags: str,
        prepare: Prepare | None = None,
        log: pathlib.Path | None = None,
    ) -> Any:
        """Starts the command in a process, with its output in `<log>.out` and `.err`.

        The log is `model_dir`, if none is given.
        """
        arguments = [f"--model_dir={model_dir}", self.data, *FLAGS, *flags]
        given = (str(log or model_dir), arguments, prepare)
        process = kills._FORKS.Process(target=_command, args=given)
        process.start()
        return process

    def run(self, model_dir: pathlib.Path, *flags: str, **options: Any) -> int:
        """Runs the command and returns its exit status; that of a hanging one is 124."""
        return end_of(self.start(model_dir, *flags, **options))

    def go_on(
        self, model_dir: pathlib.Path, *flags: str, log: pathlib.Path | None = None
    ) -> list[str]:
        """Runs the same command again, and returns what differs from the model left alone."""
        status = self.run(model_dir, *flags, log=log)
        if status:
            said = last_line(log or model_dir)
            return [f"the same command then ended with status {status}: {said}"]
        return kills.different(self.alone, model_dir)


def end_of(process: Any) -> int:
    """Waits for a process and returns its exit status; 124 if it hangs, and is killed."""
    process.join(MOST_SECONDS)
    if process.exitcode is None:
        process.kill()
        process.join()
        return 124
    return process.exitcode if process.exitcode >= 0 else 128 - process.exitcode


def last_line(model_dir: pathlib.Path) -> str:
    """Returns the last line that the command wrote to standard error."""
    lines = pathlib.Path(f"{model_dir}.err").read_text("utf-8", errors="replace").splitlines()
    return lines[-1][:300] if lines else "(nothing was said)"


def is_one_line(model_dir: pathlib.Path) -> bool:
    """Returns whether the command ended with a line of its own, and without a traceback."""
    said = pathlib.Path(f"{model_dir}.err").read_text("utf-8", errors="replace")
    return "Traceback" not in said and last_line(model_dir).startswith("cnn-mnist: ")


def _command(log: str, arguments: Sequence[str], prepare: Prepare | None) -> None:
    from cnn_mnist import main

    for number, end in ((1, "out"), (2, "err")):
        with open(f"{log}.{end}", "wb") as file:
            os.dup2(file.fileno(), number)
    if prepare:
        function, given = prepare
        function(*given)
    main.run(arguments)


def small_data(folder: pathlib.Path) -> str:
    """Writes 500 training and 300 test images as IDX files, and returns the flag for them."""
    from cnn_mnist.data import loading, tfds

    mnist = loading.load_folder(tfds.SHIPPED_MNIST)
    place = folder / "data"
    place.mkdir()
    for name, examples in (("train", mnist.train), ("t10k", mnist.test)):
        count = 500 if name == "train" else 300
        arrays = {"images-idx3": examples.images[:count, ..., 0], "labels-idx1": examples.labels}
        for kind, array in arrays.items():
            array = array[:count].astype("uint8")
            header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
            (place / f"{name}-{kind}-ubyte").write_bytes(header + array.tobytes())
    return f"--dataset={place}"


def bench(folder: pathlib.Path, tries: int, seed: int) -> Bench:
    """Prepares the data, and trains the model that the others are compared with."""
    made = Bench(folder, small_data(folder), folder / "alone", tries, seed)
    status = made.run(made.alone, FORMATS)
    if status == 0:
        status = made.run(made.alone, "--mode=report")
    if status:
        raise RuntimeError(f"the training left alone failed: {last_line(made.alone)}")
    return made


def remove(folder: pathlib.Path) -> None:
    """Removes a model folder; another row's disk space is precious."""
    shutil.rmtree(folder, ignore_errors=True)


def wait_until(condition: Callable[[], bool], process: Any) -> bool:
    """Waits for a condition; returns False if the process ended before."""
    until = time.monotonic() + MOST_SECONDS
    while not condition():
        if not process.is_alive() or time.monotonic() > until:
            return False
        time.sleep(0.001)
    return True


def show(text: str) -> None:
    """Prints a line of progress."""
    print(text, file=sys.stderr, flush=True)
