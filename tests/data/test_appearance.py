"""What the images of a set look like decides how pictures for its models are framed."""

from __future__ import annotations

import emnist_like
import numpy as np
import pytest
from PIL import Image

from cnn_mnist.data import appearance, idx


def scaled(images, side):
    """Returns images shrunk or enlarged to `side` pixels and put in the middle of 28×28."""
    made = np.zeros_like(images)
    for place, image in enumerate(images[..., 0]):
        whole = Image.new("L", (28, 28))
        whole.paste(Image.fromarray(image).resize((side, side)), ((28 - side) // 2,) * 2)
        made[place, ..., 0] = np.asarray(whole)
    return made


def test_mnist_is_framed_as_mnist_whatever_its_name_is(small):
    assert appearance.is_framed_as_mnist("handwriting", small.train.images)


@pytest.mark.parametrize(
    "name", ["mnist", "mnist:3.0.1", "emnist", "emnist/letters", "emnist/byclass:3.1.0", "qmnist"]
)
def test_sets_that_are_known_by_name_are_framed_as_mnist(name, small):
    assert appearance.is_framed_as_mnist(name, np.full_like(small.train.images, 255))


def test_letters_of_emnists_size_are_framed_as_mnist(small):
    """Digits of that size stand for them."""
    assert appearance.is_framed_as_mnist("letters", emnist_like.as_filed(small.test.images[:200]))


@pytest.mark.parametrize("name", ["fashion_mnist", "kmnist", "my/mnist", "mnist_corrupted"])
def test_other_names_are_not_taken_for_mnists(name, small):
    assert not appearance.is_framed_as_mnist(name, np.full_like(small.train.images, 90))


def test_clothes_are_not_framed_as_mnist_even_if_their_classes_are_numbers(fashion_folder):
    clothes = idx.read_images(f"{fashion_folder}/t10k-images-idx3-ubyte.gz")
    assert not appearance.is_framed_as_mnist("clothes", clothes)


@pytest.mark.parametrize("side", [14, 40])
def test_digits_that_are_smaller_or_larger_are_not_framed_as_mnist(small, side):
    assert not appearance.is_framed_as_mnist("digits", scaled(small.test.images[:200], side))


def test_digits_that_lie_anywhere_are_framed_as_mnist_only_within_the_margin(small):
    moved = np.roll(small.test.images, 8, axis=1)
    assert not appearance.is_framed_as_mnist("digits", moved)


def test_digits_on_grey_are_not_framed_as_mnist(small):
    grey = np.maximum(small.test.images, 30)
    assert appearance.usual_side(grey) == 20
    assert not appearance.is_framed_as_mnist("digits", grey)


def test_black_images_are_not_framed_as_mnist(small):
    assert not appearance.is_framed_as_mnist("nothing", np.zeros_like(small.test.images))


def test_dark_ink_on_light_is_seen_by_the_border(small):
    images = small.test.images
    assert not appearance.is_dark_on_light(images)
    assert appearance.is_dark_on_light(~images)
    mixed = np.where((np.arange(len(images)) % 5 == 0)[:, None, None, None], images, ~images)
    assert not appearance.is_dark_on_light(mixed)


def test_the_usual_side_of_mnist_is_20(small):
    assert appearance.usual_side(small.test.images) == 20
    assert appearance.usual_side(np.zeros((3, 28, 28, 1), np.uint8)) == 0
