"""Prepares 200 images of each file of MNIST, in a process of the fork server."""

from __future__ import annotations

import sys

import prepared_mnist
import pytest

from cnn_mnist.data import loading

PRELOADED = (
    "preparing_task",
    "cnn_mnist.tf_compat",
    "tensorflow_datasets.image_classification.mnist",
)


def run() -> None:
    """Prints how many training images were loaded from the folder that is given."""
    prepared_mnist.cap(pytest.MonkeyPatch(), 200)
    print(len(loading.load("mnist", sys.argv[1], offline=True).train))
