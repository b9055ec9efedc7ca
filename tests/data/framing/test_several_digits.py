"""The digits of a picture are separated, in the order of reading, each framed by itself."""

from __future__ import annotations

import io
import os

import numpy as np
import pytest
from PIL import Image

from cnn_mnist.data import idx
from cnn_mnist.data.framing import numpy_framing, several_digits
from cnn_mnist.data.tfds import SHIPPED_MNIST


@pytest.fixture(scope="module")
def digits():
    """The first test image of 12, uint8 `[28, 28]` each."""
    images = idx.read_images(os.path.join(SHIPPED_MNIST, "t10k-images-idx3-ubyte.gz"))
    return list(images[:12, ..., 0])


def found_in(picture):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return several_digits.frame_and_find(file.getvalue())[1]


def alone(digit, rows):
    """Returns what framing makes of one digit in a picture as large as the sheet."""
    sheet = np.zeros((rows * 60, 360), np.uint8)
    sheet[16:44, 16:44] = digit
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "PNG")
    return numpy_framing.frame(file.getvalue())


@pytest.mark.parametrize("rows", [1, 2])
def test_a_sheet_is_read_in_rows_from_the_left(digits, rows):
    sheet = np.zeros((rows * 60, 360), np.uint8)
    for row in range(rows):
        for column in range(6):
            down = 16 + (column % 3) * 4
            place = np.s_[row * 60 + down :, column * 60 + 16 :]
            sheet[place][:28, :28] = digits[row * 6 + column]
    found = found_in(255 - sheet)
    assert len(found) == rows * 6
    for one, digit in zip(found, digits, strict=False):
        top, left, bottom, right = one.box
        assert 0 <= top < bottom <= 1 and 0 <= left < right <= 1
        assert np.abs(one.image.astype(int) - alone(digit, rows)).mean() < 15
    middles = [(one.box[1] + one.box[3]) / 2 for one in found[:6]]
    assert np.allclose(middles, (np.arange(6) + 0.5) / 6, atol=0.04)


def test_a_stroke_close_above_another_belongs_to_one_digit():
    five = np.full((200, 200), 255, np.uint8)
    five[40:50, 80:130] = 0
    five[60:150, 80:90] = 0
    five[140:150, 80:130] = 0
    assert len(found_in(five)) == 1


def test_nothing_is_found_on_empty_paper_and_in_noise():
    assert found_in(np.full((90, 90), 200, np.uint8)) == []
    noise = np.random.default_rng(1).normal(200, 8, (300, 300))
    assert found_in(noise.astype(np.uint8)) == []


@pytest.mark.parametrize("side", [8, 20, 27])
def test_the_box_of_a_very_small_picture_is_within_it(digits, side):
    """Such a picture is framed in an enlarged copy with a margin."""
    small = np.asarray(Image.fromarray(digits[0][4:24, 4:24]).resize((side, side)))
    (one,) = found_in(small)
    top, left, bottom, right = one.box
    assert 0 <= top < 0.2 and 0.8 < bottom <= 1
    assert 0 <= left < right <= 1


@pytest.mark.parametrize("invert", ["auto", "always", "never"])
def test_the_picture_as_a_whole_is_framed_as_without_looking_for_digits(digits, invert):
    drawn = np.kron(np.concatenate(digits[:2], axis=1), np.ones((4, 4), np.uint8))
    for picture in (digits[0], 255 - digits[0], digits[0][::2, ::2], drawn, 255 - drawn, 0 * drawn):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "PNG")
        whole, found = several_digits.frame_and_find(file.getvalue(), invert)
        np.testing.assert_array_equal(whole, numpy_framing.frame(file.getvalue(), invert))
        assert all(one.image.any() for one in found)
