"""A grid places its tiles row by row, with room for names."""

import numpy as np

from cnn_mnist.plots import style, tiles

GRID = tiles.Grid(left=10, top=20, columns=3, side=50, gap=5, name_height=12)


def test_tiles_lie_row_by_row():
    assert [GRID.corner(position) for position in (0, 1, 2, 3, 7)] == [
        (10, 20),
        (65, 20),
        (120, 20),
        (10, 87),
        (65, 154),
    ]


def test_a_grid_is_as_wide_as_a_row_and_as_high_as_its_rows():
    assert GRID.width() == 160
    assert [GRID.height(count) for count in (1, 3, 4)] == [62, 62, 129]


def test_tiles_are_drawn_at_their_place_with_one_scale():
    _, axes = style.sheet(300)
    tiles.draw(
        axes, [np.full((2, 2), v) for v in range(4)], "abcd", GRID, cmap="gray", vmin=0, vmax=3
    )
    assert [image.get_extent()[0] for image in axes.images] == [10, 65, 120, 10]
    assert {image.get_clim() for image in axes.images} == {(0, 3)}
    assert [text.get_text() for text in axes.texts] == list("abcd")
    assert [text.get_position()[0] for text in axes.texts] == [35, 90, 145, 35]
