"""A data set as files hold it; numbers its classes, and takes test images from it if need be."""

from __future__ import annotations

import dataclasses

import numpy as np

from cnn_mnist.data.decoded import Arrays
from cnn_mnist.errors import DataError
from cnn_mnist.networks.architecture import CLASSES, LEAST_CLASSES, MOST_CLASSES

_TEST_SEED = 20170102


@dataclasses.dataclass(frozen=True)
class Found:
    """A data set as some files hold it.

    Attributes:
      name: of the data set.
      where: the file or folder, for messages.
      parts: `train`, and `test` if the files have test images: images, uint8
        `[count, 28, 28, 1]`, and labels, whole numbers `[count]`.
      class_names: the names of the classes if the files have them.
    """

    name: str
    where: str
    parts: dict[str, Arrays]
    class_names: tuple[str, ...] | None = None


def numbered(found: Found) -> Found:
    """Returns the data with labels from 0 on, int32, and a name for each class.

    Labels from 1 on, as in EMNIST's letters, are shifted. Without names, the classes are the labels
    of the training images, and their numbers are the names; labels of a part of 0 to 9 are of ten
    classes, unless they are 0 or 1 to some number without a gap.

    Raises:
      DataError: a part is empty, a label has no class, or there are too few or too many classes.
    """
    for part, (images, labels) in found.parts.items():
        if not len(images):
            raise DataError(f"{found.where} holds no images to {part}")
        if labels.min() < 0:
            raise DataError(f"{found.where}: a label is {labels.min()}; expected 0 or more")
    values, names = _classes(found)
    parts = {}
    for part, (images, labels) in found.parts.items():
        places = np.minimum(np.searchsorted(values, labels), len(values) - 1)
        if (wrong := values[places] != labels).any():
            position = int(wrong.argmax())
            raise DataError(
                f"{found.where}: label {position} of the {part} images is {labels[position]}; "
                f"expected {_listed(values)}"
            )
        parts[part] = images, places.astype(np.int32)
    return dataclasses.replace(found, parts=parts, class_names=names)


def _classes(found: Found) -> tuple[np.ndarray, tuple[str, ...]]:
    """Returns the labels of the classes, in their order, and the names."""
    present, counts = np.unique(found.parts["train"][1], return_counts=True)
    low, high = int(present[0]), int(present[-1])
    if found.class_names is not None:
        count = len(found.class_names)
        first = 1 if (low, high) == (1, count) else 0
        _check_count(found.where, count)
        return np.arange(first, first + count), found.class_names
    is_without_gap = low <= 1 and high > low and len(present) == high - low + 1
    if not is_without_gap:
        if high < CLASSES:
            present = np.arange(CLASSES)
        elif counts.min() == 1:
            raise DataError(
                f"{found.where}: one training image alone has the label "
                f"{present[counts.argmin()]}; correct it, or name the classes in classes.txt"
            )
    _check_count(found.where, len(present))
    return present, tuple(map(str, present))


def _check_count(where: str, count: int) -> None:
    if not LEAST_CLASSES <= count <= MOST_CLASSES:
        raise DataError(
            f"{where} has {count:,} classes; allowed: {LEAST_CLASSES} to {MOST_CLASSES}"
        )


def _listed(values: np.ndarray) -> str:
    if len(values) == values[-1] - values[0] + 1:
        return f"{values[0]} to {values[-1]}"
    return f"one of the {len(values)} labels of the training images"


def with_test(found: Found, fraction: float) -> Found:
    """Returns numbered data with a test part; unchanged if it has one.

    The test images are random but fixed: the same for every seed and every run. They are
    `fraction` of each class, at least one image of a class of two or more.

    Raises:
      DataError: no class has two images.
    """
    if "test" in found.parts:
        return found
    images, labels = found.parts["train"]
    order = np.random.RandomState(_TEST_SEED).permutation(len(labels))
    is_test = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        of_class = order[labels[order] == label]
        count = max(1, round(fraction * len(of_class)))
        is_test[of_class[: min(count, len(of_class) - 1)]] = True
    if not is_test.any():
        raise DataError(f"{found.where} has one image of each class; expected two or more")
    parts = {
        "train": (images[~is_test], labels[~is_test]),
        "test": (images[is_test], labels[is_test]),
    }
    return dataclasses.replace(found, parts=parts)
