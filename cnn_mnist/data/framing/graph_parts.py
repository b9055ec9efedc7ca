"""Separates ink from paper and finds its connected parts, in the graph, as `numpy_parts` does.

The two are written line by line alike, and numpy_parts.py says what each step is for.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from cnn_mnist.data.framing import constants
from cnn_mnist.data.framing.constants import GROUND_SAMPLES, PATCHES, SURFACES
from cnn_mnist.tf_compat import tf


@dataclasses.dataclass(frozen=True)
class Parts:
    """The connected parts of the ink in a shrunk picture; part 0 is paper.

    Attributes:
      contrast: int32 `[height, width]`, how much a pixel differs from the paper, 0 to 255.
      ink: bool `[height, width]`, where the contrast is above the threshold.
      strong: int32, the threshold that a part's strongest ink exceeds.
      labels: int32 `[rows, columns]`, the number of each cell's part.
      cell: int32, the side of a cell in pixels.
      is_good: bool `[1 + parts]`, which parts are neither paper nor lines nor noise.
      masses: int32 `[1 + parts]`, the sum of the contrast.
      boxes: four times int32 `[1 + parts]`: top, left, bottom and right in pixels.
    """

    contrast: Any
    ink: Any
    strong: Any
    labels: Any
    cell: Any
    is_good: Any
    masses: Any
    boxes: list[Any]


def find_parts(levels: Any, invert: Any) -> Parts:
    """Separates ink from paper, and the ink into connected parts.

    Args:
      levels: int32 `[height, width]`, 0 to 255.
      invert: string, `always`, `never` or `auto`.
    """
    levels = tf.where_v2(tf.equal(invert, "always"), 255 - levels, levels)
    ground, noise = _ground(levels)
    differences = levels - ground
    least = tf.maximum(constants.LEAST_CONTRAST, constants.NOISES * noise + 2)
    is_dark = tf.equal(invert, "auto") & _is_dark_on_light(differences, least)
    differences = tf.where_v2(is_dark, -differences, differences)
    contrast = tf.maximum(differences, 0)
    strong, weak = _thresholds(histogram(contrast), least)
    contrast = _without_lines(contrast, contrast > weak)
    return _parts(contrast, strong, weak)


def histogram(values: Any) -> Any:
    """Counts values from 0 to 255: int32 `[256]`."""
    values = tf.reshape(values, [-1])
    return tf.math.unsorted_segment_sum(tf.ones_like(values), values, 256)


def _ground(levels: Any) -> tuple[Any, Any]:
    height, width = size(levels)
    at = PATCHES[0] * height // PATCHES[2] * width + PATCHES[1] * width // PATCHES[2]
    rings = tf.gather(tf.reshape(levels, [-1]), tf.reshape(at, [2, 8, -1]))
    count = PATCHES[0].shape[1]
    medians = tf.sort(rings)[..., count // 2]
    middles = tf.sort(tf.reshape(rings, [2, 8 * count]))[:, 4 * count]
    nodes = tf.cast(tf.concat([medians, middles[:, tf.newaxis]], axis=1), tf.float64)
    values = tf.matmul(nodes, tf.constant(SURFACES.reshape(27, 9).T, tf.float64))
    surfaces = tf.reshape(values, [6, 3, 3])
    halves = 2 * tf.range(GROUND_SAMPLES) + 1
    rows, columns = (halves * side // (2 * GROUND_SAMPLES) for side in (height, width))
    samples = tf.gather(tf.gather(levels, rows), columns, axis=1)
    distances = tf.abs(samples - _surface(surfaces, levels, rows, columns))
    near = tf.reduce_sum(tf.cast(distances <= constants.NEAR, tf.int32), axis=[1, 2])
    # The first of equals: tf.argmax does not promise it.
    best = tf.argmax(8 * near - tf.range(6))
    ordered = tf.sort(tf.reshape(distances[best], [-1]))
    ground = _surface(surfaces[best], levels, tf.range(height), tf.range(width))
    return ground, ordered[GROUND_SAMPLES**2 // 2]


def size(image: Any) -> tuple[Any, Any]:
    """Returns height and width, int32."""
    sides = tf.shape(image)
    return sides[0], sides[1]


def _surface(values: Any, levels: Any, rows: Any, columns: Any) -> Any:
    height, width = size(levels)
    down, across = _polynomials(rows, height), _polynomials(columns, width)
    over = tf.matmul(tf.matmul(down, values, transpose_a=True), across)
    # The square of 216x216, the enlarged form of 27x27 pixels, is beyond int32.
    whole = tf.square(tf.cast(height * width, tf.float64)) * 16.0
    return tf.cast(tf.clip_by_value(tf.floor(over / whole + 0.5), 0.0, 255.0), tf.int32)


def _polynomials(places: Any, side: Any) -> Any:
    at = 2 * places + 1 - side
    stacked = [at * (at - side), 2 * (tf.square(side) - tf.square(at)), at * (at + side)]
    return tf.cast(tf.stack(stacked), tf.float64)


def _is_dark_on_light(differences: Any, least: Any) -> Any:
    lighter = tf.reduce_sum(tf.where(differences > least, differences, tf.zeros_like(differences)))
    darker = tf.reduce_sum(tf.where(differences < -least, differences, tf.zeros_like(differences)))
    return -darker > lighter


def _thresholds(counted: Any, least: Any) -> tuple[Any, Any]:
    levels = tf.range(256)
    counts = tf.cast(tf.where(levels > least, counted, tf.zeros_like(counted)), tf.float64)
    below, sums = tf.cumsum(counts), tf.cumsum(counts * tf.cast(levels, tf.float64))
    products = below * (below[-1] - below)
    gaps = sums[-1] * below - below[-1] * sums
    between = gaps * gaps / tf.maximum(products, 1.0)
    best = tf.cast(tf.where(tf.equal(between, tf.reduce_max(between)))[0, 0], tf.int32)
    most = tf.reduce_max(tf.where(counted > 0, levels, tf.zeros_like(levels)))
    strong = tf.maximum(tf.minimum(best, most * constants.MOST_OTSU // 100), least)
    return strong, tf.maximum(strong * constants.WEAK // 100, least)


def _without_lines(contrast: Any, ink: Any) -> Any:
    full = [_full_lines(ink, 0), _full_lines(ink, 1)]
    runs = sum(
        tf.reduce_sum(tf.cast(rows[1:] & ~rows[:-1], tf.int32)) + tf.cast(rows[0], tf.int32)
        for rows in full
    )

    def bridged() -> Any:
        return _bridged(_bridged(contrast, full[0], 0), full[1], 1)

    return tf.cond(runs < constants.FEWEST_LINES, lambda: contrast, bridged)


def _full_lines(ink: Any, axis: int) -> Any:
    """Returns which rows (axis 0) or columns (axis 1) are full of ink.

    Nothing is transposed here: of bool or int32, oneDNN prints an error about that on processors
    without AVX-512.
    """
    count, length = size(ink)[axis], size(ink)[1 - axis]
    filled = tf.math.count_nonzero(ink, axis=1 - axis, dtype=tf.int32)
    full = 100 * filled >= constants.FULL_ROW * length
    is_usual = constants.MOST_LINES * tf.math.count_nonzero(full, dtype=tf.int32) <= count
    return full & is_usual


def _bridged(contrast: Any, is_line: Any, axis: int) -> Any:
    counts = tf.cast(tf.logical_not(is_line), tf.int32)
    places = tf.cast(tf.where(tf.logical_not(is_line))[:, 0], tf.int32)
    before = tf.gather(tf.concat([[-1], places], axis=0), tf.cumsum(counts))
    ends = tf.concat([places, [tf.shape(contrast)[axis]]], axis=0)
    after = tf.gather(ends, tf.cumsum(counts, exclusive=True))
    padded = tf.pad(contrast, [[1 - axis, 1 - axis], [axis, axis]])
    sides = [tf.gather(padded, place + 1, axis=axis) for place in (before, after)]
    return tf.minimum(sides[0], sides[1])


def _parts(contrast: Any, strong: Any, weak: Any) -> Parts:
    ink = contrast > weak
    height, width = size(ink)
    cell = tf.where_v2(height * width > constants.MOST_CELLS, 2, 1)
    is_ink = _in_cells(ink, cell, tf.reduce_any)
    rows, columns = size(is_ink)
    labels = tf.reshape(_labelled(is_ink), [-1])
    # A part's label is a place in it. Parts are numbered from 1 in the order of the labels.
    numbers = tf.cumsum(tf.cast(tf.equal(labels, tf.range(1, rows * columns + 1)), tf.int32))
    labels = tf.gather(tf.concat([[0], numbers], axis=0), labels)
    count = numbers[-1] + 1

    def sums(values: Any) -> Any:
        values = tf.cast(tf.reshape(values, [-1]), tf.int32)
        return tf.math.unsorted_segment_sum(values, labels, count)

    down, across = rows * 15 // 100, columns * 15 // 100
    row, column = tf.range(rows), tf.range(columns)
    is_inner = ((row >= down) & (row < rows - down))[:, tf.newaxis] & (
        (column >= across) & (column < columns - across)
    )
    has_strong = sums(_in_cells(contrast > strong, cell, tf.reduce_any)) > 0
    masses = sums(_in_cells(tf.where_v2(ink, contrast, 0), cell, tf.reduce_sum))
    boxes = _boxes(labels, count, tf.shape(is_ink))
    is_good = has_strong & ~_are_other(boxes, rows, columns, tf.equal(sums(is_inner), 0))
    is_good &= tf.range(count) > 0
    labels = tf.reshape(labels, [rows, columns])
    boxes = [side * cell for side in boxes]
    return Parts(contrast, ink, strong, labels, cell, is_good, masses, boxes)


def _in_cells(values: Any, cell: Any, combine: Any) -> Any:
    height, width = size(values)
    rows, columns = (height + cell - 1) // cell, (width + cell - 1) // cell
    padded = tf.pad(values, [[0, rows * cell - height], [0, columns * cell - width]])
    return combine(tf.reshape(padded, [rows, cell, columns, cell]), axis=[1, 3])


def _labelled(ink: Any) -> Any:
    rows, columns = size(ink)
    places = tf.reshape(tf.range(1, rows * columns + 1), [rows, columns])

    def spread(_: Any, labels: Any, seen: Any) -> tuple[Any, Any, Any]:
        flat = tf.reshape(seen, [-1])
        roots = tf.math.unsorted_segment_max(flat, tf.reshape(labels, [-1]), rows * columns + 1)
        roots = tf.concat([[0], tf.maximum(roots[1:], flat)], axis=0)
        roots = tf.gather(roots, roots)
        nearer = tf.gather(roots, tf.where_v2(ink, tf.reshape(roots[1:], [rows, columns]), 0))
        seen = tf.where_v2(ink, largest_near(nearer), 0)
        return tf.reduce_any(tf.not_equal(seen, nearer)), nearer, seen

    labels = tf.where_v2(ink, places, 0)
    first = (True, labels, tf.where_v2(ink, largest_near(labels), 0))
    return tf.while_loop(lambda changed, *_: changed, spread, first, parallel_iterations=1)[1]


def largest_near(values: Any) -> Any:
    """Returns the largest of each 3×3 pixels."""
    padded = tf.pad(values, [[1, 1], [1, 1]])
    rows = tf.maximum(tf.maximum(padded[:-2], padded[1:-1]), padded[2:])
    return tf.maximum(tf.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])


def _boxes(labels: Any, count: Any, shape: Any) -> list[Any]:
    rows, columns = shape[0], shape[1]
    row = tf.reshape(tf.tile(tf.range(rows)[:, tf.newaxis], [1, columns]), [-1])
    column = tf.tile(tf.range(columns), [rows])
    lowest, highest = tf.math.unsorted_segment_min, tf.math.unsorted_segment_max
    return [
        *(lowest(place, labels, count) for place in (row, column)),
        *(highest(place, labels, count) + 1 for place in (row, column)),
    ]


def _are_other(boxes: list[Any], rows: Any, columns: Any, is_hollow: Any) -> Any:
    top, left, bottom, right = boxes
    height, width = bottom - top, right - left
    is_speck = constants.SPECK * tf.maximum(height, width) < tf.maximum(rows, columns)
    is_flat, is_narrow = 100 * height <= 8 * rows, 100 * width <= 8 * columns
    at_end = tf.equal(top, 0) | tf.equal(bottom, rows)
    at_side = tf.equal(left, 0) | tf.equal(right, columns)
    is_edge = (at_end & is_flat & (2 * width >= columns)) | (
        at_side & is_narrow & (2 * height >= rows)
    )
    is_wide, is_high = 100 * width >= 95 * columns, 100 * height >= 95 * rows
    is_line = (is_wide & is_flat) | (is_high & is_narrow)
    is_frame = is_hollow & (5 * width >= 4 * columns) & (5 * height >= 4 * rows)
    return is_speck | is_edge | is_line | is_frame
