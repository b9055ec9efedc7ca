"""Draws the probability of each class for some images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW_HEIGHT = 126
_SIDE = 84
_LEFT_WIDTH = 164
_BARS_LEFT = 228
_BARS_WIDTH = style.WIDTH - _BARS_LEFT - 14
_BARS_HEIGHT = 72
_SMALLEST_WRITTEN = 0.005
_OTHERS = "#9db4cf"
# Of more classes than this, the names would not fit under their bars.
_FEW_CLASSES = 12
_MOST_PROBABLE = 10


def probabilities_png(
    images: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    captions: Sequence[str],
) -> bytes:
    """Draws a row for each image: the image, and a bar for the probability of each class.

    The most probable class is dark and bold; probabilities above 0.5 % are written out. Of more
    than twelve classes, the ten most probable are drawn, the most probable first.

    Args:
      images: uint8 `[count, 28, 28, 1]` or `[count, 28, 28]`; 0 is background; about 12.
      probabilities: floats `[count, classes]` from 0 to 1.
      class_names: a name for each class.
      captions: the text under each image, such as a file name; shortened to fit.

    Returns:
      A PNG of 1000 pixels by 74, plus 126 for each image.
    """
    return style.png(probabilities_figure(images, probabilities, class_names, captions))


def probabilities_figure(
    images: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    captions: Sequence[str],
) -> Figure:
    """Returns what `probabilities_png` draws, as a matplotlib figure."""
    figure, axes = style.sheet(style.HEADING_HEIGHT + 10 + _ROW_HEIGHT * max(1, len(images)))
    which = "each class"
    if len(class_names) > _FEW_CLASSES:
        which = f"the {_MOST_PROBABLE} most probable classes"
    style.heading(axes, "Predictions", f"The probability of {which}, from 0 to 100%")
    if not len(images):
        style.write(axes, style.MARGIN, style.HEADING_HEIGHT + 20, "no images", 200)
    rows = zip(images, probabilities, captions, strict=True)
    for row, (image, values, caption) in enumerate(rows):
        top = style.HEADING_HEIGHT + 10 + row * _ROW_HEIGHT
        _draw_image(axes, image, caption, top)
        shown, names = _chosen(np.asarray(values, dtype=float), class_names)
        _draw_bars(axes, shown, names, top + 14)
    return figure


def _chosen(values: np.ndarray, class_names: Sequence[str]) -> tuple[np.ndarray, Sequence[str]]:
    """Returns the values that are drawn, and their names."""
    if len(values) <= _FEW_CLASSES:
        return values, class_names
    order = np.argsort(-values, kind="stable")[:_MOST_PROBABLE]
    return values[order], [class_names[number] for number in order]


def _draw_image(axes: Axes, image: np.ndarray, caption: str, top: float) -> None:
    pixels = np.asarray(image).reshape(image.shape[:2])
    middle = style.MARGIN + _LEFT_WIDTH / 2
    left = middle - _SIDE / 2
    style.show(axes, pixels, left, top, _SIDE, _SIDE, cmap="gray", vmin=0, vmax=255)
    style.write(axes, middle, top + _SIDE + 16, caption, _LEFT_WIDTH, size=9, ha="center")


def _draw_bars(axes: Axes, values: np.ndarray, class_names: Sequence[str], top: float) -> None:
    ground = top + _BARS_HEIGHT
    _draw_scale(axes, top)
    cell = _BARS_WIDTH / len(values)
    for position, (name, value) in enumerate(zip(class_names, values.tolist(), strict=True)):
        middle = _BARS_LEFT + (position + 0.5) * cell
        is_winner = position == values.argmax()
        _draw_bar(axes, middle, ground, 0.6 * cell, value, style.BLUE if is_winner else _OTHERS)
        weight = "bold" if is_winner else "normal"
        if value > _SMALLEST_WRITTEN:
            above: dict[str, Any] = {"size": 9, "weight": weight, "ha": "center"}
            height = ground - _BARS_HEIGHT * value - 4
            style.write(axes, middle, height, style.percent(value), cell, **above)
        _write_name(axes, middle, ground + 14, name, cell - 6, weight)


def _write_name(axes: Axes, x: float, y: float, name: str, width: float, weight: str) -> None:
    if style.text_width(name, 9, weight) > width:
        # A long name is written whole rather than bold.
        weight = "normal"
    style.write(axes, x, y, name, width, size=9, ha="center", weight=weight)


def _draw_bar(
    axes: Axes, middle: float, ground: float, width: float, value: float, colour: str
) -> None:
    from matplotlib.patches import Rectangle

    height = _BARS_HEIGHT * value
    corner = (middle - width / 2, ground - height)
    axes.add_patch(Rectangle(corner, width, height, color=colour, linewidth=0))


def _draw_scale(axes: Axes, top: float) -> None:
    for rate in (0, 0.5, 1):
        height = top + _BARS_HEIGHT * (1 - rate)
        ends = (_BARS_LEFT, _BARS_LEFT + _BARS_WIDTH)
        colour = style.FAINT_INK if rate == 0 else style.LINE
        axes.plot(ends, (height, height), color=colour, linewidth=0.8, zorder=0)
        place: dict[str, Any] = {"ha": "right", "va": "center", "color": style.FAINT_INK}
        style.write(axes, _BARS_LEFT - 6, height, f"{rate:.0%}", 40, size=8, **place)
