"""Frames the digit in a grey picture as MNIST's are, in the graph, as `numpy_digits` does.

The two are written line by line alike, and numpy_digits.py says what each step is for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnn_mnist.data.framing import constants, graph_parts
from cnn_mnist.data.framing.constants import BOX, SIZE
from cnn_mnist.data.framing.graph_parts import Parts
from cnn_mnist.tf_compat import tf

Resize = Callable[[Any, Any, str], Any]
"""Resizes float `[height, width, channels]` to int32 `[2]` with a kernel."""


def frame(grey: Any, invert: Any, resize: Resize) -> Any:
    """Returns the digit in a picture, framed as MNIST's are; zeros if nothing is drawn.

    Args:
      grey: float32 `[height, width]`, 0 to 1.
      invert: string, `always`, `never` or `auto`; see `data.framing.frame`.
      resize: the function that resizes.

    Returns:
      int32 `[28, 28]`, 0 to 255, light on dark.
    """
    levels = _working_picture(grey, resize)
    given = tf.cond(
        tf.reduce_all(tf.equal(tf.shape(levels), SIZE)),
        lambda: tf.stack([levels, 255 - levels]),
        lambda: tf.zeros([2, SIZE, SIZE], tf.int32),
    )
    given.set_shape([2, SIZE, SIZE])
    is_light = tf.not_equal(invert, "always") & _is_framed(given[0])
    is_dark = tf.not_equal(invert, "never") & _is_framed(given[1])

    def found() -> Any:
        parts = graph_parts.find_parts(levels, invert)
        return tf.cond(
            tf.reduce_any(parts.is_good),
            lambda: _framed_parts(parts, _belonging(parts), resize),
            lambda: tf.zeros([SIZE, SIZE], tf.int32),
        )

    return tf.cond(is_light | is_dark, lambda: tf.where_v2(is_light, given[0], given[1]), found)


def _working_picture(grey: Any, resize: Resize) -> Any:
    height, width = graph_parts.size(grey)

    def shrunk() -> Any:
        scale = tf.sqrt(constants.MOST_WORKING_PIXELS / tf.cast(height * width, tf.float64))
        sides = tf.round(tf.cast(tf.shape(grey), tf.float64) * scale)
        return resize(grey[..., tf.newaxis], tf.maximum(1, tf.cast(sides, tf.int32)), "triangle")

    def enlarged() -> Any:
        return resize(grey[..., tf.newaxis], constants.ENLARGED * tf.shape(grey), "keyscubic")

    longest = tf.maximum(height, width)
    is_large = height * width > constants.MOST_WORKING_PIXELS
    sized = tf.cond(is_large, shrunk, lambda: grey[..., tf.newaxis])
    sized = tf.cond(longest < SIZE, enlarged, lambda: sized)[..., 0]
    levels = tf.cast(tf.round(tf.clip_by_value(sized, 0.0, 1.0) * 255.0), tf.int32)
    border = tf.sort(tf.concat([levels[0], levels[-1], levels[:, 0], levels[:, -1]], axis=0))
    margin = tf.where_v2(longest < SIZE, constants.ENLARGED * longest // 2, 0)
    return tf.pad(levels, tf.fill([2, 2], margin), constant_values=border[tf.size(border) // 2])


def _is_framed(levels: Any) -> Any:
    ink = tf.where_v2(levels > constants.FAINT, levels, 0)
    top, left, bottom, right = _box(ink > 0)
    longest = tf.maximum(bottom - top, right - left)
    offsets = tf.range(SIZE) - SIZE // 2
    off_centre = tf.abs(tf.reduce_sum(ink * offsets))
    off_middle = tf.abs(tf.reduce_sum(ink * offsets[:, tf.newaxis]))
    is_centred = tf.maximum(off_centre, off_middle) <= tf.reduce_sum(ink)
    is_strong = tf.reduce_max(ink) >= constants.FULL
    return is_strong & is_centred & (longest >= BOX - 2) & (longest <= BOX)


def _belonging(parts: Parts) -> Any:
    """Returns which parts make up what is drawn, without specks."""
    masses = tf.where_v2(parts.is_good, parts.masses, 0)
    most = tf.reduce_max(masses)
    is_large = parts.is_good & (100 * masses >= constants.LARGE_PART * most)
    far = tf.int32.max // 2
    top, left = (tf.reduce_min(tf.where_v2(is_large, side, far)) for side in parts.boxes[:2])
    bottom, right = (tf.reduce_max(tf.where_v2(is_large, side, 0)) for side in parts.boxes[2:])
    gap = tf.maximum(bottom - top, right - left) // 4 + 2
    above, before, below, after = parts.boxes
    is_near = (below > top - gap) & (above < bottom + gap)
    is_near &= (after > left - gap) & (before < right + gap)
    is_small = parts.is_good & (100 * masses >= constants.SMALL_PART * most)
    return is_large | (is_small & is_near)


def _framed_parts(parts: Parts, is_kept: Any, resize: Resize) -> Any:
    height, width = graph_parts.size(parts.ink)
    cells = tf.gather(is_kept, parts.labels)
    rows, columns = (tf.range(side) // parts.cell for side in (height, width))
    kept = tf.gather(tf.gather(cells, rows), columns, axis=1) & parts.ink
    top, left, bottom, right = _box(kept)
    ink = _full_contrast(parts, kept)[top:bottom, left:right]
    image = _scaled(ink, _is_thin(kept[top:bottom, left:right]), resize)
    corner = tf.stack([_corner(image, axis) for axis in (0, 1)])
    after = SIZE - tf.shape(image) - corner
    return tf.pad(image, tf.stack([corner, after], axis=1))


def _box(ink: Any) -> tuple[Any, Any, Any, Any]:
    sides = []
    for axis in (1, 0):
        has_ink = tf.reduce_any(ink, axis=axis)
        places = tf.range(tf.size(has_ink))
        first = tf.reduce_min(tf.where_v2(has_ink, places, tf.size(has_ink)))
        sides.append((first, tf.reduce_max(tf.where_v2(has_ink, places, 0)) + 1))
    (top, bottom), (left, right) = sides
    return top, left, bottom, right


def _full_contrast(parts: Parts, kept: Any) -> Any:
    strong = tf.where_v2(kept & (parts.contrast > parts.strong), parts.contrast, 0)
    below = tf.cumsum(graph_parts.histogram(strong)[1:])
    full = 1 + tf.reduce_sum(tf.cast(4 * below < 3 * below[-1], tf.int32))
    is_near = graph_parts.largest_near(tf.cast(kept, tf.int32)) > 0
    near = tf.cast(tf.where_v2(is_near, parts.contrast, 0), tf.float32)
    return tf.minimum(near / tf.cast(full, tf.float32), 1.0)


def _is_thin(kept: Any) -> Any:
    padded = tf.pad(kept, [[1, 1], [1, 1]])
    sides = tf.math.count_nonzero(
        tf.not_equal(padded[1:], padded[:-1]), dtype=tf.int32
    ) + tf.math.count_nonzero(tf.not_equal(padded[:, 1:], padded[:, :-1]), dtype=tf.int32)
    area = tf.math.count_nonzero(kept, dtype=tf.int32)
    return 3 * BOX * area < 2 * sides * tf.reduce_max(tf.shape(kept))


def _scaled(ink: Any, is_thin: Any, resize: Resize) -> Any:
    longest = tf.cast(tf.reduce_max(tf.shape(ink)), tf.float64)
    scale = tf.where_v2(is_thin, tf.constant(BOX - 2.0, tf.float64), float(BOX)) / longest
    sides = tf.cast(tf.round(tf.cast(tf.shape(ink), tf.float64) * scale), tf.int32)
    small = resize(ink[..., tf.newaxis], tf.maximum(1, sides), "keyscubic")[..., 0]
    image = tf.cast(tf.round(tf.clip_by_value(small, 0.0, 1.0) * 255.0), tf.int32)

    def thickened() -> Any:
        padded = tf.pad(image, [[2, 2], [2, 2]])
        rows = padded[:-2] + 2 * padded[1:-1] + padded[2:]
        return (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:] + 8) // 16

    image = tf.cond(is_thin, thickened, lambda: image)
    tops = tf.sort(tf.concat([tf.reduce_max(image, axis=axis) for axis in (0, 1)], axis=0))
    usual = tf.maximum(tops[tf.size(tops) // 2], 1)
    stronger = tf.minimum((image * constants.USUAL_TOP + usual // 2) // usual, 255)
    return tf.where_v2(usual < constants.USUAL_TOP, stronger, image)


def _corner(image: Any, axis: int) -> Any:
    side = tf.shape(image)[axis]
    mass = tf.maximum(tf.reduce_sum(image), 1)
    moment = tf.reduce_sum(tf.reduce_sum(image, axis=1 - axis) * tf.range(side))
    centre = tf.cast(moment, tf.float64) / tf.cast(mass, tf.float64)
    corner = tf.cast(tf.floor(SIZE / 2 - centre + constants.ROUNDING), tf.int32)
    return tf.clip_by_value(corner, 0, SIZE - side)
