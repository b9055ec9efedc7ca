"""The parts that all peers share: the task as flags, the data, the schedule, and the clock.

A peer prints one JSON object, in which a figure means the same for all of them.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from collections.abc import Iterator

import numpy as np

# Compilation and warming up happen in these; the rate leaves them out.
STEPS_LEFT_OUT = 10


@dataclasses.dataclass(frozen=True)
class Task:
    """The same work for every peer; the figures come from our own recipe.

    Attributes:
      data: the .npz that `export_data` writes.
      steps: training steps in all.
      batch_size: images in a step.
      learning_rate: the highest rate.
      warmup_steps: steps over which the rate rises linearly, before it falls linearly to 0.
      dropout_rate: the share of units that dropout drops.
      seed: decides initial weights, order of images and dropout.
      precision: `float32` or `bfloat16`.
    """

    data: str
    steps: int
    batch_size: int
    learning_rate: float
    warmup_steps: int
    dropout_rate: float
    seed: int
    precision: str

    @property
    def is_bfloat16(self) -> bool:
        """Whether layers compute in bfloat16; weights are float32 either way."""
        return self.precision == "bfloat16"

    def rate_factor(self, step: int) -> float:
        """Returns the share of the highest learning rate that step `step` (from 0) takes."""
        warmup = min(self.warmup_steps, self.steps)
        rising = (step + 1) / warmup if warmup else 1.0
        falling = 1.0 - (step - warmup) / max(1, self.steps - warmup)
        return max(0.0, min(1.0, rising, falling))


@dataclasses.dataclass(frozen=True)
class Data:
    """MNIST: images uint8 `[count, 28, 28, 1]`, labels int32 `[count]`."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def parser(description: str) -> argparse.ArgumentParser:
    """Returns a parser of the flags of `Task`, all of them required."""
    made = argparse.ArgumentParser(description=description, allow_abbrev=False)
    types = {"int": int, "float": float, "str": str}
    for field in dataclasses.fields(Task):
        choices = ("float32", "bfloat16") if field.name == "precision" else None
        kind = types[str(field.type)]
        made.add_argument(f"--{field.name}", type=kind, choices=choices, required=True)
    return made


def task_of(options: argparse.Namespace) -> Task:
    """Returns the task that parsed flags describe."""
    return Task(**{field.name: getattr(options, field.name) for field in dataclasses.fields(Task)})


def load(path: str) -> Data:
    """Reads what `export_data` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        return Data(**{field.name: arrays[field.name] for field in dataclasses.fields(Data)})


def shuffled_batches(count: int, batch_size: int, steps: int, seed: int) -> Iterator[np.ndarray]:
    """Yields which of `count` examples each step takes: whole batches, each epoch shuffled anew."""
    random = np.random.default_rng(seed)
    left = steps
    while left:
        order = random.permutation(count)
        taken = min(left, count // batch_size)
        yield from np.split(order[: taken * batch_size], taken)
        left -= taken


class Clock:
    """Times the first step, and the steps between marks for the rate."""

    def __init__(self, batch_size: int) -> None:
        self.batch_size = batch_size
        self.first_step_time = 0.0
        self._marks: list[tuple[int, float]] = []

    @property
    def is_marked(self) -> bool:
        """Whether `mark` was called."""
        return bool(self._marks)

    def first_step_done(self) -> None:
        """Notes the time of day; to be called when the result of the first step is ready."""
        self.first_step_time = time.time()

    def mark(self, steps_done: int) -> None:
        """Notes how many steps are done; their results must be computed, not only requested."""
        self._marks.append((steps_done, time.perf_counter()))

    @property
    def images_per_second(self) -> float:
        """The rate between the first mark and the last."""
        (first, began), (last, ended) = self._marks[0], self._marks[-1]
        return (last - first) * self.batch_size / (ended - began)


def print_result(clock: Clock, accuracy: float) -> None:
    """Prints the figures, as the last act of a peer."""
    figures = {
        "images_per_second": clock.images_per_second,
        "first_step_time": clock.first_step_time,
        "test_accuracy": accuracy,
    }
    print(json.dumps(figures))
