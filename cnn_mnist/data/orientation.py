"""Turns the images of a data set upright, and makes dark ones on light the reverse, as MNIST's are.

EMNIST's files hold each image transposed, and tensorflow-datasets gives it as they do
(https://www.tensorflow.org/datasets/catalog/emnist). Copies of EMNIST and MNIST in other formats
keep that or not, and some hold black digits on white.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import re
from collections.abc import Callable

import numpy as np

from cnn_mnist.data import appearance, idx, tfds
from cnn_mnist.data.loading import Dataset, Examples

_Turn = Callable[[np.ndarray], np.ndarray]

_UPRIGHT = "upright"
_TRANSPOSED = "transposed"
TURNS: dict[str, _Turn] = {
    _UPRIGHT: lambda images: images,
    _TRANSPOSED: lambda images: images.swapaxes(1, 2),
    "turned left": lambda images: np.rot90(images, -1, (1, 2)),
    "turned right": lambda images: np.rot90(images, 1, (1, 2)),
    "upside down": lambda images: images[:, ::-1, ::-1],
    "mirrored left to right": lambda images: images[:, :, ::-1],
    "mirrored top to bottom": lambda images: images[:, ::-1],
    "transposed along the other diagonal": lambda images: images[:, ::-1, ::-1].swapaxes(1, 2),
}
"""How images may lie, and the function that turns such images upright."""

_UPRIGHT_SETS = ("mnist", "fashion_mnist", "kmnist")
"""Names of tensorflow-datasets that need no check."""

_DIGITS = 10
_SIDE_OF_MNIST = 20
_MOST_CHECKED = 5000
_DEEPEST = 3
# The mean images of 2,000 MNIST digits correlate with those of MNIST at 0.98, turned ones at 0.76
# or less; those of 50 digits at 0.86 and 0.65, Fashion-MNIST's at 0.52.
_LEAST_CORRELATION = 0.75
_LEAST_LEAD = 0.1


def upright(dataset: Dataset, source: str, orientation: str, say: Callable[[str], None]) -> Dataset:
    """Returns a data set with its images upright and light on dark.

    Args:
      dataset: as its files hold it.
      source: the TFDS name or the path that it was loaded by.
      orientation: one of `config.choices.ORIENTATIONS`.
      say: called with one line of text about what is changed.
    """
    if orientation == "as_is":
        return dataset
    lie = _TRANSPOSED if orientation == _TRANSPOSED else _lie_of(dataset, source, say)
    inverts = appearance.is_dark_on_light(dataset.train.images)
    if inverts:
        say(
            f"The images of {dataset.name} are dark on light, and are inverted; "
            "orientation=as_is leaves them as they are"
        )
    if lie == _UPRIGHT and not inverts:
        return dataset
    parts = [_changed(part, TURNS[lie], inverts) for part in (dataset.train, dataset.test)]
    return dataclasses.replace(dataset, train=parts[0], test=parts[1])


def _changed(examples: Examples, turn: _Turn, inverts: bool) -> Examples:
    images = np.ascontiguousarray(turn(examples.images))
    return Examples(~images if inverts else images, examples.labels)


def _lie_of(dataset: Dataset, source: str, say: Callable[[str], None]) -> str:
    """Returns how the images lie, one of `TURNS`, and says so unless they are upright."""
    if source.partition(":")[0] in _UPRIGHT_SETS:
        return _UPRIGHT
    # The images decide also where the name is known, since some copies are turned already.
    measured = measured_lie(dataset.train)
    lie = measured or (_TRANSPOSED if has_name_of_emnist(source) else _UPRIGHT)
    if lie != _UPRIGHT:
        why = "compared with MNIST's digits" if measured else "as EMNIST's files are"
        say(
            f"The images of {dataset.name} are {lie}, {why}, and are turned upright; "
            "orientation=as_is leaves them as they are"
        )
    return lie


def has_name_of_emnist(source: str) -> bool:
    """Returns whether a source has the name of an EMNIST set.

    Args:
      source: a TFDS name such as `emnist/letters`; a file; a folder that holds files of such
        names, or whose only folder does; or a set of several in a folder, as in
        `folder/emnist-letters`.
    """
    if not os.path.exists(source):
        is_tfds_name = re.match(r"emnist([/:]|$)", source)
        return bool(is_tfds_name or re.match(r"emnist[-_]", os.path.basename(source).lower()))
    if os.path.isfile(source):
        return _is_emnists(os.path.basename(source))
    for _ in range(_DEEPEST):
        names = [name for name in os.listdir(source) if not name.startswith((".", "__"))]
        if len(names) != 1 or not os.path.isdir(os.path.join(source, names[0])):
            break
        source = os.path.join(source, names[0])
    return any(map(_is_emnists, names))


def _is_emnists(name: str) -> bool:
    # Folders of pictures are not meant: such copies are often upright.
    return re.match(r"emnist[-_].*(idx3|csv)", name.lower()) is not None


def measured_lie(examples: Examples) -> str | None:
    """Returns how the images of the digits lie, one of `TURNS`; None if that is not clear.

    Compares the mean image of each of the labels 0 to 9 with that of MNIST. It is not clear if
    a label is missing, or if these labels are not those digits.
    """
    images, labels = examples.images[:_MOST_CHECKED], examples.labels[:_MOST_CHECKED]
    if set(range(_DIGITS)) - set(labels.tolist()):
        return None
    if appearance.is_dark_on_light(images):
        images = ~images
    means = _means(images[..., 0], labels)
    sought = _enlarged(_means_of_mnist(), appearance.usual_side(images) / _SIDE_OF_MNIST)
    found = {lie: _correlation(turn(means), sought) for lie, turn in TURNS.items()}
    second, best = sorted(found, key=lambda lie: found[lie])[-2:]
    is_clear = found[best] >= _LEAST_CORRELATION and found[best] - found[second] >= _LEAST_LEAD
    return best if is_clear else None


def are_upright_digits(dataset: Dataset) -> bool:
    """Returns whether the ten classes are the digits 0 to 9 in their order, upright.

    The images decide, as in `measured_lie`, and not the names of the classes.
    """
    return len(dataset.class_names) == _DIGITS and measured_lie(dataset.train) == _UPRIGHT


def _means(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.stack([images[labels == digit].mean(axis=0) for digit in range(_DIGITS)])


@functools.cache
def _means_of_mnist() -> np.ndarray:
    paths = [
        os.path.join(tfds.SHIPPED_MNIST, f"t10k-{name}-ubyte.gz")
        for name in ("images-idx3", "labels-idx1")
    ]
    return _means(idx.read_images(paths[0])[..., 0], idx.read_labels(paths[1]))


def _enlarged(images: np.ndarray, factor: float) -> np.ndarray:
    """Returns images `[count, 28, 28]` enlarged about their middle, 1.2 times for EMNIST's size."""
    middle = (images.shape[1] - 1) / 2
    places = np.rint((np.arange(images.shape[1]) - middle) / max(factor, 0.1) + middle)
    inside = (places >= 0) & (places < images.shape[1])
    kept = np.where(inside, places, 0).astype(int)
    return images[:, kept][:, :, kept] * np.outer(inside, inside)


def _correlation(some: np.ndarray, others: np.ndarray) -> float:
    """Returns the mean of the correlations of the images with those of the same place."""
    pairs = [
        np.corrcoef(one.ravel(), other.ravel()) for one, other in zip(some, others, strict=True)
    ]
    return float(np.mean([pair[0, 1] for pair in pairs]))
