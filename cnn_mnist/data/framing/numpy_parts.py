"""Separates ink from paper and finds its connected parts, in NumPy, as `graph_parts` does.

A picture is shrunk to few pixels of 256 levels. Everything after that is computed in integers, so
that the graph, NumPy and the page agree in every pixel.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from cnn_mnist.data.framing import constants
from cnn_mnist.data.framing.constants import GROUND_SAMPLES, PATCHES, SURFACES
from cnn_mnist.data.framing.resampling import resize


@dataclasses.dataclass(frozen=True)
class Parts:
    """The connected parts of the ink in a shrunk picture.

    Attributes:
      contrast: int `[height, width]`, how much a pixel differs from the paper, 0 to 255.
      ink: bool `[height, width]`, where the contrast is above the threshold.
      labels: int `[height, width]`, the number of each pixel's part; 0 is paper.
      numbers: int `[parts]`, the label of each part; the arrays below are in its order.
      masses: int `[parts]`, the sum of the contrast.
      boxes: int `[parts, 4]`, top, left, bottom and right in pixels, the last two exclusive.
    """

    contrast: np.ndarray
    ink: np.ndarray
    strong: int
    labels: np.ndarray
    numbers: np.ndarray
    masses: np.ndarray
    boxes: np.ndarray


def working_picture(grey: np.ndarray) -> np.ndarray:
    """Returns a picture, float32 0 to 1, as int 0 to 255, shrunk to few pixels.

    It has at most `framing_constants.MOST_WORKING_PIXELS`. One of fewer than 28 pixels a side is
    enlarged instead, and gets a `margin` on each side.
    """
    height, width = grey.shape
    if max(height, width) < constants.SIZE:
        size = [constants.ENLARGED * side for side in (height, width)]
        grey = resize(grey[..., np.newaxis], size[0], size[1], "keyscubic")[..., 0]
    if height * width > constants.MOST_WORKING_PIXELS:
        scale = math.sqrt(constants.MOST_WORKING_PIXELS / (height * width))
        size = [max(1, round(side * scale)) for side in (height, width)]
        grey = resize(grey[..., np.newaxis], size[0], size[1], "triangle")[..., 0]
    levels = np.rint(np.clip(grey, 0, 1) * np.float32(255)).astype(np.int64)
    border = np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]])
    return np.pad(levels, margin(height, width), constant_values=_median(border))


def margin(height: int, width: int) -> int:
    """Returns how many pixels of paper are added on each side of the working picture.

    A picture that is so small is cut closely to a digit, whose strokes would be taken for a frame
    or for the edge of a scan.
    """
    longest = max(height, width)
    return constants.ENLARGED * longest // 2 if longest < constants.SIZE else 0


def find_parts(levels: np.ndarray, invert: str) -> Parts:
    """Separates ink from paper, and the ink into connected parts, without lines and edges.

    Args:
      levels: int `[height, width]`, 0 to 255, as `working_picture` returns it.
      invert: `always`, `never` or `auto`.
    """
    if invert == "always":
        levels = 255 - levels
    ground, noise = _ground(levels)
    differences = levels - ground
    least = max(constants.LEAST_CONTRAST, constants.NOISES * noise + 2)
    if invert == "auto" and _is_dark_on_light(differences, least):
        differences = -differences
    contrast = np.maximum(differences, 0)
    strong, weak = _thresholds(np.bincount(contrast.ravel(), minlength=256), least)
    contrast = _without_lines(contrast, contrast > weak)
    return _parts(contrast, strong, weak)


def _ground(levels: np.ndarray) -> tuple[np.ndarray, int]:
    """Returns the paper's light, and how far the pixels are from it in the median.

    Six surfaces are tried: even, bilinear and quadratic, through the medians of eight patches at
    the border or of eight further inside. The one that is near the most pixels is taken.
    """
    height, width = levels.shape
    patches = levels[PATCHES[0] * height // PATCHES[2], PATCHES[1] * width // PATCHES[2]]
    surfaces = [
        surface @ [*(_median(patch) for patch in ring), _median(ring)]
        for ring in np.split(patches, 2)
        for surface in SURFACES
    ]
    rows = (2 * np.arange(GROUND_SAMPLES) + 1) * height // (2 * GROUND_SAMPLES)
    columns = (2 * np.arange(GROUND_SAMPLES) + 1) * width // (2 * GROUND_SAMPLES)
    samples = levels[np.ix_(rows, columns)]
    distances = [np.abs(samples - _surface(s, (height, width), rows, columns)) for s in surfaces]
    near = [np.count_nonzero(distance <= constants.NEAR) for distance in distances]
    best = int(np.argmax(near))
    whole = _surface(surfaces[best], (height, width), np.arange(height), np.arange(width))
    return whole, _median(distances[best])


def _median(values: np.ndarray) -> int:
    ordered = np.sort(values, axis=None)
    return int(ordered[len(ordered) // 2])


def _surface(
    values: np.ndarray, size: tuple[int, int], rows: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    """Interpolates between 3×3 values, exactly: all sums are integers below 2^53."""
    height, width = size
    over = _polynomials(rows, height).T @ values @ _polynomials(columns, width)
    return np.clip(np.floor(over / (16.0 * height**2 * width**2) + 0.5), 0, 255).astype(np.int64)


def _polynomials(places: np.ndarray, size: int) -> np.ndarray:
    """Returns Lagrange's polynomials for -1, 0 and 1 at pixels' centres, times 2 size^2."""
    at = 2 * places + 1 - size
    return np.stack([at * (at - size), 2 * (size**2 - at**2), at * (at + size)]).astype(float)


def _is_dark_on_light(differences: np.ndarray, least: int) -> bool:
    lighter = differences[differences > least].sum()
    darker = differences[differences < -least].sum()
    return bool(-darker > lighter)


def _thresholds(histogram: np.ndarray, least: int) -> tuple[int, int]:
    """Returns what ink has to exceed in one pixel of a part, and in all.

    The first is Otsu's among the pixels that are not paper: pale lines are on the other side of
    it. N. Otsu, A threshold selection method from gray-level histograms, 1979.
    """
    counts = np.where(np.arange(256) > least, histogram, 0).astype(float)
    below, sums = np.cumsum(counts), np.cumsum(counts * np.arange(256))
    above = below[-1] - below
    products = below * above
    gaps = sums[-1] * below - below[-1] * sums
    between = gaps * gaps / np.maximum(products, 1.0)
    most = np.flatnonzero(histogram)[-1]
    otsu = min(int(np.argmax(between)), int(most) * constants.MOST_OTSU // 100)
    strong = max(otsu, least)
    return strong, max(strong * constants.WEAK // 100, least)


def _without_lines(contrast: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """Clears rows and columns that are full of ink, if there are two or more: lines and frames.

    Where a stroke crosses a line, it goes on: the line's pixels become the lower contrast of the
    two nearest rows that are not lines.
    """
    full = [_full_rows(ink), _full_rows(ink.T)]
    runs = sum(np.count_nonzero(rows[1:] > rows[:-1]) + int(rows[0]) for rows in full)
    if runs < constants.FEWEST_LINES:
        return contrast
    return _bridged(_bridged(contrast, full[0]).T, full[1]).T


def _full_rows(ink: np.ndarray) -> np.ndarray:
    full = 100 * np.count_nonzero(ink, axis=1) >= constants.FULL_ROW * ink.shape[1]
    is_usual = constants.MOST_LINES * np.count_nonzero(full) <= len(full)
    return full & is_usual


def _bridged(contrast: np.ndarray, is_line: np.ndarray) -> np.ndarray:
    height = len(contrast)
    places = np.arange(height)
    before = np.maximum.accumulate(np.where(is_line, -1, places))
    after = np.minimum.accumulate(np.where(is_line, height, places)[::-1])[::-1]
    # A row of zeros stands for what is outside of the picture.
    padded = np.pad(contrast, ((1, 1), (0, 0)))
    return np.minimum(padded[before + 1], padded[after + 1])


def _parts(contrast: np.ndarray, strong: int, weak: int) -> Parts:
    ink = contrast > weak
    height, width = ink.shape
    # Labels of a large picture are those of cells of 2×2 pixels.
    cell = 2 if height * width > constants.MOST_CELLS else 1
    cells = _in_cells(ink, cell, np.logical_or)
    labels = _labelled(cells)
    count = labels.size + 1
    flat = labels.ravel()

    def sums(values: np.ndarray) -> np.ndarray:
        return np.bincount(flat, values.ravel(), count).astype(np.int64)

    numbers = np.unique(flat[flat > 0])
    boxes = _boxes(labels, numbers)
    has_strong = sums(_in_cells(contrast > strong, cell, np.logical_or) & cells)[numbers] > 0
    inner = np.zeros(cells.shape, bool)
    rows, columns = cells.shape
    down, right = rows * 15 // 100, columns * 15 // 100
    inner[down : rows - down, right : columns - right] = True
    is_hollow = sums(inner & cells)[numbers] == 0
    good = has_strong & ~_are_other(boxes, rows, columns, is_hollow)
    masses = sums(_in_cells(np.where(ink, contrast, 0), cell, np.add))[numbers]
    whole = np.kron(labels, np.ones((cell, cell), np.int64))[:height, :width]
    return Parts(
        contrast,
        ink,
        strong,
        np.where(ink & np.isin(whole, numbers[good]), whole, 0),
        numbers[good],
        masses[good],
        boxes[good] * cell,
    )


def _in_cells(values: np.ndarray, cell: int, combine: np.ufunc) -> np.ndarray:
    if cell == 1:
        return values
    height, width = values.shape
    padded = np.pad(values, ((0, height % 2), (0, width % 2)))
    halves = combine(padded[::2], padded[1::2])
    return combine(halves[:, ::2], halves[:, 1::2])


def _labelled(ink: np.ndarray) -> np.ndarray:
    """Returns a label for each part that is connected along sides or corners: its last place."""
    labels = np.where(ink, np.arange(1, ink.size + 1).reshape(ink.shape), 0)
    while True:
        seen = np.where(ink, largest_near(labels), 0)
        if np.array_equal(seen, labels):
            return labels
        # A label is a place, and the place takes the largest label that its part saw.
        roots = np.zeros(ink.size + 1, np.int64)
        np.maximum.at(roots, labels.ravel(), seen.ravel())
        roots[1:] = np.maximum(roots[1:], seen.ravel())
        roots[0] = 0
        roots = roots[roots]
        labels = np.where(ink, roots[1:].reshape(ink.shape), 0)
        labels = roots[labels]


def largest_near(values: np.ndarray) -> np.ndarray:
    """Returns the largest of each 3×3 pixels."""
    padded = np.pad(values, 1)
    rows = np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])
    return np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])


def _boxes(labels: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    places = np.nonzero(labels)
    index = np.searchsorted(numbers, labels[places])
    boxes = np.empty((len(numbers), 4), np.int64)
    for axis in (0, 1):
        boxes[:, axis] = max(labels.shape)
        np.minimum.at(boxes[:, axis], index, places[axis])
        boxes[:, axis + 2] = 0
        np.maximum.at(boxes[:, axis + 2], index, places[axis] + 1)
    return boxes


def _are_other(boxes: np.ndarray, rows: int, columns: int, is_hollow: np.ndarray) -> np.ndarray:
    """Returns which parts are specks, edges of the paper, lines from side to side, or frames."""
    top, left, bottom, right = boxes.T
    height, width = bottom - top, right - left
    is_speck = constants.SPECK * np.maximum(height, width) < max(rows, columns)
    is_flat, is_narrow = 100 * height <= 8 * rows, 100 * width <= 8 * columns
    at_end = (top == 0) | (bottom == rows)
    at_side = (left == 0) | (right == columns)
    is_edge = (at_end & is_flat & (2 * width >= columns)) | (
        at_side & is_narrow & (2 * height >= rows)
    )
    is_wide, is_high = 100 * width >= 95 * columns, 100 * height >= 95 * rows
    is_line = (is_wide & is_flat) | (is_high & is_narrow)
    is_frame = is_hollow & (5 * width >= 4 * columns) & (5 * height >= 4 * rows)
    return is_speck | is_edge | is_line | is_frame
