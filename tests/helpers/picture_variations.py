"""The same digit as people bring it: variations of a picture that must not change the answer.

Every variation takes a digit of MNIST, uint8 `[28, 28]`, light on dark, and a random generator. It
returns a picture of about 400 pixels a side, uint8 `[height, width]`, dark on light unless
its name says otherwise.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageFilter

SIDE = 400
"""Of the enlarged picture, in pixels."""
PAPER, INK = 235, 35


def plain(digit, rng=None):
    """Dark ink on even paper."""
    return on_paper(enlarged(digit))


def enlarged(digit, side=SIDE):
    """Returns the digit's ink, float64 `[side, side]` 0 to 1, with edges as of a pen."""
    image = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    return np.clip((np.asarray(image) / 255 - 0.5) * 4 + 0.5, 0, 1)


def on_paper(ink, paper=PAPER, pen=INK):
    """Lays ink, 0 to 1, over paper of one level or of a level for each pixel."""
    return np.clip(np.rint(paper + (pen - paper) * ink), 0, 255).astype(np.uint8)


def dim(digit, rng):
    """Brightness and gain: grey ink on darker grey paper than the old rule's middle."""
    paper = int(rng.integers(70, 120))
    return on_paper(enlarged(digit), paper, paper - 45)


def negative(digit, rng):
    """Chalk on a board."""
    return 255 - plain(digit)


def moved(digit, rng):
    """Margin and position: half of the paper, in any corner of it."""
    ink = np.zeros((SIDE, SIDE))
    top, left = rng.integers(0, SIDE - 200, 2)
    ink[top : top + 200, left : left + 200] = enlarged(digit, 200)
    return on_paper(ink)


def small(digit, rng):
    """Scale: the digit is a fifth of the paper."""
    ink = np.zeros((SIDE, SIDE))
    side = SIDE * 28 // (5 * 20)
    top, left = rng.integers(0, SIDE - side, 2)
    ink[top : top + side, left : left + side] = enlarged(digit, side)
    return on_paper(ink)


def framed(digit, rng):
    """A black edge around the paper, as scanners leave it."""
    picture = plain(digit)
    edge = int(rng.integers(4, 25))
    return np.pad(picture[edge:-edge, edge:-edge], edge, constant_values=int(rng.integers(0, 40)))


def thin(digit, rng):
    """A pen of 40 % of the width."""
    return on_paper(_with_pen(enlarged(digit), 0.4))


def thick(digit, rng):
    """A pen of 150 % of the width."""
    return on_paper(_with_pen(enlarged(digit), 1.5))


def _with_pen(ink, factor):
    inside = ink > 0.5
    links = sum(np.count_nonzero(np.diff(inside, axis=axis)) for axis in (0, 1))
    # A stroke of width w has two links to the paper for each pixel of its length.
    change = round(2 * np.count_nonzero(inside) / links * abs(factor - 1) / 2)
    image = Image.fromarray(np.rint(ink * 255).astype(np.uint8))
    for _ in range(change):
        smaller = ImageFilter.MinFilter(3) if factor < 1 else ImageFilter.MaxFilter(3)
        image = image.filter(smaller)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(1))) / 255


def gradient(digit, rng):
    """Uneven light: from one side to the other it falls by 40 %."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    turn = rng.uniform(0, 2 * np.pi)
    light = 0.8 + 0.2 * np.clip(np.cos(turn) * x + np.sin(turn) * y, -1, 1)
    return np.rint(plain(digit) * light).astype(np.uint8)


def dark_corners(digit, rng):
    """A lens that loses 25 % of the light in the corners."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    return np.rint(plain(digit) * (1 - 0.125 * (x * x + y * y))).astype(np.uint8)


def ruled(digit, rng):
    """Blue lines, in grey a third of the ink's contrast."""
    return _with_lines(digit, rng, [0])


def squared(digit, rng):
    """Squared paper."""
    return _with_lines(digit, rng, [0, 1])


def _with_lines(digit, rng, axes):
    paper = np.full((SIDE, SIDE), PAPER, float)
    step = int(rng.integers(35, 60))
    for axis in axes:
        for start in range(int(rng.integers(0, step)), SIDE - 2, step):
            paper[(slice(None),) * axis + (slice(start, start + 3),)] = PAPER - 65
    return on_paper(enlarged(digit), paper)


def specks(digit, rng):
    """Twelve dots of dirt as dark as the ink, up to 6 pixels wide."""
    picture = plain(digit).copy()
    for _ in range(12):
        top, left = rng.integers(0, SIDE - 6, 2)
        height, width = rng.integers(2, 7, 2)
        picture[top : top + height, left : left + width] = INK
    return picture


def noisy(digit, rng):
    """Noise with a standard deviation of 3 % of white, as of a camera in a room."""
    noise = rng.normal(0, 0.03 * 255, (SIDE, SIDE))
    return np.clip(np.rint(plain(digit) + noise), 0, 255).astype(np.uint8)


def badly_compressed(digit, rng):
    """A JPEG file of quality 8."""
    file = io.BytesIO()
    Image.fromarray(plain(digit)).save(file, "JPEG", quality=8)
    return np.asarray(Image.open(file))


VARIATIONS = {
    "brightness and gain": dim,
    "negative": negative,
    "margin and position": moved,
    "scale: a fifth": small,
    "black edge": framed,
    "thin pen": thin,
    "thick pen": thick,
    "gradient of 40 %": gradient,
    "dark corners of 25 %": dark_corners,
    "ruled": ruled,
    "squared": squared,
    "specks": specks,
    "noise of 3 %": noisy,
    "JPEG of quality 8": badly_compressed,
}
"""The name of each variation in the tables, and its function."""
