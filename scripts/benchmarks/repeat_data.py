"""Writes MNIST as IDX files, its training images repeated up to a count.

repeat_data.py FOLDER COUNT [FLAG]...
"""

from __future__ import annotations

import os
import struct
import sys

import numpy as np

from cnn_mnist import experiment
from cnn_mnist.cli import command_line


def main(folder: str, count: int, arguments: list[str]) -> None:
    """Writes the four files, not gzipped: `--dataset=FOLDER` reads them."""
    dataset = experiment.load_dataset(command_line.parse(arguments).config)
    os.makedirs(folder)
    for prefix, examples, wanted in (
        ("train", dataset.train, count),
        ("t10k", dataset.test, len(dataset.test)),
    ):
        numbers = np.arange(wanted) % len(examples)
        images, labels = examples.images[numbers], examples.labels[numbers]
        _write(os.path.join(folder, f"{prefix}-images-idx3-ubyte"), images[:, :, :, 0])
        _write(os.path.join(folder, f"{prefix}-labels-idx1-ubyte"), labels.astype(np.uint8))


def _write(path: str, array: np.ndarray) -> None:
    # Two zeros, 8 for uint8, the number of dimensions, and each of them.
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    with open(path, "wb") as file:
        file.write(head)
        array.tofile(file)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
