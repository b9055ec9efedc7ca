"""What framing in the graph and framing in NumPy have in common: limits of pictures, and sizes."""

from __future__ import annotations

import numpy as np

SIZE = 28
MOST_SIDE = 16_384
"""Largest width or height of a picture, in pixels."""
MOST_PIXELS = 50_000_000
"""Largest number of pixels of a picture."""
MOST_PIXELS_IN_ALL = 100_000_000
"""Largest number of pixels of all pictures in a request to an export: 1,000 drawings of 280x280."""
USUAL_SCANS = 10
"""The pixels of a progressive JPEG file count once for so many scans, which take as long each."""
MOST_BYTES = 64 * 2**20
"""Largest size of a file."""
MOST_SCANS = 100
"""Most scans of a progressive JPEG file: each takes as long as a picture."""
BYTES_PER_SCAN = 8192
"""A file may have one more scan for so many bytes, since a preview in it contains some too."""
PNG_START = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8\xff"
SCAN = b"\xff\xda"
"""The bytes that a scan of a JPEG file begins with."""

BOX = 20
"""Side of the box that a digit is scaled into, in pixels."""
LARGEST_SIDE = 1024
"""A picture with a longer side is shrunk to this before anything else."""
ROUNDING = 0.4999
"""Less than a half, so that a centre exactly between two pixels takes the lower one."""
JPEG_PARTS = (2, 4, 8)
"""JPEG can be decoded at these parts of its size, and is while it stays at `LARGEST_SIDE`."""
GREY = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in ITU-R BT.601."""

MOST_WORKING_PIXELS = 25_600
"""A digit is looked for in a picture of at most so many pixels."""
ENLARGED = 4
"""A picture of fewer than 28 pixels a side is enlarged so many times."""
MOST_CELLS = 6_400
"""In a picture of more pixels, connected parts are looked for in cells of 2×2 pixels."""
FAINT = 25
"""What is not above this, of 255, is background where a 28×28 image is compared with MNIST's."""
FULL = 200
"""What the strongest ink of an image of MNIST reaches."""
NEAR = 10
"""A pixel is paper if its distance from a surface is at most this, of 255."""
LEAST_CONTRAST = 8
"""Ink differs from the paper by more than this, of 255."""
NOISES = 8
"""Ink differs from the paper by more than so many times the paper's median difference."""
MOST_OTSU = 60
"""The threshold is at most this part of the strongest contrast, in percent."""
WEAK = 60
"""Ink that is connected to strong ink may have this part of its contrast, in percent."""
FULL_ROW = 90
"""A row or column belongs to a line or a frame if so many percent of it are ink."""
FEWEST_LINES = 2
"""One full row alone may be the bar of a 7 that is cut to its box."""
MOST_LINES = 3
"""At most this part of the rows are lines: a third."""
LARGE_PART = 30
"""A part with so many percent of the largest part's mass belongs to the digit wherever it is."""
SMALL_PART = 3
"""A part with so many percent of the largest part's mass belongs to the digit if it is near."""
SPECK = 40
"""A part that is smaller than this part of the picture, a fortieth, is a speck."""
USUAL_TOP = 216
"""What the strongest ink of half of the rows and columns reaches at least."""
GROUND_SAMPLES = 48
"""The light of the paper is compared at so many rows and columns."""


_PARTS = 1260
"""A number that 4, 5, 7 and 9 divide."""
_Range = tuple[int, int]


def _patches() -> tuple[np.ndarray, np.ndarray, int]:
    """Returns the places of 63 pixels in each of 16 patches, for `PATCHES`."""
    middle = (33, 67)
    places = []
    for start, end in ((0, 4), (8, 14)):
        first, last = (start, end), (100 - end, 100 - start)
        from_first, to_last = (start, start + 25), (75 - start, 100 - start)
        for down, high in ((first, from_first), (middle, middle), (last, to_last)):
            for across, wide in ((first, from_first), (middle, middle), (last, to_last)):
                if middle in (down, across):
                    places.append(_grid(down, across, 9, 7))
                else:
                    # A corner is an L along both sides.
                    places.append(_grid(down, wide, 7, 5) + _grid(high, across, 4, 7))
        del places[-5]
    rows, columns = np.array(places).transpose(2, 0, 1)
    return rows, columns, 200 * _PARTS


def _grid(down: _Range, across: _Range, high: int, wide: int) -> list[_Range]:
    """Returns the centres of high x wide parts of a rectangle, which is given in percent."""
    return [
        (_centre(down, row, high), _centre(across, column, wide))
        for row in range(high)
        for column in range(wide)
    ]


def _centre(ends: _Range, index: int, count: int) -> int:
    start, end = ends
    return (2 * count * start + (2 * index + 1) * (end - start)) * (_PARTS // count)


PATCHES = _patches()
"""Rows and columns of the pixels in 16 patches, `[16, 63]`, and the size that they are parts of.

The first eight patches are at the border, 4 % deep, the others 8 to 14 % inside. Each eight are in
the order of rows, without the one in the middle.
"""

SURFACES = np.zeros((3, 3, 3, 9), int)
"""Three surfaces, by four times their values at 3x3 places, from eight medians and that of all.

The first is even. The second is bilinear, through the corners. The third is quadratic, through
all eight: the one in the middle is what makes the surface's highest term 0.
"""
SURFACES[0, :, :, 8] = 4
for _row in range(3):
    for _column in range(3):
        for _corner, _place in ((0, (0, 0)), (2, (0, 2)), (5, (2, 0)), (7, (2, 2))):
            _share = (2 - abs(_row - _place[0])) * (2 - abs(_column - _place[1]))
            SURFACES[1, _row, _column, _corner] = _share
SURFACES[2].reshape(9, 9)[[0, 1, 2, 3, 5, 6, 7, 8], range(8)] = 4
SURFACES[2, 1, 1] = [-1, 2, -1, 2, 2, -1, 2, -1, 0]
