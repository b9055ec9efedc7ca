"""What the images of a data set look like: light or dark, and framed as MNIST's or not."""

from __future__ import annotations

import re

import numpy as np

_MOST_CHECKED = 5000
_LIGHT = 128
_LEAST_SHARE_LIGHT = 0.9
_BORDER = 2

_FRAMED_AS_MNIST = r"(mnist|emnist|qmnist)([/:].*)?"
"""Names of tensorflow-datasets whose images are known to be."""
# Of MNIST's images 99 % have a border that is this dark, of Fashion-MNIST's 17 %.
_DARK_BORDER = 4
_LEAST_SHARE_DARK = 0.9
# Digits of MNIST are 20 pixels high or wide, EMNIST's characters 24.
_INK = 64
_SIDES = (17, 25)


def is_dark_on_light(images: np.ndarray) -> bool:
    """Returns whether the border is light in nearly all images, uint8 `[count, 28, 28, 1]`."""
    borders = np.median(_border(images[:_MOST_CHECKED], _BORDER), axis=1)
    return bool((borders >= _LIGHT).mean() >= _LEAST_SHARE_LIGHT)


def is_framed_as_mnist(name: str, images: np.ndarray) -> bool:
    """Returns whether images are of characters in a black margin, as MNIST's digits are.

    Pictures for a model of such images are framed in the same way, whatever its classes are
    called; pictures for any other model are fitted whole into 28×28.

    Args:
      name: of the data set.
      images: its training images, uint8 `[count, 28, 28, 1]`.
    """
    if re.fullmatch(_FRAMED_AS_MNIST, name):
        return True
    images = images[:_MOST_CHECKED]
    return have_margin(images) and _SIDES[0] <= usual_side(images) <= _SIDES[1]


def have_margin(images: np.ndarray) -> bool:
    """Returns whether nearly all images, light on dark, have a black border."""
    return bool((_border(images, 1).mean(axis=1) < _DARK_BORDER).mean() >= _LEAST_SHARE_DARK)


def usual_side(images: np.ndarray) -> float:
    """Returns the median height or width, whichever is larger, of what light-on-dark images show.

    It is 20 for MNIST's digits.
    """
    ink = images[..., 0] >= _INK
    sides = np.maximum(_extents(np.any(ink, axis=2)), _extents(np.any(ink, axis=1)))
    return float(np.median(sides))


def _border(images: np.ndarray, width: int) -> np.ndarray:
    """Returns the pixels within `width` of the edge, `[count, pixels]`."""
    is_border = np.ones(images.shape[1:3], bool)
    is_border[width:-width, width:-width] = False
    return images[:, is_border, 0]


def _extents(lines: np.ndarray) -> np.ndarray:
    """Returns the distance from the first to the last line with ink, from bool `[count, lines]`."""
    size = lines.shape[1]
    extents = size - lines.argmax(axis=1) - lines[:, ::-1].argmax(axis=1)
    return np.where(lines.any(axis=1), extents, 0)
