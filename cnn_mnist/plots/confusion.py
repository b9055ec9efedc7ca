"""The confusion matrix: which class is taken for which."""

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

    The shade of a cell is its part of the row, so that a rare class is as readable
    as a frequent one; the mistakes have a shade scale of their own, since at 99 %
    they would all be white beside the diagonal.

    Args:
      matrix: counts, integers `[classes, classes]`, row is the label.
      class_names: a name for each class.
      title: what stands above.

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
    """Blue for right, orange for wrong: told apart by the colour-blind, and dark in grey."""
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
                # Within its cell, so that the layout does not have to measure it.
                place: dict[str, Any] = {"ha": "center", "va": "center", "in_layout": False}
                axes.text(
                    column, row, f"{count:,}", fontsize=10, weight=weight, color=colour, **place
                )


def _colour_on(shade: np.ndarray) -> str:
    """Returns black or white, whichever stands out more from a shade.

    By contrast and relative luminance as in https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio;
    at a luminance of 0.179 black and white stand out alike.
    """
    rgb = shade[:3]
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return "white" if linear @ [0.2126, 0.7152, 0.0722] < 0.179 else "black"


def _name_axes(axes: Axes, class_names: Sequence[str]) -> None:
    ticks = range(len(class_names))
    names = [style.fitted(name, _NAME_WIDTH) for name in class_names]
    slanted = max(map(len, names)) > 3
    alignment = "right" if slanted else "center"
    # By its end, not by the box around it: only then does a slanted name point at its column.
    turn: dict[str, Any] = {"rotation": 45, "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(ticks, names, ha=alignment, **turn, **style.PLAIN)
    axes.set_yticks(ticks, names, **style.PLAIN)
    axes.set_xlabel("what the network says")
    axes.set_ylabel("label")
    axes.tick_params(length=0)
    _separate_cells(axes, len(class_names))


def _separate_cells(axes: Axes, classes: int) -> None:
    # Minor ticks with a grid would look the same and take a quarter of the time of the picture.
    edges = np.arange(classes + 1) - 0.5
    lines: dict[str, Any] = {"color": "white", "linewidth": 1.5, "zorder": 1.5}
    axes.hlines(edges, edges[0], edges[-1], **lines).set_in_layout(False)
    axes.vlines(edges, edges[0], edges[-1], **lines).set_in_layout(False)
