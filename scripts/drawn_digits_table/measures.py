"""What scripts/drawn_digits measures, and its sheet of drawings."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from cnn_mnist.data.drawn import digits as drawn_digits
from cnn_mnist.data.drawn import styles as drawn_styles
from cnn_mnist.data.drawn.styles import Style
from cnn_mnist.data.framing import numpy_framing
from cnn_mnist.evaluation.predictor import Predictor

_ON_SHEET = 12
_SIDE = 64


def rates(predict: Predictor, style: Style, count: int, seed: int) -> list[float]:
    """Returns the part of `count` drawings that are read right, for each of `KINDS`."""
    images = [
        numpy_framing.frame(png(paper))
        for kind in drawn_digits.KINDS.values()
        for paper in drawn_digits.papers(style, kind, count, seed)
    ]
    right = predict(np.stack(images)).classes == style.digit
    return [float(rate) for rate in right.reshape(-1, count).mean(axis=1)]


def sheet(part: str, seed: int) -> Image.Image:
    """Returns typical drawings of the styles of a part, a style a row, in two columns."""
    typical = drawn_digits.KINDS["typical"]
    rows = [
        np.hstack([_small(paper) for paper in drawn_digits.papers(style, typical, _ON_SHEET, seed)])
        for style in drawn_styles.styles(part)
    ]
    rows += [np.full_like(rows[0], 255)] * (len(rows) % 2)
    half = len(rows) // 2
    return Image.fromarray(np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])]))


def _small(paper: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(paper).resize((_SIDE, _SIDE), Image.Resampling.BOX))


def png(paper: np.ndarray) -> bytes:
    """Returns a grey picture, uint8 `[height, width]`, as the bytes of a PNG file."""
    file = io.BytesIO()
    Image.fromarray(paper).save(file, "PNG", compress_level=1)
    return file.getvalue()
