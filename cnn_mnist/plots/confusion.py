"""Draws the confusion matrix: how often each class is predicted as each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT = 800, 760
_NAME_WIDTH = 110


def confusion_matrix_png(matrix: np.ndarray, class_names: Sequence[str], title: str) -> bytes:
    """Draws a confusion matrix with a number in each cell.

    The shade of a cell is its share of the row, so that a rare class is as readable
    as a frequent one. The mistakes have a separate scale of shades; at 99 % accuracy they
    would all be white on the scale of the diagonal.

    Args:
      matrix: counts, integers `[classes, classes]`; the row is the label.
      class_names: a name for each class.
      title: the heading.

    Returns:
      A PNG of 800×760 pixels.
    """
    return style.png(confusion_matrix_figure(matrix, class_names, title))


def confusion_matrix_figure(matrix: np.ndarray, class_names: Sequence[str], title: str) -> Figure:
    """Returns what `confusion_matrix_png` draws, as a matplotlib figure."""
    figure = style.plot(_WIDTH, _HEIGHT)
    axes = figure.add_subplot()
    shades = _shades(matrix)
    axes.imshow(shades)
    _write_counts(axes, matrix, shades)
    _name_axes(axes, class_names)
    axes.set_title(style.fitted(title, _WIDTH - 160, 12), **style.PLAIN)
    return figure


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


def _write_counts(axes: Axes, matrix: np.ndarray, shades: np.ndarray) -> None:
    for row, counts in enumerate(matrix):
        for column, count in enumerate(counts):
            if count:
                weight = "bold" if row == column else "normal"
                colour = _colour_on(shades[row, column])
                # The text stays within its cell, so the layout need not measure it.
                place: dict[str, Any] = {"ha": "center", "va": "center", "in_layout": False}
                axes.text(
                    column, row, f"{count:,}", fontsize=10, weight=weight, color=colour, **place
                )


def _colour_on(shade: np.ndarray) -> str:
    """Returns black or white, whichever has more contrast with a shade.

    Contrast and relative luminance as in https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio;
    at a luminance of 0.179 black and white have the same contrast.
    """
    rgb = shade[:3]
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return "white" if linear @ [0.2126, 0.7152, 0.0722] < 0.179 else "black"


def _name_axes(axes: Axes, class_names: Sequence[str]) -> None:
    ticks = range(len(class_names))
    names = [style.fitted(name, _NAME_WIDTH) for name in class_names]
    slanted = max(map(len, names)) > 3
    alignment = "right" if slanted else "center"
    # Aligned by its end, not by the box around it, so that a slanted name points at its column.
    turn: dict[str, Any] = {"rotation": 45, "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(ticks, names, ha=alignment, **turn, **style.PLAIN)
    axes.set_yticks(ticks, names, **style.PLAIN)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("label")
    axes.tick_params(length=0)
    _separate_cells(axes, len(class_names))


def _separate_cells(axes: Axes, classes: int) -> None:
    # Minor ticks with a grid would look the same and take a quarter of the time of the picture.
    edges = np.arange(classes + 1) - 0.5
    lines: dict[str, Any] = {"color": "white", "linewidth": 1.5, "zorder": 1.5}
    axes.hlines(edges, edges[0], edges[-1], **lines).set_in_layout(False)
    axes.vlines(edges, edges[0], edges[-1], **lines).set_in_layout(False)
