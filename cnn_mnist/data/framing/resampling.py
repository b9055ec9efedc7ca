"""Resizes pictures in NumPy, to the same bits as TensorFlow's op ScaleAndTranslate.

Every sum and product is rounded to float32 in the order of the op with antialiasing, as
web/pages/images/resampling.js does it in JavaScript.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

import numpy as np

_BLOCK = 16
"""Rows that are resized at a time, few enough to stay in the processor's cache."""


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(np.float32(1) - x, np.float32(0))


def _keys_cubic(x: np.ndarray) -> np.ndarray:
    """R. G. Keys, Cubic convolution interpolation for digital image processing, 1981; a = -1/2."""
    far = ((np.float32(-0.5) * x + np.float32(2.5)) * x - np.float32(4)) * x + np.float32(2)
    near = ((np.float32(1.5) * x - np.float32(2.5)) * x) * x + np.float32(1)
    return np.where(x >= 2, np.float32(0), np.where(x >= 1, far, near))


_KERNELS: dict[str, tuple[int, Callable[[np.ndarray], np.ndarray]]] = {
    "triangle": (1, _triangle),
    "keyscubic": (2, _keys_cubic),
}
"""The radius of each kernel, and the weight at a distance in pixels, which is not negative."""


@dataclasses.dataclass(frozen=True)
class _Spans:
    """The old pixels that each new pixel of one axis is computed from.

    Attributes:
      places: int `[new size, most]`.
      weights: float32 `[new size, most]`; 0 beyond the last old pixel.
    """

    places: np.ndarray
    weights: np.ndarray


def resize(pixels: np.ndarray, height: int, width: int, kernel: str) -> np.ndarray:
    """Resizes a picture, each side by its own factor.

    Args:
      pixels: `[height, width, channels]` of any integers up to 16 bits, or float32.
      height: of the result, at least 1.
      width: of the result, at least 1.
      kernel: `triangle` or `keyscubic`.

    Returns:
      float32 `[height, width, channels]`, in the range of the input.
    """
    return resize_strips([pixels], pixels.shape, (height, width), kernel)


def resize_strips(
    strips: Iterable[np.ndarray], size: tuple[int, ...], new_size: tuple[int, int], kernel: str
) -> np.ndarray:
    """Does the same as `resize` with a picture that is given from above, some rows at a time.

    Args:
      strips: `[rows, width, channels]` each.
      size: height and width of the picture.
      new_size: of the result.
      kernel: as of `resize`.
    """
    rows, columns = (_spans(size[axis], new_size[axis], kernel) for axis in (0, 1))
    coming = iter(strips)
    # Of other arrays, each `take` would copy all.
    held, top = np.ascontiguousarray(next(coming)), 0
    resized = np.empty((*new_size, held.shape[2]), np.float32)
    for start in range(0, new_size[0], _BLOCK):
        block = slice(start, start + _BLOCK)
        places = rows.places[block]
        if places.max() >= top + len(held):
            parts, top = [held[places.min() - top :]], places.min()
            while places.max() >= top + sum(map(len, parts)):
                parts.append(next(coming))
            held = np.concatenate(parts)
        by_row = _gathered(held, _Spans(places - top, rows.weights[block]), 0)
        resized[block] = _gathered(by_row, columns, 1)
    return resized


def _spans(size: int, new_size: int, kernel: str) -> _Spans:
    radius, weight = _KERNELS[kernel]
    step = np.float32(1) / (np.float32(new_size) / np.float32(size))
    # When a picture shrinks, the kernel is widened, so that every old pixel counts.
    widening = np.maximum(step, np.float32(1))
    reach = np.float32(radius) * widening
    half = np.float32(0.5)
    centres = (np.arange(new_size, dtype=np.float32) + half) * step
    first = np.clip(np.ceil(centres - reach - half), 0, size - 1).astype(np.int64)
    last = np.clip(np.floor(centres + reach - half), 0, size - 1).astype(np.int64)
    offsets = np.arange((last - first).max() + 1)
    places = first[:, np.newaxis] + offsets
    distances = places.astype(np.float32) + half - centres[:, np.newaxis]
    weights = weight(np.abs(distances * (np.float32(1) / widening)))
    weights[places > last[:, np.newaxis]] = 0
    # cumsum adds one after the other; sum would add in pairs.
    totals = np.cumsum(weights, axis=1, dtype=np.float32)[:, -1:]
    return _Spans(np.minimum(places, size - 1), weights * (np.float32(1) / totals))


def _gathered(pixels: np.ndarray, spans: _Spans, axis: int) -> np.ndarray:
    """Returns the weighted sums along one axis."""
    shape = [1, 1, 1]
    shape[axis] = -1
    total: np.ndarray | None = None
    for place, weight in zip(spans.places.T, spans.weights.T, strict=True):
        product = pixels.take(place, axis).astype(np.float32, copy=False)
        product *= weight.reshape(shape)
        total = product if total is None else np.add(total, product, out=total)
    assert total is not None
    return total
