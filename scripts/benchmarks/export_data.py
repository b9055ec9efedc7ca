"""Writes MNIST, split as in the recipe, to one .npz file for processes without this package.

export_data.py FILE [FLAG]...
"""

from __future__ import annotations

import sys

import numpy as np

from cnn_mnist import experiment
from cnn_mnist.cli import command_line
from cnn_mnist.data import splits


def main(path: str, arguments: list[str]) -> None:
    """Writes the arrays that the command with these flags trains, validates and tests on."""
    config = command_line.parse(arguments).config
    dataset = experiment.load_dataset(config)
    training, validation = splits.training_and_validation(dataset, config)
    arrays = {}
    for split, examples in (
        ("train", training),
        ("validation", validation),
        ("test", dataset.test),
    ):
        arrays[f"{split}_images"] = examples.images
        arrays[f"{split}_labels"] = examples.labels
    np.savez(path, **arrays)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
