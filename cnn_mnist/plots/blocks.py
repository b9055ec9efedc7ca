"""Draws the parts of the network diagram: boxes whose size hints at a shape, and arrows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cnn_mnist.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PIXELS_PER_CELL = 1.2
_DEPTH_PER_DOUBLING = 8
_LENGTH_PER_DOUBLING = 18
_LONGEST = 300
_RISE = 0.22
_THICKNESS = 10
_BLUES = ("#3f74b5", "#7ea5d3", "#1b4f8f")
_GREYS = ("#c9c9c9", "#e6e6e6", "#a6a6a6")


def draw(
    axes: Axes, shape: tuple[int, ...], middle_x: float, middle_y: float, learns: bool
) -> tuple[float, float]:
    """Draws the block of a shape on a sheet.

    For `[height, width, channels]`, a box whose face is in proportion to height and
    width and whose depth grows with the logarithm of the channels; for `[units]`, a bar
    whose length grows with the logarithm of the units.

    Args:
      axes: those of the sheet.
      shape: the shape of one example, without the batch.
      middle_x, middle_y: pixels.
      learns: whether the layer has parameters; draws in blue instead of grey.

    Returns:
      The upper and lower edges of the block in pixels, for the arrows.
    """
    width, height, depth = _size(shape)
    rise = depth * _RISE
    left = middle_x - (width + depth) / 2
    top = middle_y - (height + rise) / 2
    bottom = top + rise + height
    front, lid, flank = _BLUES if learns else _GREYS
    right, edge = left + width, top + rise
    _polygon(axes, [(left, edge), (right, edge), (right, bottom), (left, bottom)], front)
    _polygon(axes, [(left, edge), (left + depth, top), (right + depth, top), (right, edge)], lid)
    _polygon(
        axes,
        [(right, edge), (right + depth, top), (right + depth, bottom - rise), (right, bottom)],
        flank,
    )
    return top, bottom


def arrow(axes: Axes, x: float, begin: float, end: float) -> None:
    """Draws an arrow down from one block to the next, with a small gap at both ends."""
    look: dict[str, Any] = {"arrowstyle": "-|>", "color": style.FAINT_INK, "linewidth": 1.2}
    options: dict[str, Any] = {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 10, **look}
    axes.annotate("", (x, end - 3), (x, begin + 3), arrowprops=options)


def _size(shape: tuple[int, ...]) -> tuple[float, float, float]:
    """Returns the width and height of the face, and the depth, in pixels."""
    if len(shape) == 1:
        length = min(_LONGEST, 20 + _LENGTH_PER_DOUBLING * math.log2(shape[0]))
        return length, _THICKNESS, _THICKNESS
    height, width, channels = shape
    depth = 5 + _DEPTH_PER_DOUBLING * math.log2(channels)
    return max(4, width * _PIXELS_PER_CELL), max(4, height * _PIXELS_PER_CELL), min(depth, 90)


def _polygon(axes: Axes, corners: list[tuple[float, float]], colour: str) -> None:
    from matplotlib.patches import Polygon

    axes.add_patch(Polygon(corners, facecolor=colour, edgecolor="white", linewidth=0.8))
