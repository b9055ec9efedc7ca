from __future__ import annotations

import pathlib

import numpy as np

import cnn_mnist
from cnn_mnist.data import images

FOLDER = pathlib.Path(cnn_mnist.__file__).parent / "data" / "digits"


def test_each_sample_digit_is_a_test_image_of_its_label(mnist):
    known = {
        bytes(i): int(label) for i, label in zip(mnist.test.images, mnist.test.labels, strict=True)
    }
    for digit in range(10):
        read = images.read(str(FOLDER / f"{digit}.png"))
        assert read.shape == (28, 28, 1) and read.dtype == np.uint8
        assert known[bytes(read)] == digit
