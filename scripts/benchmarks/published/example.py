"""The parts that the published examples share: data, end, and output.

Each of them is written anew from the facts of the original: network, optimizer, batch size,
epochs, scaling. Two things are easier here: the images come from one file of arrays
instead of a data set's loader, and test accuracy is measured after every epoch, to stop as soon
as it reaches the target.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time

import numpy as np

TARGET = 0.99


@dataclasses.dataclass(frozen=True)
class Options:
    """The flags.

    Attributes:
      data: the .npz that `export_data` writes.
      seed: decides initial weights, dropout and the order of images where it is shuffled.
      steps: where to end at the latest, for a short run; None for the example's own end.
    """

    data: str
    seed: int
    steps: int | None


def parse(description: str) -> Options:
    """Returns the flags of the command line."""
    parser = argparse.ArgumentParser(description=description, allow_abbrev=False)
    parser.add_argument("--data", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int)
    return Options(**vars(parser.parse_args()))


def load(path: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Returns all 60,000 training images with labels, and the test images with theirs.

    Images are uint8 `[count, 28, 28, 1]`, labels int32 `[count]`.
    """
    with np.load(path, allow_pickle=False) as arrays:
        images = np.concatenate([arrays["train_images"], arrays["validation_images"]])
        labels = np.concatenate([arrays["train_labels"], arrays["validation_labels"]])
        return images, labels, arrays["test_images"], arrays["test_labels"]


def print_result(accuracy: float, epochs: int) -> None:
    """Prints the result with the time of day, as the last act of an example."""
    reached = accuracy >= TARGET
    figures = {"reached": reached, "test_accuracy": accuracy, "epochs": epochs}
    print(json.dumps({**figures, "time": time.time()}))
