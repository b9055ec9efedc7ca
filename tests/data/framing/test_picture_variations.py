"""A digit is framed alike however it was brought: picture_variations.py has the ways."""

from __future__ import annotations

import os
import pathlib

import numpy as np
import picture_variations
import pytest
from PIL import Image

from cnn_mnist.data import idx, images
from cnn_mnist.data.framing import numpy_digits
from cnn_mnist.data.tfds import SHIPPED_MNIST

CASES = pathlib.Path(__file__).parents[4] / "shared" / "cases"
BLANK = ["blank28", "blank_black", "blank_noise", "blank_transparent", "blank_white"]


@pytest.fixture(scope="module")
def digits():
    """uint8 `[10000, 28, 28]`."""
    path = os.path.join(SHIPPED_MNIST, "t10k-images-idx3-ubyte.gz")
    return idx.read_images(path)[..., 0]


def framed(picture):
    return numpy_digits.frame(picture.astype(np.float32) / np.float32(255), "auto")


def likeness(one, other):
    """Returns the cosine between two images, each blurred by 3×3 pixels."""
    soft = [
        sum(np.roll(x.astype(float), (j, i), (0, 1)) for j in (-1, 0, 1) for i in (-1, 0, 1))
        for x in (one, other)
    ]
    return (soft[0] * soft[1]).sum() / np.sqrt((soft[0] ** 2).sum() * (soft[1] ** 2).sum() + 1e-9)


@pytest.mark.parametrize("name", picture_variations.VARIATIONS)
@pytest.mark.parametrize("count", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_a_variation_is_framed_like_the_plain_picture(digits, name, count):
    rng = np.random.default_rng(1)
    alike = [
        likeness(
            framed(picture_variations.VARIATIONS[name](d, rng)), framed(picture_variations.plain(d))
        )
        for d in digits[:count]
    ]
    # Two different digits are at 0.2 to 0.8.
    assert np.mean(np.array(alike) > 0.85) >= 0.9


@pytest.mark.slow
def test_mnists_test_images_come_out_as_they_are(digits):
    assert sum(numpy_digits.is_framed(digit) for digit in digits) >= 9_900


@pytest.mark.skipif(not CASES.is_dir(), reason="shared/cases is missing")
@pytest.mark.parametrize("name", BLANK)
def test_nothing_is_drawn_in_a_blank_case(name):
    assert not images.read(str(CASES / "pictures" / f"{name}.png"), engine="lite").any()


@pytest.mark.parametrize("side", [10, 20, 27])
@pytest.mark.parametrize("light", [1, -1])
def test_a_digit_that_fills_a_very_small_picture_is_framed_like_the_plain_one(digits, side, light):
    for digit in digits[:10]:
        small = Image.fromarray(digit[4:24, 4:24]).resize((side, side), Image.Resampling.BICUBIC)
        found = framed(np.asarray(small) if light > 0 else 255 - np.asarray(small))
        assert likeness(found, digit) > 0.85
