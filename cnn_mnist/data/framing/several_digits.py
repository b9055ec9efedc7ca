"""Separates the digits in a picture of several, in NumPy."""

from __future__ import annotations

import dataclasses

import numpy as np

from cnn_mnist.data.framing import numpy_digits, numpy_framing, numpy_parts
from cnn_mnist.data.framing.constants import SIZE
from cnn_mnist.data.framing.numpy_parts import Parts


@dataclasses.dataclass(frozen=True)
class Found:
    """One digit of a picture.

    Attributes:
      box: top, left, bottom and right as parts of the picture's height and width, 0 to 1.
      image: uint8 `[28, 28, 1]`, framed as MNIST's are.
    """

    box: tuple[float, float, float, float]
    image: np.ndarray


def frame_and_find(content: bytes, invert: str = "auto") -> tuple[np.ndarray, list[Found]]:
    """Frames a picture as `numpy_framing.frame` does, and finds each separate digit in it.

    The digits are in the order of reading: rows from above, and in a row from the left. A small
    part, such as the bar of a 5, belongs to the large one beside it. A picture of 28×28 pixels
    has too few for several.

    Args:
      content: the bytes of a PNG or JPEG file.
      invert: `always`, `never` or `auto`; see `data.framing.frame`.

    Returns:
      The picture as a whole, uint8 `[28, 28, 1]`, and the digits.

    Raises:
      Exception: as `numpy_framing.frame`.
    """
    grey = numpy_framing.grey(content)
    if grey.shape == (SIZE, SIZE):
        image = numpy_digits.frame(grey, invert)[..., np.newaxis]
        return image, as_one(image)
    levels = numpy_parts.working_picture(grey)
    parts = numpy_parts.find_parts(levels, invert)
    image = numpy_digits.framed_parts(parts, numpy_digits.belonging(parts))[..., np.newaxis]
    return image, _each(parts, levels.shape, numpy_parts.margin(*grey.shape))


def as_one(image: np.ndarray) -> list[Found]:
    """Returns a framed image as the only digit of its picture, or none if nothing is drawn."""
    return [Found((0.0, 0.0, 1.0, 1.0), image)] if image.any() else []


def _each(parts: Parts, size: tuple[int, ...], margin: int) -> list[Found]:
    height, width = (side - 2 * margin for side in size)
    found = []
    for group in in_reading_order(groups(parts), parts):
        top, left, bottom, right = (
            place - margin for place in numpy_digits.union(parts.boxes[group])
        )
        box = (
            max(top, 0) / height,
            max(left, 0) / width,
            min(bottom, height) / height,
            min(right, width) / width,
        )
        image = numpy_digits.framed_parts(parts, parts.numbers[group])
        found.append(Found(box, image[..., np.newaxis]))
    return found


def groups(parts: Parts) -> list[list[int]]:
    """Returns the indices of the parts of each digit, without specks."""
    if not len(parts.numbers):
        return []
    boxes, masses = parts.boxes, parts.masses
    sides = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    is_large = (2 * sides >= sides.max()) & (10 * masses >= masses.max())
    found: list[list[int]] = []
    for index in np.flatnonzero(is_large).tolist():
        joined = [g for g in found if any(_are_one(boxes[index], boxes[o]) for o in g)]
        found = [g for g in found if g not in joined] + [sum(joined, [index])]
    for index in np.flatnonzero(~is_large & (100 * masses >= 3 * masses.max())).tolist():
        gaps = [min(_gap(boxes[index], boxes[other]) for other in group) for group in found]
        nearest = int(np.argmin(gaps))
        if 4 * gaps[nearest] <= sides.max() + 8:
            found[nearest].append(index)
    return found


def _are_one(one: np.ndarray, other: np.ndarray) -> bool:
    """Returns whether two large parts belong to one digit: one is close above the other."""
    common = min(one[3], other[3]) - max(one[1], other[1])
    narrower = min(one[3] - one[1], other[3] - other[1])
    longest = max(*(one[2:] - one[:2]), *(other[2:] - other[:2]))
    return bool(2 * common >= narrower and 4 * _gap(one, other) <= longest)


def _gap(one: np.ndarray, other: np.ndarray) -> int:
    """Returns the larger of the gaps between two boxes along the two axes; 0 if they overlap."""
    return max(0, *(max(one[i], other[i]) - min(one[i + 2], other[i + 2]) for i in (0, 1)))


def in_reading_order(found: list[list[int]], parts: Parts) -> list[list[int]]:
    """Sorts groups into rows from above, and each row from the left."""
    boxes = {tuple(group): numpy_digits.union(parts.boxes[group]) for group in found}
    rows: list[list[list[int]]] = []
    for group in sorted(found, key=lambda group: sum(boxes[tuple(group)][::2])):
        top, _, bottom, _ = boxes[tuple(group)]
        if rows:
            first, _, last, _ = boxes[tuple(rows[-1][0])]
            if first <= (top + bottom) / 2 < last:
                rows[-1].append(group)
                continue
        rows.append([group])
    return [group for row in rows for group in sorted(row, key=lambda g: boxes[tuple(g)][1])]
