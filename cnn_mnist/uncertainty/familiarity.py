"""How unlike all training images an image is, from its pixels alone.

An image is described by its strokes: where it has some of which direction. The images of each
class are grouped, and each group gets a Gaussian with a few main axes and the same variance along
all others (M. Tipping and C. Bishop, Mixtures of Probabilistic Principal Component Analysers,
1999). An image's distance is that to the nearest group. It needs no output of the network, so
that every engine, the browser's too, can compute it.
"""

from __future__ import annotations

import base64
import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from cnn_mnist.support import records

CELLS = 7
"""The cells along a side of an image."""
DIRECTIONS = 4
SIZE = CELLS * CELLS * DIRECTIONS
AXES = 16
"""The main axes of each group."""
GROUPS = 40
"""How many groups all classes have together, at most, unless there are more classes."""

_POSITIVE = records.list_of(records.number(1e-12))
_KINDS = {
    "groups": records.count(1),
    "means": records.TEXT,
    "axes": records.TEXT,
    "scales": records.list_of(_POSITIVE),
    "variances": records.list_of(_POSITIVE),
    "rests": _POSITIVE,
}
_CHUNK = 500
_LEAST_IN_CLASS = 30
_LEAST_IN_GROUP = 100
_ROUNDS = 8
_LEAST_VARIANCE = 1e-3


@dataclasses.dataclass(frozen=True)
class Familiarity:
    """The groups of a data set's training images.

    The values are rounded as the file stores them, so that all engines compute with the same.

    Attributes:
      means: uint8 `[groups, 196]`, 255 for a value of 1.
      axes: int8 `[groups, 16, 196]`, 127 for the largest value of an axis.
      scales: float64 `[groups, 16]`, what an axis is multiplied by.
      variances: float64 `[groups, 16]`, along each axis.
      rests: float64 `[groups]`, the variance along all other directions.
    """

    means: np.ndarray
    axes: np.ndarray
    scales: np.ndarray
    variances: np.ndarray
    rests: np.ndarray

    def distances(self, images: np.ndarray) -> np.ndarray:
        """Returns how far each image is from the nearest group, float64 `[count]`.

        That is -2 times the logarithm of the group's density, but for a constant.

        Args:
          images: uint8 `[count, 28, 28, 1]`.
        """
        found = [self._distances(strokes(chunk)) for chunk in _chunks(images)]
        return np.concatenate(found) if found else np.zeros(0)

    def _distances(self, described: np.ndarray) -> np.ndarray:
        means = (self.means / 255).astype(np.float32)
        axes = (self.axes * self.scales[..., np.newaxis]).astype(np.float32)
        groups, _, size = axes.shape
        squares = (described**2).sum(axis=1)[:, np.newaxis] - 2 * described @ means.T
        squares = squares + (means**2).sum(axis=1)
        along = (described @ axes.reshape(-1, size).T).reshape(-1, groups, AXES)
        along = along - np.einsum("gas,gs->ga", axes, means)
        rest = np.maximum(squares - (along**2).sum(axis=2), 0) / self.rests
        logarithms = np.log(self.variances).sum(axis=1) + (size - AXES) * np.log(self.rests)
        found = (along**2 / self.variances).sum(axis=2) + rest + logarithms
        return found.min(axis=1).astype(np.float64)

    def as_json(self) -> dict[str, Any]:
        """Returns what `from_json` reads; the page reads it too."""
        return {
            "groups": len(self.means),
            "means": base64.b64encode(self.means.tobytes()).decode(),
            "axes": base64.b64encode(self.axes.tobytes()).decode(),
            "scales": self.scales.tolist(),
            "variances": self.variances.tolist(),
            "rests": self.rests.tolist(),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Familiarity:
        """Reads what `as_json` returned.

        Raises:
          ValueError: it is something else.
        """
        records.check(values, _KINDS)
        groups, size = values["groups"], SIZE
        means = np.frombuffer(base64.b64decode(values["means"]), np.uint8)
        axes = np.frombuffer(base64.b64decode(values["axes"]), np.int8)
        scales, variances, rests = (
            np.array(values[name], np.float64) for name in ("scales", "variances", "rests")
        )
        return cls(
            means.reshape(groups, size),
            axes.reshape(groups, AXES, size),
            scales.reshape(groups, AXES),
            variances.reshape(groups, AXES),
            rests.reshape(groups),
        )


def _chunks(images: np.ndarray) -> Iterator[np.ndarray]:
    """Yields a few images at a time, which bounds the memory of what is computed of them."""
    return (images[at : at + _CHUNK] for at in range(0, len(images), _CHUNK))


def strokes(images: np.ndarray) -> np.ndarray:
    """Returns where strokes of each direction are, float32 `[count, 196]`.

    That is the change of light along four directions, in each of 7×7 cells. The mean in a cell is
    that of the fourth powers, so that a stroke counts in its own direction, and little in others.

    Args:
      images: uint8 `[count, 28, 28, 1]`.
    """
    light = np.pad(images[..., 0].astype(np.float32) / 255, ((0, 0), (1, 1), (1, 1)))
    across = light[:, 1:-1, 2:] - light[:, 1:-1, :-2]
    down = light[:, 2:, 1:-1] - light[:, :-2, 1:-1]
    size = images.shape[1] // CELLS
    found = []
    for number in range(DIRECTIONS):
        angle = math.pi * number / DIRECTIONS
        change = across * np.float32(math.cos(angle)) + down * np.float32(math.sin(angle))
        powers = np.square(np.square(change)).reshape(-1, CELLS, size, CELLS, size)
        found.append(powers.mean(axis=(2, 4)).reshape(-1, CELLS * CELLS))
    return np.sqrt(np.sqrt(np.concatenate(found, axis=1)))


def fit(images: np.ndarray, labels: np.ndarray) -> Familiarity | None:
    """Describes a data set's training images; the same images always give the same.

    Args:
      images: uint8 `[count, 28, 28, 1]`; 20,000 are enough.
      labels: int `[count]`.

    Returns:
      The groups; None if no class has 30 images.
    """
    pixels = np.concatenate([strokes(chunk) for chunk in _chunks(images)])
    classes = np.unique(labels)
    each = max(1, GROUPS // max(1, len(classes)))
    groups = []
    for label in classes:
        of_class = pixels[labels == label]
        if len(of_class) >= _LEAST_IN_CLASS:
            groups += _grouped(of_class, max(1, min(each, len(of_class) // _LEAST_IN_GROUP)))
    if not groups:
        return None
    described = zip(*(_described(group) for group in groups), strict=True)
    # In the order of the file, so that sums are rounded as after reading it.
    return Familiarity(*(np.ascontiguousarray(np.stack(values)) for values in described))


def _grouped(pixels: np.ndarray, count: int) -> list[np.ndarray]:
    """Groups images around `count` centres (k-means), and drops groups of a few images."""
    centres = pixels[np.linspace(0, len(pixels) - 1, count).astype(np.int64)]
    nearest = np.zeros(len(pixels), np.int64)
    for _ in range(_ROUNDS if count > 1 else 0):
        nearest = ((centres**2).sum(axis=1) - 2 * pixels @ centres.T).argmin(axis=1)
        groups = [pixels[nearest == number] for number in range(count)]
        pairs = zip(groups, centres, strict=True)
        centres = np.stack([g.mean(axis=0) if len(g) else centre for g, centre in pairs])
    groups = [pixels[nearest == number] for number in range(count)]
    return [group for group in groups if len(group) >= _LEAST_IN_CLASS]


def _described(
    pixels: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Returns the mean of a group, its axes, their scales and variances, and the rest."""
    mean = pixels.mean(axis=0)
    away = (pixels - mean).astype(np.float64)
    covariance = away.T @ away / len(away)
    values, axes = _main_axes(covariance)
    others = np.trace(covariance) - values.sum()
    rest = max(float(others) / (len(covariance) - AXES), _LEAST_VARIANCE)
    scales = _rounded(np.abs(axes).max(axis=1) / 127)
    return (
        np.rint(mean * 255).astype(np.uint8),
        np.rint(axes / scales[:, np.newaxis]).astype(np.int8),
        scales,
        _rounded(np.maximum(values, rest)),
        _rounded(np.array(rest)),
    )


def _main_axes(covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the 16 largest eigenvalues, and their vectors as rows, by subspace iteration.

    That takes a tenth of the time of finding all of them.
    """
    space = np.random.RandomState(0).normal(size=(len(covariance), AXES + 8))
    for _ in range(_ROUNDS):
        # Not with @: BLAS starts threads for each of these hundreds of small products, which
        # takes longer than the products do.
        space = np.linalg.qr(np.einsum("ij,jk->ik", covariance, space))[0]
    values, vectors = np.linalg.eigh(space.T @ covariance @ space)
    return values[: -AXES - 1 : -1], (space @ vectors).T[: -AXES - 1 : -1]


def _rounded(values: np.ndarray) -> np.ndarray:
    """Rounds to five digits, which keeps the file small."""
    return np.vectorize(lambda value: float(f"{value:.4e}"))(values)
