"""Draws the kernels of a convolution: what each filter responds to."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.plots import style, tiles, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

_MOST_INPUTS = 8
_LARGEST_SIDE = 92
_MOST_FILTERS = 16
_MOST_FILTERS_OF_ONE_INPUT = 64
_TOP = style.HEADING_HEIGHT + 6
_BAR_HEIGHT = 62
_QUANTILE = 0.98


def kernels_png(kernels: np.ndarray, title: str) -> bytes:
    """Draws the kernels of a convolution, light where a weight is positive.

    With one input channel: the first 64 filters, eight or sixteen in a row. With several: a
    row for each of the first 8 inputs, a column for each of the first 16 filters. The colour
    scale covers 98 % of the weights; ≤ and ≥ mark its ends.

    Args:
      kernels: float `[height, width, inputs, filters]`.
      title: the heading.

    Returns:
      A PNG of 1000 pixels by some 230 to 680.
    """
    return style.png(kernels_figure(kernels, title))


def kernels_before_after_png(
    before: np.ndarray, after: np.ndarray, title: str, narrow: bool = False
) -> bytes:
    """Draws the same kernels before training, at left, and after it, at right.

    Both share one scale, so that weights that grew look larger. If there are several inputs,
    the first 8 inputs of the first 8 filters are drawn.

    Args:
      before: float `[height, width, inputs, filters]`.
      after: as `before`.
      title: the heading.
      narrow: whether to draw for a telephone, `style.NARROW` pixels wide, twice as dense, the
        kernels after training below the others.

    Returns:
      A PNG of 1000 pixels by some 230 to 760.
    """
    return style.png(kernels_before_after_figure(before, after, title, narrow), narrow)


def kernels_figure(kernels: np.ndarray, title: str) -> Figure:
    """Returns what `kernels_png` draws, as a matplotlib figure."""
    shown = _shown(kernels, _MOST_FILTERS)
    grid = _grid(shown, style.MARGIN, style.WIDTH - 2 * style.MARGIN, 16)
    bottom = grid.top + grid.height(_tile_count(shown))
    figure, axes = style.sheet(int(bottom) + _BAR_HEIGHT + 10)
    style.heading(axes, title, _explanation(kernels, shown))
    scale, clipped = style.scale_of(shown, _QUANTILE)
    _draw_kernels(axes, shown, grid, scale)
    _draw_colour_bar(axes, bottom, scale, clipped)
    return figure


def kernels_before_after_figure(
    before: np.ndarray, after: np.ndarray, title: str, narrow: bool = False
) -> Figure:
    """Returns what `kernels_before_after_png` draws, as a matplotlib figure."""
    panels = [_shown(kernels, _MOST_INPUTS) for kernels in (before, after)]
    total = style.NARROW if narrow else style.WIDTH
    explanation = _explanation(before, panels[0])
    top = style.heading_height(title, explanation, total) + 6
    width = total - 2 * style.MARGIN if narrow else total / 2 - 1.5 * style.MARGIN
    first = _grid(panels[0], style.MARGIN, width, 8, top=top + 26)
    height = first.height(_tile_count(panels[0]))
    # Between the two stand the heading of the second and the numbers of its filters.
    across, down = (0.0, height + first.top - top + 22) if narrow else (width + style.MARGIN, 0.0)
    second = dataclasses.replace(first, left=first.left + across, top=first.top + down)
    corners = [(style.MARGIN, top - 4), (style.MARGIN + across, top - 4 + down)]
    bottom = second.top + height
    figure, axes = style.sheet(int(bottom) + _BAR_HEIGHT + (26 if narrow else 10), total)
    style.heading(axes, title, explanation)
    scale, clipped = style.scale_of(np.stack(panels), _QUANTILE)
    for state, kernels, shown, grid, (x, y) in zip(
        ("before", "after"), (before, after), panels, (first, second), corners, strict=True
    ):
        spread = style.number(float(np.std(kernels)))
        text = words.word("spread", state=words.word(state), spread=spread)
        style.write(axes, x, y, text, width, size=11, va="top")
        _draw_kernels(axes, shown, grid, scale)
    _draw_colour_bar(axes, bottom, scale, clipped)
    return figure


def colours() -> Colormap:
    """Returns a colour map of weights: dark blue negative, grey 0, light orange positive.

    Most diverging colour maps are equally dark at both ends, so the sign is lost in grey. In
    this one the lightness rises all the way. Positive weights are light because they respond
    to light pixels, as the strokes of MNIST are.
    """
    from matplotlib.colors import LinearSegmentedColormap

    steps = ("#08234f", "#2f6db5", "#9a9a9a", "#efb160", "#fff1d0")
    return LinearSegmentedColormap.from_list("weights", steps)


def _shown(kernels: np.ndarray, most_filters: int) -> np.ndarray:
    if kernels.shape[2] == 1:
        return kernels[..., :_MOST_FILTERS_OF_ONE_INPUT]
    return kernels[:, :, :_MOST_INPUTS, :most_filters]


def _tile_count(shown: np.ndarray) -> int:
    return int(shown.shape[2] * shown.shape[3])


def _grid(
    shown: np.ndarray, left: float, width: float, most_columns: int, top: float = _TOP
) -> tiles.Grid:
    inputs, filters = shown.shape[2:]
    if inputs == 1:
        columns = 8 if filters <= 32 else most_columns
        side = (width + 6) / columns - 6
        return tiles.Grid(left, top, min(columns, filters), side, gap=6)
    # Room for the numbers of the inputs at left and of the filters above.
    room = 46
    side = min(_LARGEST_SIDE, (width - room + 4) / filters - 4)
    return tiles.Grid(left + room, top + 34, filters, side, gap=4, name_height=0)


def _explanation(kernels: np.ndarray, shown: np.ndarray) -> str:
    height, width, inputs, filters = kernels.shape
    size = f"{height}×{width}"
    if inputs == 1:
        key = "first_filters" if shown.shape[3] < filters else "all_filters"
        count = words.counted(filters, "filter")
        return words.word(key, shown=shown.shape[3], filters=count, size=size)
    rows = _part(shown.shape[2], inputs, "input")
    columns = _part(shown.shape[3], filters, "filter")
    return words.word("kernels_are", size=size, inputs=rows, filters=columns)


def _part(shown: int, count: int, name: str) -> str:
    counted = words.counted(count, name)
    return counted if shown == count else words.word("some_of", shown=shown, counted=counted)


def _draw_kernels(axes: Axes, shown: np.ndarray, grid: tiles.Grid, scale: float) -> None:
    inputs, filters = shown.shape[2:]
    one_by_one = [shown[:, :, i, f] for i in range(inputs) for f in range(filters)]
    names = [str(number) for number in range(filters)] if inputs == 1 else []
    options: dict[str, Any] = {"cmap": colours(), "vmin": -scale, "vmax": scale}
    tiles.draw(axes, one_by_one, names, grid, **options)
    if inputs > 1:
        _number_both_ways(axes, grid, inputs, filters)


def _number_both_ways(axes: Axes, grid: tiles.Grid, inputs: int, filters: int) -> None:
    look: dict[str, Any] = {"size": 8, "color": style.FAINT_INK}
    style.write(axes, grid.left, grid.top - 33, words.word("filter"), 80, va="top", **look)
    for column in range(filters):
        x = grid.corner(column)[0] + grid.side / 2
        style.write(axes, x, grid.top - 3, str(column), 60, ha="center", va="bottom", **look)
    for row in range(inputs):
        y = grid.corner(row * filters)[1] + grid.side / 2
        name = words.word("input_number", number=row)
        style.write(axes, grid.left - 5, y, name, 60, ha="right", va="center", **look)


def _draw_colour_bar(axes: Axes, bottom: float, scale: float, clipped: bool) -> None:
    total, width = axes.get_xlim()[1], 320
    place = ((total - width) / 2, bottom + 14, width, 12)
    lines = style.wrapped(words.word("weight"), total - 2 * style.MARGIN, 9)
    label = "\n".join(lines)
    style.colour_bar(axes, place, label, clipped, cmap=colours(), vmin=-scale, vmax=scale)
