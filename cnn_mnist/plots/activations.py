"""Draws the outputs of a dense layer: which units respond to an image, and how strongly."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.plots import fonts, kernels, style, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT, _NARROW_BARS_HEIGHT = 470, 640
_MOST_BARS = 40
_SIDE, _NARROW_SIDE = 288, 168
_GAP = 24
_CURVE_LEFT = 690
_QUANTILE = 0.99


def activations_png(
    values_before: np.ndarray, values_after: np.ndarray, title: str, narrow: bool = False
) -> bytes:
    """Draws a dense layer's outputs for one image, before and after training.

    More than 40 units: a square for each, and a plot of all values, sorted. The squares
    before and after have separate scales; on a shared one the fainter side would be black.
    Up to 40 units: a bar for each, on one scale.

    Args:
      values_before: float `[units]`, outputs of ReLU, or logits.
      values_after: as `values_before`.
      title: the heading.
      narrow: whether to draw for a telephone, `style.NARROW` pixels wide, twice as dense, one
        plot below the other.

    Returns:
      A PNG of 1000×470 pixels.
    """
    return style.png(activations_figure(values_before, values_after, title, narrow), narrow)


def activations_figure(
    values_before: np.ndarray, values_after: np.ndarray, title: str, narrow: bool = False
) -> Figure:
    """Returns what `activations_png` draws, as a matplotlib figure."""
    if len(values_before) <= _MOST_BARS:
        return _bars(values_before, values_after, title, narrow)
    explanation = words.word("squares")
    width, side = (style.NARROW, _NARROW_SIDE) if narrow else (style.WIDTH, _SIDE)
    top = style.heading_height(title, explanation, width) + (60 if narrow else 44)
    below = top + side + 98
    figure, axes = style.sheet(below + side + 60 if narrow else _HEIGHT, width)
    style.heading(axes, title, explanation)
    for left, state, values in (
        (style.MARGIN, "before", values_before),
        (style.MARGIN + side + _GAP, "after", values_after),
    ):
        _draw_squares(axes, words.word(state), values, (left, top), side)
    place = (style.MARGIN + 44, below, width - 2 * style.MARGIN - 44, side)
    curves = style.inset(axes, *(place if narrow else (_CURVE_LEFT, top, side, side)))
    _draw_sorted(curves, values_before, values_after)
    return figure


def squares(values: np.ndarray) -> np.ndarray:
    """Returns `[units]` as float64 `[rows, columns]`, nearly square, padded with NaN."""
    columns = math.ceil(math.sqrt(len(values)))
    rows = math.ceil(len(values) / columns)
    padded = np.full(rows * columns, np.nan)
    padded[: len(values)] = values
    return padded.reshape(rows, columns)


def _draw_squares(
    axes: Axes, state: str, values: np.ndarray, corner: tuple[float, float], side: float
) -> None:
    left, top = corner
    lines = style.wrapped(_active(values), side)
    for number, line in enumerate(reversed(lines)):
        style.write(axes, left, top - 10 - 16 * number, line, side, color=style.FAINT_INK)
    style.write(axes, left, top - 12 - 16 * len(lines), state, side, size=11)
    scale, clipped = style.scale_of(values, _QUANTILE)
    colours: dict[str, Any] = {"cmap": "gray", "vmin": 0.0, "vmax": scale}
    if np.any(values < 0):
        colours = {"cmap": kernels.colours(), "vmin": -scale, "vmax": scale}
    grid = squares(values)
    rows, columns = grid.shape
    style.show(axes, grid, left, top, side, side * rows / columns, **colours)
    place = (left + 24, top + side + 14, side - 48, 12)
    style.colour_bar(axes, place, words.word("output"), clipped, **colours)


def _active(values: np.ndarray) -> str:
    active = f"{int((values > 0).sum()):,}"
    return words.word("active", active=active, units=words.counted(len(values), "unit"))


def _draw_sorted(axes: Axes, before: np.ndarray, after: np.ndarray) -> None:
    from matplotlib.ticker import FuncFormatter

    for values, state, colour, line in (
        (before, "before", style.ORANGE, "--"),
        (after, "after", style.BLUE, "-"),
    ):
        places = np.arange(1, len(values) + 1)
        look: dict[str, Any] = {"color": colour, "linestyle": line, "linewidth": 2}
        axes.plot(places, np.sort(values)[::-1], label=words.word(state), **look)
    both = np.concatenate((before, after))
    low, high = min(0.0, np.nanmin(both)), np.nanmax(both)
    axes.set_ylim(1.05 * low, 1.05 * high if high > low else 1)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    title, below = words.word("sorted"), words.word("strongest_first")
    axes.set_title(title, fontsize=11, loc="left", **style.look(title))
    axes.set_xlabel(below, **style.look(below))
    font = fonts.options(words.word("before") + words.word("after"))
    axes.legend(frameon=False, loc="upper right", prop=font)
    axes.grid(color=style.LINE, linewidth=0.8)
    axes.set_axisbelow(True)


def _bars(before: np.ndarray, after: np.ndarray, title: str, narrow: bool) -> Figure:
    size = (style.NARROW, _NARROW_BARS_HEIGHT) if narrow else (style.WIDTH, _HEIGHT)
    figure = style.plot(*size)
    style.plot_title(figure, title)
    panels = figure.subplots(*((2, 1) if narrow else (1, 2)), sharey=True)
    output, unit = words.word("output"), words.word("unit")
    for axes, state, values in zip(panels, ("before", "after"), (before, after), strict=True):
        units = np.arange(len(values))
        axes.bar(units, values, color=np.where(values >= 0, style.BLUE, style.ORANGE))
        axes.axhline(0, color=style.FAINT_INK, linewidth=0.8)
        text = f"{words.word(state)}, {_active(values)}"
        axes.set_title(text, fontsize=10.5, **style.look(text))
        axes.set_xlabel(unit, **style.look(unit))
        axes.set_xticks(units if len(units) <= 16 else units[::4])
        axes.grid(axis="y", color=style.LINE, linewidth=0.8)
        axes.set_axisbelow(True)
        if narrow or axes is panels[0]:
            axes.set_ylabel(output, **style.look(output))
    return figure
