"""Draws a grid of small images on one scale, each with its name under it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclasses.dataclass(frozen=True)
class Grid:
    """The places of tiles on a sheet, in pixels.

    Attributes:
      left, top: the upper left corner of the first tile.
      columns: tiles in a row.
      side: width and height of a tile.
      gap: between two columns, and between a name and the tile under it.
      name_height: height of the line under a tile; 0 for no names.
    """

    left: float
    top: float
    columns: int
    side: float
    gap: float = 6
    name_height: float = 14

    def corner(self, position: int) -> tuple[float, float]:
        """Returns the upper left corner of a tile, counted row by row from 0."""
        row, column = divmod(position, self.columns)
        across = column * (self.side + self.gap)
        down = row * (self.side + self.name_height + self.gap)
        return self.left + across, self.top + down

    def width(self) -> float:
        """Returns the width of a full row."""
        return self.columns * (self.side + self.gap) - self.gap

    def height(self, count: int) -> float:
        """Returns the height of `count` tiles with their names."""
        rows = -(-count // self.columns)
        return rows * (self.side + self.name_height + self.gap) - self.gap


def draw(
    axes: Axes, tiles: Sequence[np.ndarray], names: Sequence[str], grid: Grid, **colours: Any
) -> None:
    """Draws tiles, row by row, each with its name under it.

    Args:
      axes: those of a sheet.
      tiles: float arrays `[rows, columns]`.
      names: one for each tile, or none at all; shortened to the width of a tile.
      grid: the places of the tiles.
      colours: `cmap`, `vmin` and `vmax`, the same for all tiles.
    """
    for position, tile in enumerate(tiles):
        x, y = grid.corner(position)
        style.show(axes, tile, x, y, grid.side, grid.side, **colours)
    for position, name in enumerate(names):
        x, y = grid.corner(position)
        middle = x + grid.side / 2
        look: dict[str, Any] = {"ha": "center", "color": style.FAINT_INK}
        style.write(axes, middle, y + grid.side + 11, name, grid.side, size=8, **look)
