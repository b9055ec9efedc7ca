"""Draws the outputs of a dense layer: which units respond to an image, and how strongly."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.plots import kernels, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT = 470
_MOST_BARS = 40
_TOP = style.HEADING_HEIGHT + 44
_SIDE = 288
_LEFTS = (style.MARGIN, style.MARGIN + _SIDE + 24)
_CURVE_LEFT = 690
_QUANTILE = 0.99


def activations_png(values_before: np.ndarray, values_after: np.ndarray, title: str) -> bytes:
    """Draws a dense layer's outputs for one image, before and after training.

    More than 40 units: a square for each, and a plot of all values, sorted. The squares
    before and after have separate scales; on a shared one the fainter side would be black.
    Up to 40 units: a bar for each, on one scale.

    Args:
      values_before: float `[units]`, outputs of ReLU, or logits.
      values_after: as `values_before`.
      title: the heading.

    Returns:
      A PNG of 1000×470 pixels.
    """
    return style.png(activations_figure(values_before, values_after, title))


def activations_figure(values_before: np.ndarray, values_after: np.ndarray, title: str) -> Figure:
    """Returns what `activations_png` draws, as a matplotlib figure."""
    if len(values_before) <= _MOST_BARS:
        return _bars(values_before, values_after, title)
    figure, axes = style.sheet(_HEIGHT)
    explanation = "Each square is a unit; the arrangement of the units has no meaning"
    style.heading(axes, title, explanation)
    sides = (("before", values_before), ("after", values_after))
    for left, (name, values) in zip(_LEFTS, sides, strict=True):
        _draw_squares(axes, name, values, left)
    _draw_sorted(style.inset(axes, _CURVE_LEFT, _TOP, _SIDE, _SIDE), values_before, values_after)
    return figure


def squares(values: np.ndarray) -> np.ndarray:
    """Returns `[units]` as float64 `[rows, columns]`, nearly square, padded with NaN."""
    columns = math.ceil(math.sqrt(len(values)))
    rows = math.ceil(len(values) / columns)
    padded = np.full(rows * columns, np.nan)
    padded[: len(values)] = values
    return padded.reshape(rows, columns)


def _draw_squares(axes: Axes, name: str, values: np.ndarray, left: float) -> None:
    style.write(axes, left, _TOP - 28, f"{name} training", _SIDE, size=11)
    style.write(axes, left, _TOP - 10, _active(values), _SIDE, color=style.FAINT_INK)
    scale, clipped = style.scale_of(values, _QUANTILE)
    colours: dict[str, Any] = {"cmap": "gray", "vmin": 0.0, "vmax": scale}
    if np.any(values < 0):
        colours = {"cmap": kernels.colours(), "vmin": -scale, "vmax": scale}
    grid = squares(values)
    rows, columns = grid.shape
    style.show(axes, grid, left, _TOP, _SIDE, _SIDE * rows / columns, **colours)
    place = (left + 24, _TOP + _SIDE + 14, _SIDE - 48, 12)
    style.colour_bar(axes, place, "output", clipped, **colours)


def _active(values: np.ndarray) -> str:
    return f"{int((values > 0).sum()):,} of {style.counted(len(values), 'unit')} above 0"


def _draw_sorted(axes: Axes, before: np.ndarray, after: np.ndarray) -> None:
    from matplotlib.ticker import FuncFormatter

    for values, name, colour, line in (
        (before, "before", style.ORANGE, "--"),
        (after, "after", style.BLUE, "-"),
    ):
        places = np.arange(1, len(values) + 1)
        look: dict[str, Any] = {"color": colour, "linestyle": line, "linewidth": 2}
        axes.plot(places, np.sort(values)[::-1], label=f"{name} training", **look)
    both = np.concatenate((before, after))
    low, high = min(0.0, np.nanmin(both)), np.nanmax(both)
    axes.set_ylim(1.05 * low, 1.05 * high if high > low else 1)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_title("all outputs, sorted", fontsize=11, loc="left")
    axes.set_xlabel("units, strongest first")
    axes.legend(frameon=False, loc="upper right")
    axes.grid(color=style.LINE, linewidth=0.8)
    axes.set_axisbelow(True)


def _bars(before: np.ndarray, after: np.ndarray, title: str) -> Figure:
    figure = style.plot(style.WIDTH, _HEIGHT)
    style.plot_title(figure, title)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, name, values in zip(panels, ("before", "after"), (before, after), strict=True):
        units = np.arange(len(values))
        axes.bar(units, values, color=np.where(values >= 0, style.BLUE, style.ORANGE))
        axes.axhline(0, color=style.FAINT_INK, linewidth=0.8)
        axes.set_title(f"{name} training, {_active(values)}", fontsize=10.5)
        axes.set_xlabel("unit")
        axes.set_xticks(units if len(units) <= 16 else units[::4])
        axes.grid(axis="y", color=style.LINE, linewidth=0.8)
        axes.set_axisbelow(True)
    panels[0].set_ylabel("output")
    return figure
