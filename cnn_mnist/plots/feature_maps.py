"""Draws the feature maps of a layer: where in an image each filter responds."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.plots import kernels, style, tiles, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 64
_QUANTILE = 0.99
_TOP = style.HEADING_HEIGHT + 6
_IMAGE_SIDE = 168
_SMALL_IMAGE_SIDE = 84
_GRIDS_LEFT = style.MARGIN + _IMAGE_SIDE + 40


def feature_maps_png(
    image: np.ndarray, maps: np.ndarray, title: str, names: Sequence[str] | None = None
) -> bytes:
    """Draws an image, at left, and a layer's output for it: a map for each channel.

    All maps share one grey scale: black is 0, white the 99 % quantile of the values that are
    not 0. If some are negative, as without a ReLU, the scale is that of kernels: blue negative,
    grey 0, orange positive. A map that is 0 everywhere has a cross.

    Args:
      image: uint8 `[28, 28, 1]` or `[28, 28]`; 0 is background.
      maps: float32 `[height, width, channels]`; the first 64 are drawn.
      title: the heading.
      names: one for each channel; numbers from 0 if None.

    Returns:
      A PNG of 1000 pixels by some 340 to 940.
    """
    return style.png(feature_maps_figure(image, maps, title, names))


def feature_maps_before_after_png(
    image: np.ndarray, before: np.ndarray, after: np.ndarray, title: str, narrow: bool = False
) -> bytes:
    """Draws a layer's output for an image before training, at left, and after, at right.

    Each side has its own grey scale, shown above it; on a shared one the fainter side would
    be black. Compare where the maps are light, not how light they are.

    Args:
      image: uint8 `[28, 28, 1]` or `[28, 28]`; 0 is background.
      before: float32 `[height, width, channels]`; the first 64 are drawn.
      after: as `before`.
      title: the heading.
      narrow: whether to draw for a telephone, `style.NARROW` pixels wide, twice as dense, the
        maps after training below the others.

    Returns:
      A PNG of 1000 pixels by some 280 to 740.
    """
    figure = feature_maps_before_after_figure(image, before, after, title, narrow)
    return style.png(figure, narrow)


def feature_maps_figure(
    image: np.ndarray, maps: np.ndarray, title: str, names: Sequence[str] | None = None
) -> Figure:
    """Returns what `feature_maps_png` draws, as a matplotlib figure."""
    shown = maps[..., :_MOST]
    count = shown.shape[-1]
    # Multiples of 28, 14 and 7, so that all cells of a map have the same size.
    columns, side, gap = (8, 84, 10) if count > 8 else (4, 168, 22)
    grid = tiles.Grid(_GRIDS_LEFT, _TOP, min(columns, count), side, gap)
    bottom = max(_TOP + grid.height(count), _TOP + _IMAGE_SIDE + 90)
    figure, axes = style.sheet(int(bottom) + 14)
    style.heading(axes, title, _explanation(maps))
    _draw_input(axes, image, style.MARGIN, _TOP, _IMAGE_SIDE)
    colours, clipped = _colours(shown)
    # The labels at the ends of a scale with a sign are longer.
    inset = 24 if colours["vmin"] else 0
    place = (style.MARGIN + inset, _TOP + _IMAGE_SIDE + 34, _IMAGE_SIDE - 2 * inset, 12)
    style.colour_bar(axes, place, words.word("one_scale"), clipped, **colours)
    _draw_maps(axes, shown, grid, colours, names)
    return figure


def feature_maps_before_after_figure(
    image: np.ndarray, before: np.ndarray, after: np.ndarray, title: str, narrow: bool = False
) -> Figure:
    """Returns what `feature_maps_before_after_png` draws, as a matplotlib figure."""
    total = style.NARROW if narrow else style.WIDTH
    heading_width = total - 2 * style.MARGIN - _SMALL_IMAGE_SIDE - (12 if narrow else 30)
    used = style.heading_height(title, _size(before), heading_width + 2 * style.MARGIN)
    first, second = _two_grids(before, max(used, style.HEADING_HEIGHT + 40 * narrow) + 76, narrow)
    bottom = second.top + second.height(min(before.shape[-1], _MOST))
    figure, axes = style.sheet(int(bottom) + 14, total)
    style.heading(axes, title, _size(before), heading_width)
    _draw_input(axes, image, total - style.MARGIN - _SMALL_IMAGE_SIDE, 10, _SMALL_IMAGE_SIDE)
    _draw_panel(axes, words.word("before"), before, first)
    _draw_panel(axes, words.word("after"), after, second)
    return figure


def _two_grids(maps: np.ndarray, top: float, narrow: bool) -> tuple[tiles.Grid, tiles.Grid]:
    """Returns the places of the maps before and after: side by side, or one below the other."""
    count = min(maps.shape[-1], _MOST)
    if narrow:
        # Twice as dense: multiples of 28, 14 and 7 as well.
        columns, side = (8, 42) if count > 8 else (4, 84)
    else:
        columns, side = (8, 56) if count > 8 else (4, 112)
    first = tiles.Grid(style.MARGIN, top, min(columns, count), side, gap=3)
    if narrow:
        return first, dataclasses.replace(first, top=top + first.height(count) + 76)
    return first, dataclasses.replace(first, left=style.WIDTH / 2 + style.MARGIN / 2)


def _draw_panel(axes: Axes, state: str, maps: np.ndarray, grid: tiles.Grid) -> None:
    shown = maps[..., :_MOST]
    colours, clipped = _colours(shown)
    style.write(axes, grid.left, grid.top - 34, state, 180, size=11)
    style.write(axes, grid.left, grid.top - 14, _dead_part(shown), 180, size=9)
    place = (grid.left + 205, grid.top - 46, 150, 10)
    style.colour_bar(axes, place, "", clipped, **colours)
    _draw_maps(axes, shown, grid, colours, None)


def _colours(shown: np.ndarray) -> tuple[dict[str, Any], bool]:
    """Returns the colour scale of maps, and whether some values lie beyond its ends."""
    scale, clipped = style.scale_of(shown, _QUANTILE)
    if np.any(shown < 0):
        return {"cmap": kernels.colours(), "vmin": -scale, "vmax": scale}, clipped
    return {"cmap": "gray", "vmin": 0.0, "vmax": scale}, clipped


def _draw_input(axes: Axes, image: np.ndarray, x: float, y: float, side: float) -> None:
    pixels = np.asarray(image).reshape(image.shape[:2])
    style.show(axes, pixels, x, y, side, side, cmap="gray", vmin=0, vmax=255)
    style.write(
        axes, x + side / 2, y + side + 14, words.word("the_image"), side, size=9, ha="center"
    )


def _draw_maps(
    axes: Axes,
    shown: np.ndarray,
    grid: tiles.Grid,
    colours: dict[str, Any],
    names: Sequence[str] | None,
) -> None:
    channels = range(shown.shape[-1])
    one_by_one = [shown[..., channel] for channel in channels]
    texts = [str(channel) if names is None else names[channel] for channel in channels]
    tiles.draw(axes, one_by_one, texts, grid, **colours)
    for channel in np.flatnonzero(_dead(shown)):
        _cross_out(axes, *grid.corner(int(channel)), grid.side)


def _cross_out(axes: Axes, x: float, y: float, side: float) -> None:
    near, far = 0.25 * side, 0.75 * side
    for begin, end in ((near, far), (far, near)):
        ends = (y + begin, y + end)
        axes.plot((x + near, x + far), ends, color=style.ORANGE, linewidth=1.5)


def _dead(maps: np.ndarray) -> np.ndarray:
    """Returns bool `[channels]`: whether a map is 0 everywhere."""
    return ~np.any(maps != 0, axis=(0, 1))


def _dead_part(shown: np.ndarray) -> str:
    dead = int(_dead(shown).sum())
    return words.word("dead", dead=dead, total=shown.shape[-1]) if dead else ""


def _size(maps: np.ndarray) -> str:
    height, width, channels = maps.shape
    key = "first_maps" if channels > _MOST else "all_maps"
    count = words.counted(channels, "map")
    return words.word(key, shown=_MOST, maps=count, size=f"{height}×{width}")


def _explanation(maps: np.ndarray) -> str:
    dead = _dead_part(maps[..., :_MOST])
    return _size(maps) + (f"; {dead}" if dead else "")
