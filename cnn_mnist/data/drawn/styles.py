"""The ways in which people write digits: the table that `digits` draws from.

Each style belongs to one part. A model trains on drawings of the styles of `train` alone, so its
accuracy on those of `test` says how it reads a hand that it never saw.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.resources

PARTS = ("train", "test")
FILE = "styles.txt"

Point = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Style:
    """One way to write a digit.

    Attributes:
      digit: 0 to 9.
      part: `train` or `test`.
      name: what it looks like, in a few words; no other style of the digit has it.
      strokes: the points of each stroke, each with whether the pen turns sharply there. x grows
        to the right and y downwards; a digit is about 100 high.
    """

    digit: int
    part: str
    name: str
    strokes: tuple[tuple[tuple[Point, bool], ...], ...]


@functools.cache
def styles(part: str) -> tuple[Style, ...]:
    """Returns the styles of one of `PARTS`, by digit."""
    table = importlib.resources.files(__package__).joinpath(FILE).read_text("utf-8")
    rows = [_style(line) for line in table.splitlines() if not line.startswith("#")]
    return tuple(style for style in rows if style.part == part)


def _style(line: str) -> Style:
    digit, part, name, path = line.split(" | ")
    strokes = tuple(tuple(map(_point, stroke.split(", "))) for stroke in path.split(" / "))
    return Style(int(digit), part, name, strokes)


def _point(text: str) -> tuple[Point, bool]:
    x, y = text.rstrip("!").split()
    return (float(x), float(y)), text.endswith("!")
