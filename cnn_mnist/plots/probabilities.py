"""Draws the probability of each class for some images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.plots import style, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW_HEIGHT = 126
_NARROW_ROW_HEIGHT = 122
_LYING = 4
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
    narrow: bool = False,
) -> bytes:
    """Draws a row for each image: the image, and a bar for the probability of each class.

    The most probable class is dark and bold; probabilities above 0.5 % are written out. Of more
    than twelve classes, the ten most probable are drawn, the most probable first.

    Args:
      images: uint8 `[count, 28, 28, 1]` or `[count, 28, 28]`; 0 is background; about 12.
      probabilities: floats `[count, classes]` from 0 to 1.
      class_names: a name for each class.
      captions: the text under each image, such as a file name; on two lines and shortened to fit.
      narrow: whether to draw for a telephone, `style.NARROW` pixels wide, twice as dense: the
        four most probable classes of each image, with bars that lie.

    Returns:
      A PNG of 1000 pixels by 74, plus 126 for each image.
    """
    figure = probabilities_figure(images, probabilities, class_names, captions, narrow)
    return style.png(figure, narrow)


def probabilities_figure(
    images: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    captions: Sequence[str],
    narrow: bool = False,
) -> Figure:
    """Returns what `probabilities_png` draws, as a matplotlib figure."""
    width = style.NARROW if narrow else style.WIDTH
    row_height = _NARROW_ROW_HEIGHT if narrow else _ROW_HEIGHT
    title, explanation = words.word("predictions"), _explanation(len(class_names), narrow)
    head = style.heading_height(title, explanation, width) + 10
    figure, axes = style.sheet(head + row_height * max(1, len(images)), width)
    style.heading(axes, title, explanation)
    if not len(images):
        style.write(axes, style.MARGIN, head + 10, words.word("no_images"), 200)
    class_names = style.class_names(class_names)
    rows = zip(images, probabilities, captions, strict=True)
    for row, (image, values, caption) in enumerate(rows):
        place = (axes, head + row * row_height)
        known = np.asarray(values, dtype=float)
        if narrow:
            _draw_narrow_row(*place, image, caption, *_most_probable(known, class_names, _LYING))
        else:
            _draw_row(*place, image, caption, *_chosen(known, class_names))
    return figure


def _explanation(classes: int, narrow: bool) -> str:
    most = _LYING if narrow else _MOST_PROBABLE
    if classes > (most if narrow else _FEW_CLASSES):
        return words.word("of_most_probable", count=most)
    return words.word("of_each_class")


def _chosen(values: np.ndarray, class_names: Sequence[str]) -> tuple[np.ndarray, Sequence[str]]:
    """Returns the values that are drawn, and their names."""
    if len(values) <= _FEW_CLASSES:
        return values, class_names
    return _most_probable(values, class_names, _MOST_PROBABLE)


def _most_probable(
    values: np.ndarray, class_names: Sequence[str], count: int
) -> tuple[np.ndarray, Sequence[str]]:
    order = np.argsort(-values, kind="stable")[:count]
    return values[order], [class_names[number] for number in order]


def _draw_row(
    axes: Axes,
    top: float,
    image: np.ndarray,
    caption: str,
    values: np.ndarray,
    names: Sequence[str],
) -> None:
    _draw_image(axes, image, caption, top)
    _draw_bars(axes, values, names, top + 14)


def _draw_narrow_row(
    axes: Axes,
    top: float,
    image: np.ndarray,
    caption: str,
    values: np.ndarray,
    names: Sequence[str],
) -> None:
    from matplotlib.patches import Rectangle

    width = style.NARROW - 2 * style.MARGIN
    style.write(axes, style.MARGIN, top + 10, caption, width, size=9)
    pixels = np.asarray(image).reshape(image.shape[:2])
    place = (style.MARGIN, top + 18, _SIDE, _SIDE)
    style.show(axes, pixels, *place, cmap="gray", vmin=0, vmax=255)
    left, name_width, bar_width, height = style.MARGIN + _SIDE + 12, 116, 82, _SIDE / _LYING
    for position, (name, value) in enumerate(zip(names, values.tolist(), strict=True)):
        middle = top + 18 + height * (position + 0.5)
        weight = "normal" if position else "bold"
        look: dict[str, Any] = {"size": 9, "va": "center_baseline", "weight": weight}
        style.write(axes, left, middle, name, name_width, **look)
        corner = (left + name_width + 6, middle - 6)
        colour = _OTHERS if position else style.BLUE
        axes.add_patch(Rectangle(corner, bar_width * value, 12, color=colour, linewidth=0))
        right = style.NARROW - style.MARGIN
        style.write(axes, right, middle, style.percent(value), 60, ha="right", **look)


def _draw_image(axes: Axes, image: np.ndarray, caption: str, top: float) -> None:
    pixels = np.asarray(image).reshape(image.shape[:2])
    middle = style.MARGIN + _LEFT_WIDTH / 2
    left = middle - _SIDE / 2
    style.show(axes, pixels, left, top, _SIDE, _SIDE, cmap="gray", vmin=0, vmax=255)
    for number, line in enumerate(style.wrapped(caption, _LEFT_WIDTH, 9)):
        y = top + _SIDE + 14 + 14 * number
        style.write(axes, middle, y, line, _LEFT_WIDTH, size=9, ha="center")


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
    for line in style.wrapped(name, width, 9, weight=weight):
        style.write(axes, x, y, line, width, size=9, ha="center", weight=weight)
        y += 14


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
