"""Frames the digit in a grey picture as MNIST's are, in NumPy, as `graph_digits` does."""

from __future__ import annotations

import math

import numpy as np

from cnn_mnist.data.framing import constants, numpy_parts
from cnn_mnist.data.framing.constants import BOX, SIZE
from cnn_mnist.data.framing.numpy_parts import Parts
from cnn_mnist.data.framing.resampling import resize


def frame(grey: np.ndarray, invert: str) -> np.ndarray:
    """Returns the digit in a picture, framed as MNIST's are; zeros if nothing is drawn.

    Args:
      grey: float32 `[height, width]`, 0 to 1.
      invert: `always`, `never` or `auto`; see `data.framing.frame`.

    Returns:
      uint8 `[28, 28]`, light on dark.
    """
    levels = numpy_parts.working_picture(grey)
    framed = as_given(levels, invert)
    if framed is None:
        parts = numpy_parts.find_parts(levels, invert)
        framed = framed_parts(parts, belonging(parts))
    return framed


def as_given(levels: np.ndarray, invert: str) -> np.ndarray | None:
    """Returns a picture as it is, light on dark, if it is framed as MNIST's are, or None.

    Args:
      levels: what `numpy_parts.working_picture` returned.
      invert: `always`, `never` or `auto`; see `data.framing.frame`.
    """
    inverted = {"always": [255 - levels], "never": [levels]}.get(invert, [levels, 255 - levels])
    framed = next(filter(is_framed, inverted), None)
    return None if framed is None else framed.astype(np.uint8)


def is_framed(levels: np.ndarray) -> bool:
    """Returns whether an image is framed as MNIST's are: uint8 `[28, 28]`, light on dark."""
    ink = np.where(levels > constants.FAINT, levels, 0).astype(np.int64)
    if levels.shape != (SIZE, SIZE) or ink.max() < constants.FULL:
        return False
    top, left, bottom, right = _box(ink > 0)
    longest = max(bottom - top, right - left)
    off_centre = (ink * (np.arange(SIZE) - SIZE // 2)).sum()
    off_middle = (ink.T * (np.arange(SIZE) - SIZE // 2)).sum()
    is_centred = max(abs(off_centre), abs(off_middle)) <= ink.sum()
    return bool(BOX - 2 <= longest <= BOX and is_centred)


def belonging(parts: Parts) -> np.ndarray:
    """Returns the numbers of the parts that make up what is drawn, without specks."""
    if not len(parts.numbers):
        return parts.numbers
    most = parts.masses.max()
    is_large = 100 * parts.masses >= constants.LARGE_PART * most
    top, left, bottom, right = union(parts.boxes[is_large])
    gap = max(bottom - top, right - left) // 4 + 2
    above, before, below, after = parts.boxes.T
    is_near = (below > top - gap) & (above < bottom + gap)
    is_near &= (after > left - gap) & (before < right + gap)
    is_small = 100 * parts.masses >= constants.SMALL_PART * most
    return parts.numbers[is_large | (is_small & is_near)]


def union(boxes: np.ndarray) -> tuple[int, int, int, int]:
    """Returns the smallest box around others, `[boxes, 4]`."""
    top, left = boxes[:, :2].min(axis=0)
    bottom, right = boxes[:, 2:].max(axis=0)
    return int(top), int(left), int(bottom), int(right)


def framed_parts(parts: Parts, numbers: np.ndarray) -> np.ndarray:
    """Returns some parts together as one image, framed as MNIST's are: uint8 `[28, 28]`."""
    whole = np.zeros((SIZE, SIZE), np.uint8)
    if not len(numbers):
        return whole
    kept = np.isin(parts.labels, numbers)
    place = _box(kept)
    inside = np.s_[place[0] : place[2], place[1] : place[3]]
    ink = _full_contrast(parts, kept)[inside]
    image = _scaled(ink, _is_thin(kept[inside]))
    top, left = (_corner(image, axis) for axis in (0, 1))
    whole[top : top + image.shape[0], left : left + image.shape[1]] = image
    return whole


def _full_contrast(parts: Parts, kept: np.ndarray) -> np.ndarray:
    """Returns float32 `[height, width]`: 1 where the ink is as strong as in most of the parts."""
    strong = np.where(kept & (parts.contrast > parts.strong), parts.contrast, 0)
    below = np.cumsum(np.bincount(strong.ravel(), minlength=256)[1:])
    full = np.float32(np.argmax(4 * below >= 3 * below[-1]) + 1)
    # Also the soft edge around the ink.
    near = np.where(numpy_parts.largest_near(kept), parts.contrast, 0)
    return np.minimum(near.astype(np.float32) / full, np.float32(1))


def _is_thin(kept: np.ndarray) -> bool:
    """Returns whether strokes would be thinner than four thirds of a pixel in the box of 20.

    A stroke of width w and length n has n w pixels and 2 n sides towards the paper.
    """
    padded = np.pad(kept, 1)
    sides = sum(np.count_nonzero(np.diff(padded, axis=axis)) for axis in (0, 1))
    return 3 * BOX * np.count_nonzero(kept) < 2 * sides * max(kept.shape)


def _scaled(ink: np.ndarray, is_thin: bool) -> np.ndarray:
    """Returns the ink in the box of 20, as int 0 to 255, thin strokes thickened."""
    scale = (BOX - 2 * is_thin) / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    small = np.clip(resize(ink[..., np.newaxis], height, width, "keyscubic")[..., 0], 0, 1)
    image = np.rint(small * np.float32(255)).astype(np.int64)
    if is_thin:
        padded = np.pad(image, 2)
        rows = padded[:-2] + 2 * padded[1:-1] + padded[2:]
        image = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:] + 8) // 16
    tops = np.sort(np.concatenate([image.max(axis=0), image.max(axis=1)]))
    usual = max(int(tops[len(tops) // 2]), 1)
    if usual < constants.USUAL_TOP:
        image = np.minimum((image * constants.USUAL_TOP + usual // 2) // usual, 255)
    return image


def _corner(image: np.ndarray, axis: int) -> int:
    """Returns where the image begins along one axis, so that its centre of mass is in the middle.

    In all 10,000 MNIST test images it lies on pixel 14, counted from 0. Exactly between two pixels,
    as in symmetric pictures, the lower one is taken.
    """
    size = image.shape[axis]
    centre = (image.sum(axis=1 - axis) * np.arange(size)).sum() / max(image.sum(), 1)
    corner = math.floor(SIZE / 2 - centre + constants.ROUNDING)
    return min(max(corner, 0), SIZE - size)


def _box(ink: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
