"""Draws the confusion matrix: how often each class is predicted as each class."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.plots import style, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT = 800, 760
_NAME_WIDTH, _NARROW_NAME_WIDTH = 110, 64
# More classes than this take a larger picture, in which a count fits into each cell.
_FEW_CLASSES = 12
_WIDTH_OF_MANY, _SMALLEST_CELL = 1300, 16
_BESIDE, _BELOW = 140, 100
_NARROW_BESIDE, _NARROW_BELOW, _SMALLEST_NARROW_SIZE = 90, 110, 7.1
_FILLED = 0.9
_SIZE, _SMALLEST_SIZE = 10.0, 4.5


def confusion_matrix_png(
    matrix: np.ndarray, class_names: Sequence[str], title: str, narrow: bool = False
) -> bytes:
    """Draws a confusion matrix with a number in each cell.

    The shade of a cell is its share of the row, so that a rare class is as readable
    as a frequent one. The mistakes have a separate scale of shades; at 99 % accuracy they
    would all be white on the scale of the diagonal.

    Args:
      matrix: counts, integers `[classes, classes]`; the row is the label.
      class_names: a name for each class.
      title: the heading.
      narrow: whether to draw for a telephone, twice as dense: `style.NARROW` pixels wide, and
        wider for more than twelve classes.

    Returns:
      A PNG of 800×760 pixels; larger for more than twelve classes.
    """
    return style.png(confusion_matrix_figure(matrix, class_names, title, narrow), narrow)


def confusion_matrix_figure(
    matrix: np.ndarray, class_names: Sequence[str], title: str, narrow: bool = False
) -> Figure:
    """Returns what `confusion_matrix_png` draws, as a matplotlib figure."""
    width, height, cell = _narrow_measures(matrix) if narrow else _measures(len(matrix))
    figure = style.plot(width, height)
    axes = figure.add_subplot()
    shades = _shades(matrix)
    axes.imshow(shades)
    _write_counts(axes, matrix, shades, cell, "" if narrow else ",")
    _name_axes(axes, class_names, cell, _NARROW_NAME_WIDTH if narrow else _NAME_WIDTH)
    size = 10 if narrow else 12
    text = style.fitted(title, width - (90 if narrow else 160), size)
    axes.set_title(text, fontsize=size, **style.look(text))
    return figure


def _measures(classes: int) -> tuple[int, int, float]:
    """Returns width and height of the picture, and of a cell about, in pixels."""
    if classes <= _FEW_CLASSES:
        return _WIDTH, _HEIGHT, (_HEIGHT - _BELOW) / classes
    cell = max(_WIDTH_OF_MANY // classes, _SMALLEST_CELL)
    return cell * classes + _BESIDE, cell * classes + _BELOW, cell


def _narrow_measures(matrix: np.ndarray) -> tuple[int, int, float]:
    """Returns the same for the narrow form, whose cells hold the widest count, legibly."""
    widest = style.text_width(f"{matrix.max()}", _SMALLEST_NARROW_SIZE, "bold")
    cell = max((style.NARROW - _NARROW_BESIDE) / len(matrix), widest / _FILLED)
    side = round(cell * len(matrix))
    return side + _NARROW_BESIDE, side + _NARROW_BELOW, cell


def _shades(matrix: np.ndarray) -> np.ndarray:
    """Returns float64 `[classes, classes, 4]`, RGBA: blue for right, orange for wrong.

    Colour-blind readers can tell the two apart.
    """
    from matplotlib import colormaps

    rates = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    mistakes = rates * (1 - np.eye(len(matrix)))
    scaled_mistakes = mistakes / max(mistakes.max(), 1e-9)
    right = np.eye(len(matrix), dtype=bool)[..., np.newaxis]
    return np.where(
        right,
        colormaps["Blues"](0.15 + 0.6 * rates),
        colormaps["Oranges"](np.where(matrix > 0, 0.1 + 0.5 * scaled_mistakes, 0.0)),
    )


def _write_counts(
    axes: Axes, matrix: np.ndarray, shades: np.ndarray, cell: float, comma: str
) -> None:
    for row, counts in enumerate(matrix):
        for column, count in enumerate(counts):
            if count:
                weight = "bold" if row == column else "normal"
                text = f"{count:{comma}}"
                size = _size_in(text, weight, cell)
                if size < _SMALLEST_SIZE:
                    continue
                colour = _colour_on(shades[row, column])
                # The text stays within its cell, so the layout need not measure it.
                place: dict[str, Any] = {"ha": "center", "va": "center", "in_layout": False}
                axes.text(column, row, text, fontsize=size, weight=weight, color=colour, **place)


@functools.cache
def _size_in(text: str, weight: str, cell: float) -> float:
    """Returns the size of a font in which a text fits into a cell."""
    if cell > _SIZE * len(text):
        return _SIZE
    return min(_SIZE, _FILLED * cell / style.text_width(text, 1, weight))


def _colour_on(shade: np.ndarray) -> str:
    """Returns black or white, whichever has more contrast with a shade.

    Contrast and relative luminance as in https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio;
    at a luminance of 0.179 black and white have the same contrast.
    """
    rgb = shade[:3]
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return "white" if linear @ [0.2126, 0.7152, 0.0722] < 0.179 else "black"


def _name_axes(axes: Axes, class_names: Sequence[str], cell: float, width: float) -> None:
    ticks = range(len(class_names))
    size = min(_SIZE, 0.5 * cell)
    names = [style.fitted(name, width, size) for name in style.class_names(class_names)]
    widest = max(style.text_width(name, size) for name in names)
    slanted = widest > cell - 4
    alignment = "right" if slanted else "center"
    # Aligned by its end, not by the box around it, so that a slanted name points at its column.
    turn: dict[str, Any] = {"rotation": 45, "rotation_mode": "anchor"} if slanted else {}
    look = {**style.look(" ".join(names)), "fontsize": size}
    axes.set_xticks(ticks, names, ha=alignment, **turn, **look)
    axes.set_yticks(ticks, names, **look)
    predicted, label = words.word("predicted_class"), words.word("label")
    axes.set_xlabel(predicted, **style.look(predicted))
    axes.set_ylabel(label, **style.look(label))
    axes.tick_params(length=0)
    _separate_cells(axes, len(class_names))


def _separate_cells(axes: Axes, classes: int) -> None:
    # Minor ticks with a grid would look the same and take a quarter of the time of the picture.
    edges = np.arange(classes + 1) - 0.5
    lines: dict[str, Any] = {"color": "white", "linewidth": 1.5, "zorder": 1.5}
    axes.hlines(edges, edges[0], edges[-1], **lines).set_in_layout(False)
    axes.vlines(edges, edges[0], edges[-1], **lines).set_in_layout(False)
