"""Draws digits as people draw them on a screen: styles of a table, each time a little different.

`examples` makes images to train on, as `data.framing.numpy_framing` would frame the drawings; it
computes them at 28×28 straight away, at 4,000 a second and processor core. `papers` makes whole
drawings, 280×280 as the paper of the page *Draw*, to measure a model with.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterator, Mapping

import numpy as np
from PIL import Image, ImageDraw

from cnn_mnist.data.drawn.styles import Style, styles
from cnn_mnist.data.framing.constants import BOX, ROUNDING, SIZE
from cnn_mnist.data.loading import Examples

PAPER = 280
"""Side of the paper of the page *Draw*, in pixels."""
POINTS = 96
"""Points of a drawn line; in a box of 20 pixels they are half a pixel apart, rarely a whole one."""
_BATCH = 64
_STEPS = 24
"""Points of the curve between two points of a style, before they are spaced evenly."""
_FINER = 2
"""A paper is drawn so many times as large and then shrunk, for smooth edges."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """How drawings are put on the paper.

    Attributes:
      size: the longer side of the digit without the pen, as a part of the paper's; lowest, highest.
      pen: the width of the pen in pixels; lowest, highest.
      turned: degrees of the rotation, to either side; lowest, highest.
    """

    size: tuple[float, float] = (0.5, 0.8)
    pen: tuple[float, float] = (18.0, 26.0)
    turned: tuple[float, float] = (0.0, 10.0)


KINDS: Mapping[str, Kind] = {
    "typical": Kind(),
    "small": Kind(size=(0.18, 0.22), pen=(8.0, 12.0)),
    "small, thick pen": Kind(size=(0.24, 0.26), pen=(20.0, 22.0)),
    "thin pen": Kind(pen=(4.0, 8.0)),
    "thick pen": Kind(pen=(34.0, 42.0)),
    "turned by 30°": Kind(turned=(30.0, 30.0)),
}
"""`typical` is with about the default brush of *Draw*; each of the others differs in one way."""


def examples(count: int, seed: int) -> Examples:
    """Returns drawings in the styles to train on, framed, as many of each digit as of another.

    Pens are thin to very thick, and a third of the drawings are turned by up to 34 degrees.

    Args:
      count: how many.
      seed: determines all of them.
    """
    random = np.random.RandomState(seed)
    labels = (np.arange(count) % 10).astype(np.int32)
    images = np.empty([count, SIZE, SIZE, 1], np.uint8)
    chosen = _choose_styles(labels, random)
    for style in styles("train"):
        of_style = np.flatnonzero(chosen == styles("train").index(style))
        for start in range(0, len(of_style), _BATCH):
            part = of_style[start : start + _BATCH]
            images[part] = _framed(style, len(part), random)
    return Examples(images, labels)


def papers(style: Style, kind: Kind, count: int, seed: int) -> Iterator[np.ndarray]:
    """Yields drawings, black on white, uint8 `[280, 280]`.

    Args:
      style: how the digit is written.
      kind: its size, pen and rotation; one of `KINDS` or another.
      count: how many.
      seed: determines all of them.
    """
    random = np.random.RandomState([seed, *style.name.encode()])
    side = random.choice([-1, 1], count)
    lines = _lines(style, side * random.uniform(*kind.turned, count), random)
    lines -= lines.min(axis=1, keepdims=True)
    lines /= lines.max(axis=(1, 2), keepdims=True)
    for line in lines:
        pen, longest = random.uniform(*kind.pen), PAPER * random.uniform(*kind.size)
        room = PAPER - pen - line.max(axis=0) * longest
        corner = pen / 2 + random.uniform(0, np.maximum(room, 0))
        yield _paper(style, line * longest + corner, pen)


def _choose_styles(labels: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """Returns the index of a random style of each label's digit."""
    chosen = np.empty(len(labels), np.int64)
    for digit in range(10):
        which = np.array([n for n, s in enumerate(styles("train")) if s.digit == digit])
        here = labels == digit
        chosen[here] = random.choice(which, here.sum())
    return chosen


def _lines(style: Style, degrees: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """Returns one line for each rotation, float32 `[count, POINTS, 2]`, about 100 high."""
    count = len(degrees)
    weights, points, strokes = _curve(style)

    def normal(scale: float, *shape: int) -> np.ndarray:
        return random.standard_normal([count, *shape]) * scale

    wobble = random.uniform(0.5, 2.5, [count, 1, 1])
    line = weights @ (points + wobble * normal(1, len(points), 2))
    line += normal(1.5, strokes.max() + 1, 2)[:, strokes]
    line -= points.mean(axis=0)
    for _ in range(2):
        # A wave of about the digit's size bends it, each time in another direction.
        angle, phase = random.uniform(0, 2 * math.pi, [2, count, 1])
        along = line[..., 0] * np.cos(angle) + line[..., 1] * np.sin(angle)
        length = random.uniform(90, 200, [count, 1])
        bent = np.sin(2 * math.pi * along / length + phase)
        line += bent[..., np.newaxis] * normal(2.5, 1, 2)
    x, y = line[..., 0], line[..., 1]
    x = x * np.exp(normal(0.15, 1)) * (1 + np.clip(normal(0.1, 1), -0.25, 0.25) * y / 50)
    x = x - np.clip(0.08 + normal(0.14, 1), -0.3, 0.5) * y
    turn = np.radians(degrees)[:, np.newaxis]
    turned = (np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y)
    return np.stack(turned, axis=-1).astype(np.float32)


@functools.cache
def _curve(style: Style) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns how the points of a line follow from those of its style.

    Returns:
      The weights, float64 `[POINTS, points]`; the points of the style, `[points, 2]`; and the
      stroke of each point of the line, int64 `[POINTS]`.
    """
    points = np.array([point for stroke in style.strokes for point, _ in stroke])
    rows, ends, first = [], [], 0
    for stroke in style.strokes:
        corners = [n for n, (_, is_corner) in enumerate(stroke) if is_corner]
        pieces = zip([0, *corners], [*corners, len(stroke) - 1], strict=True)
        of_stroke = [_smooth(first + a, first + b, len(points)) for a, b in pieces if a < b]
        rows.append(np.concatenate(of_stroke))
        ends.append(np.linalg.norm(np.diff(rows[-1] @ points, axis=0), axis=1).sum())
        first += len(stroke)
    shares = np.maximum(2, np.round(POINTS * np.array(ends) / sum(ends))).astype(int)
    shares[0] += POINTS - shares.sum()
    spaced = [_spaced(row, points, share) for row, share in zip(rows, shares, strict=True)]
    return np.concatenate(spaced), points, np.repeat(np.arange(len(shares)), shares)


def _smooth(start: int, end: int, count: int) -> np.ndarray:
    """Returns the weights of `count` points on a Catmull-Rom curve through `start` to `end`."""
    t = np.linspace(0, 1, _STEPS)[:, np.newaxis]
    cubic = 0.5 * np.hstack(
        (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2)
    )
    weights = []
    for piece in range(start, end):
        of_piece = np.zeros([_STEPS, count])
        # At an end the curve has no further point; it takes the last one twice.
        for offset in range(4):
            at = min(max(piece - 1 + offset, start), end)
            of_piece[:, at] += cubic[:, offset]
        weights.append(of_piece)
    return np.concatenate(weights)


def _spaced(weights: np.ndarray, points: np.ndarray, count: int) -> np.ndarray:
    """Returns weights of `count` points that are evenly spaced along the same curve."""
    steps = np.linalg.norm(np.diff(weights @ points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = np.linspace(0, along[-1], count)
    return np.stack([np.interp(wanted, along, column) for column in weights.T], axis=1)


def _framed(style: Style, count: int, random: np.random.RandomState) -> np.ndarray:
    """Returns drawings of a style, framed, uint8 `[count, 28, 28, 1]`."""
    usual = np.clip(random.standard_normal(count) * 7, -16, 16)
    far = random.uniform(-34, 34, count)
    lines = _lines(style, np.where(random.uniform(size=count) < 0.67, usual, far), random)
    # A thick pen fills the rings of other digits, but not a 1.
    spread, widest = (0.65, 10.0) if style.digit == 1 else (0.45, 7.0)
    pens = np.clip(2.5 * np.exp(random.standard_normal(count) * spread), 1.2, widest)
    softness = random.uniform(0.9, 1.8, count)
    return render(lines, pens, softness)


def render(lines: np.ndarray, pens: np.ndarray, softness: np.ndarray) -> np.ndarray:
    """Draws lines as they look when framed: in a box of 20 pixels, centred by their mass.

    Args:
      lines: float `[count, points, 2]`, x and y, of any size.
      pens: `[count]`, the width of the pen in pixels of the framed image.
      softness: `[count]`, the pixels over which an edge goes from ink to background.

    Returns:
      uint8 `[count, 28, 28, 1]`.
    """
    pens = pens.astype(np.float32)[:, np.newaxis]
    lines = lines - lines.min(axis=1, keepdims=True)
    lines *= (BOX - pens[..., np.newaxis]) / lines.max(axis=(1, 2), keepdims=True)
    size = np.rint(lines.max(axis=1) + pens)
    lines += pens[..., np.newaxis] / 2
    middles = np.arange(SIZE, dtype=np.float32) + np.float32(0.5)
    x, y = (np.square(lines[..., axis : axis + 1] - middles).astype(np.float32) for axis in (0, 1))
    nearest = np.full([len(lines), SIZE, SIZE], np.inf, np.float32)
    distance = np.empty_like(nearest)
    for point in range(lines.shape[1]):
        np.add(y[:, point, :, np.newaxis], x[:, point, np.newaxis, :], out=distance)
        np.minimum(nearest, distance, out=nearest)
    edge = pens[..., np.newaxis] / 2 - np.sqrt(nearest)
    ink = np.clip(edge / softness.astype(np.float32)[:, np.newaxis, np.newaxis] + 0.5, 0, 1)
    return np.rint(_centred(ink, size) * 255).astype(np.uint8)[..., np.newaxis]


def _centred(ink: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Returns images moved so that the middle of their mass is the middle of the image.

    Args:
      ink: `[count, 28, 28]`, each in a box at the upper left.
      size: `[count, 2]`, width and height of the boxes.
    """
    indices, which = [], np.arange(len(ink))[:, np.newaxis]
    for axis, width in ((1, size[:, 0]), (2, size[:, 1])):
        centre = ink.sum(axis=axis) @ np.arange(SIZE) / ink.sum(axis=(1, 2))
        corner = np.clip(np.floor(SIZE / 2 - centre + ROUNDING), 0, SIZE - width).astype(int)
        # What goes around is background.
        indices.append((np.arange(SIZE) - corner[:, np.newaxis]) % SIZE)
    x, y = indices
    return ink[which[..., np.newaxis], y[:, :, np.newaxis], x[:, np.newaxis, :]]


def _paper(style: Style, line: np.ndarray, pen: float) -> np.ndarray:
    """Returns one line drawn on the paper, uint8 `[280, 280]`."""
    image = Image.new("L", (PAPER * _FINER, PAPER * _FINER), 255)
    draw = ImageDraw.Draw(image)
    _, _, strokes = _curve(style)
    half = pen / 2 * _FINER
    for stroke in range(strokes.max() + 1):
        points = line[strokes == stroke] * _FINER
        draw.line([tuple(point) for point in points], fill=0, width=round(2 * half))
        for x, y in points:
            draw.ellipse((x - half, y - half, x + half, y + half), fill=0)
    return np.asarray(image.reduce(_FINER))
