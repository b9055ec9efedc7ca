"""Makes pictures that show no digit: letters of a font, symbols, scribbles and noise."""

from __future__ import annotations

import dataclasses
import math
import pathlib
import string
from collections.abc import Callable, Sequence

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 160
KINDS = ("letter", "letter", "symbol", "scribble", "noise")
"""In turn; every second picture of noise is a scribble."""

Point = tuple[float, float]
Stroke = list[Point]

SYMBOLS: dict[str, list[Stroke]] = {
    "cross": [[(-1, -1), (1, 1)], [(1, -1), (-1, 1)]],
    "plus": [[(-1, 0), (1, 0)], [(0, -1), (0, 1)]],
    "triangle": [[(0, -1), (1, 1), (-1, 1), (0, -1)]],
    "square": [[(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]],
    "arrow": [[(-1, 0), (1, 0)], [(0.4, -0.6), (1, 0), (0.4, 0.6)]],
    "zigzag": [[(-1, 0.5), (-0.67, -0.5), (-0.33, 0.5), (0, -0.5), (0.33, 0.5), (1, -0.5)]],
    "house": [[(-1, 0), (0, -1), (1, 0), (1, 1), (-1, 1), (-1, 0)]],
    "tick": [[(-1, 0), (-0.3, 0.8), (1, -1)]],
    "hash": [
        [(-0.4, -1), (-0.4, 1)],
        [(0.4, -1), (0.4, 1)],
        [(-1, -0.4), (1, -0.4)],
        [(-1, 0.4), (1, 0.4)],
    ],
    "star": [
        [(math.sin(turn * 4 * math.pi / 5), -math.cos(turn * 4 * math.pi / 5)) for turn in range(6)]
    ],
}
"""Straight strokes, from -1 to 1."""
HEART = [(0, -0.4), (0.5, -0.9), (1, -0.3), (0, 1), (-1, -0.3), (-0.5, -0.9), (0, -0.4)]
"""Points of a curve."""


@dataclasses.dataclass(frozen=True)
class NotDigit:
    """A picture: its kind, what it shows, and uint8 `[160, 160]`, light on dark."""

    kind: str
    shown: str
    pixels: np.ndarray


def make(count: int, seed: int = 0, fonts: Sequence[str] = ()) -> list[NotDigit]:
    """Returns pictures of all kinds, 40 % of them letters.

    Args:
      count: how many.
      seed: the same seed gives the same pictures.
      fonts: font files for the letters; matplotlib's DejaVu if none are given.
    """
    rng = np.random.default_rng(seed)
    fonts = fonts or dejavu()
    makers: dict[str, Callable[[], NotDigit]] = {
        "letter": lambda: _letter(rng, fonts),
        "symbol": lambda: _symbol(rng),
        "scribble": lambda: _scribble(rng),
        "noise": lambda: _noise(rng),
    }
    kinds = ["scribble" if at % 10 == 9 else KINDS[at % 5] for at in range(count)]
    return [makers[kind]() for kind in kinds]


def dejavu() -> list[str]:
    """Returns matplotlib's font files of letters."""
    folder = pathlib.Path(matplotlib.get_data_path(), "fonts", "ttf")
    return sorted(str(path) for path in folder.glob("DejaVu*.ttf") if "Display" not in path.name)


def _letter(rng: np.random.Generator, fonts: Sequence[str]) -> NotDigit:
    shown = string.ascii_letters[rng.integers(52)]
    font = ImageFont.truetype(fonts[rng.integers(len(fonts))], int(rng.integers(70, 120)))
    image = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(image).text((SIDE / 2, SIDE / 2), shown, 255, font=font, anchor="mm")
    turned = image.rotate(rng.normal(0, 6), Image.Resampling.BICUBIC)
    return NotDigit("letter", shown, np.asarray(turned))


def _symbol(rng: np.random.Generator) -> NotDigit:
    names = [*SYMBOLS, "heart", "spiral", "smiley"]
    shown = names[rng.integers(len(names))]
    if shown in SYMBOLS:
        strokes = SYMBOLS[shown]
    elif shown == "heart":
        strokes = [_curve(HEART)]
    elif shown == "smiley":
        mouth = _ring(0, 0.1, 0.5, 0.3, math.pi - 0.3)
        strokes = [_ring(0, 0, 1), mouth, _ring(-0.4, -0.3, 0.05), _ring(0.4, -0.3, 0.05)]
    else:
        turns = np.linspace(0, rng.uniform(11, 19), 150)
        strokes = [[(t * math.cos(t) / turns[-1], t * math.sin(t) / turns[-1]) for t in turns]]
    size, sway = rng.uniform(35, 60), rng.normal(0, 0.05, (8, 2))
    placed = [
        [
            (SIDE / 2 + size * (x + sway[at % 8, 0]), SIDE / 2 + size * (y + sway[at % 8, 1]))
            for at, (x, y) in enumerate(stroke)
        ]
        if len(stroke) < 10
        else [(SIDE / 2 + size * x, SIDE / 2 + size * y) for x, y in stroke]
        for stroke in strokes
    ]
    return NotDigit("symbol", shown, _drawn(placed, rng))


def _scribble(rng: np.random.Generator) -> NotDigit:
    points = rng.uniform(20, SIDE - 20, (int(rng.integers(6, 14)), 2)).tolist()
    return NotDigit("scribble", "scribble", _drawn([_curve(points)], rng))


def _noise(rng: np.random.Generator) -> NotDigit:
    shown = ("fine", "coarse", "specks")[rng.integers(3)]
    if shown == "coarse":
        pixels = np.kron(rng.uniform(0, 255, (16, 16)), np.ones((10, 10)))
    else:
        pixels = rng.uniform(0, 255, (SIDE, SIDE))
    if shown == "specks":
        pixels = 255.0 * (pixels < 8)
    return NotDigit("noise", shown, pixels.astype(np.uint8))


def _ring(x: float, y: float, radius: float, start: float = 0, end: float = 2 * math.pi) -> Stroke:
    angles = np.linspace(start, end, 40)
    return [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles]


def _curve(points: Sequence[Sequence[float]]) -> Stroke:
    """Returns a smooth curve through points, by Catmull and Rom."""
    known = np.array([points[0], *points, points[-1]], float)
    at = np.linspace(0, 1, 16)[:, np.newaxis]
    found: list[Point] = []
    for a, b, c, d in zip(known, known[1:], known[2:], known[3:], strict=False):
        cubic = 2 * b + (c - a) * at + (2 * a - 5 * b + 4 * c - d) * at**2
        found += map(tuple, (cubic + (3 * b - a - 3 * c + d) * at**3) / 2)
    return found


def _drawn(strokes: list[Stroke], rng: np.random.Generator) -> np.ndarray:
    """Draws strokes with a round pen."""
    image = Image.new("L", (2 * SIDE, 2 * SIDE))
    draw, width = ImageDraw.Draw(image), int(rng.integers(10, 30))
    for stroke in strokes:
        points = [(2 * x, 2 * y) for x, y in stroke]
        draw.line(points, 255, width, joint="curve")
        for x, y in points:
            half = width / 2
            draw.ellipse((x - half, y - half, x + half, y + half), fill=255)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX))
