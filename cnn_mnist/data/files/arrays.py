"""Brings arrays of images and labels, of any usual shape and range, to the form of a data set."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from cnn_mnist.data.framing import numpy_framing
from cnn_mnist.errors import DataError
from cnn_mnist.networks.architecture import CLASSES, IMAGE_SHAPE

_SIDE = IMAGE_SHAPE[0]


def images_of(where: str, array: np.ndarray, digits: bool) -> np.ndarray:
    """Returns images as uint8 `[count, 28, 28, 1]`.

    Images of 28×28 pixels stay as they are; others are framed like pictures.

    Args:
      where: the file and the array, for messages.
      array: `[count, height, width]` with 1, 3 or 4 channels after them or 1 before, or
        `[count, 784]`; whole numbers from 0 to 255, or fractions from 0 to 1.
      digits: whether the classes are digits.

    Raises:
      DataError: the array has another shape, type or range.
    """
    pixels = _in_range(where, _as_channels_last(where, array))
    if pixels.shape[1:3] != (_SIDE, _SIDE):
        return np.stack([_framed(where, image, digits) for image in pixels])
    if pixels.shape[3] == 1:
        return pixels
    grey = pixels[..., :3] @ np.array([0.299, 0.587, 0.114])
    return np.rint(grey).astype(np.uint8)[..., np.newaxis]


def labels_of(where: str, array: np.ndarray) -> np.ndarray:
    """Returns labels as whole numbers, int64 `[count]`.

    Args:
      where: the file and the array, for messages.
      array: `[count]` or `[count, 1]`, numbers or numbers as text; or `[count, classes]`, one-hot.

    Raises:
      DataError: the array has another shape, or does not hold whole numbers.
    """
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and array.dtype.kind in "buif" and _is_one_hot(array):
        return array.argmax(axis=1)
    if array.ndim != 1:
        raise DataError(f"{where} has the shape {list(array.shape)}; expected [count] labels")
    try:
        whole = array.astype(np.int64)
        is_whole = array.dtype.kind in "SU" or bool((whole == array).all())
    except (ValueError, TypeError, OverflowError):
        is_whole = False
    if not is_whole:
        raise DataError(f"{where} holds labels of the type {array.dtype}; expected whole numbers")
    return whole


def are_ten_numbers(labels: np.ndarray) -> bool:
    """Returns whether labels are from 0 to 9; where nothing names classes, they mean digits."""
    return bool(labels.size) and labels.min() >= 0 and labels.max() < CLASSES


def _is_one_hot(array: np.ndarray) -> bool:
    return bool(((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all())


def _as_channels_last(where: str, array: np.ndarray) -> np.ndarray:
    shape = array.shape
    if len(shape) == 2 and shape[1] > 1 and int(shape[1] ** 0.5) ** 2 == shape[1]:
        side = int(shape[1] ** 0.5)
        return array.reshape(len(array), side, side, 1)
    if len(shape) == 3:
        return array[..., np.newaxis]
    if len(shape) == 4 and shape[3] in (1, 3, 4):
        return array
    if len(shape) == 4 and shape[1] == 1:
        return array.transpose(0, 2, 3, 1)
    raise DataError(
        f"{where} has the shape {list(shape)}; expected [count, height, width] images, also with "
        "[…, 1] or [..., 3] at the end, or [count, 784]"
    )


def _in_range(where: str, values: np.ndarray) -> np.ndarray:
    """Returns the values as uint8; fractions to 1, and counts to 16 as of scikit-learn's digits."""
    if values.dtype.kind not in "buif":
        raise DataError(f"{where} holds {values.dtype}; expected numbers")
    if values.dtype == np.uint8 and values.max(initial=0) > 16:
        return values
    low, high = float(values.min(initial=0)), float(values.max(initial=0))
    if not 0 <= low <= high <= 255:
        raise DataError(
            f"{where} holds values from {low:g} to {high:g}; expected 0 to 255, or to 1"
        )
    most = 1 if high <= 1 else 16 if high <= 16 else 255
    return np.rint(values * (255 / most)).astype(np.uint8)


def _framed(where: str, image: np.ndarray, digits: bool) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(file, "PNG")
    try:
        return numpy_framing.frame(file.getvalue(), digits=digits)
    except ValueError as error:
        raise DataError(f"{where} holds an image that {error}") from error
