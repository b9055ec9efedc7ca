"""Loads data sets, by TFDS name or from files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from cnn_mnist.data import found as found_lib
from cnn_mnist.data import tfds
from cnn_mnist.data.files import local

TEST_FRACTION = 0.2
"""Of files without test images."""


@dataclasses.dataclass(frozen=True)
class Examples:
    """Images, uint8 `[count, 28, 28, 1]`, and labels, int32 `[count]`."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: np.ndarray | slice) -> Examples:
        """Returns the examples at `indices`; a copy of them unless `indices` is a slice."""
        return Examples(self.images[indices], self.labels[indices])


@dataclasses.dataclass(frozen=True)
class Selected:
    """The examples at some positions of others, which are copied only when they are asked for.

    A copy of the 55,000 training images would take 41 MiB beside the 60,000 that are loaded.

    Attributes:
      source: the others.
      positions: int64 `[count]`.
    """

    source: Examples
    positions: np.ndarray

    @property
    def images(self) -> np.ndarray:
        return self.source.images[self.positions]

    @property
    def labels(self) -> np.ndarray:
        return self.source.labels[self.positions]

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, indices: np.ndarray | slice) -> Examples:
        """Returns the examples at `indices`, copied."""
        return self.source.take(self.positions[indices])


@dataclasses.dataclass(frozen=True)
class Dataset:
    """The published training and test examples, and the names of the classes."""

    name: str
    train: Examples
    test: Examples
    class_names: tuple[str, ...]


def load(
    dataset: str,
    data_dir: str | None = None,
    offline: bool = False,
    say: Callable[[str], None] = lambda text: None,
    test_fraction: float = TEST_FRACTION,
) -> Dataset:
    """Loads a data set of grey images in 2 to 100 classes, as 28×28 pixels.

    Args:
      dataset: a TFDS name such as `mnist` or `emnist/digits`, or the path of files in one of
        the forms that docs/data.md lists.
      data_dir: where TFDS keeps its prepared sets; None for `~/tensorflow_datasets`.
      offline: forbids any network access.
      say: called with one line of text before work that takes seconds, and about what is
        assumed.
      test_fraction: the part of the images that become test images, if the files have none.

    Raises:
      DataError: the name is unknown, the set has other shapes or classes, a file is
        missing or damaged, or the set can be neither prepared nor downloaded.
      InstallationError: tensorflow-datasets, or pyarrow for Parquet files, cannot be imported.
    """
    if local.is_meant(dataset):
        return _from_files(dataset, say, test_fraction)
    parts, names = tfds.load(dataset, data_dir, offline, say)
    return Dataset(dataset, Examples(*parts["train"]), Examples(*parts["test"]), names)


def load_folder(folder: str) -> Dataset:
    """Loads the files of a folder; see `load`.

    Raises:
      DataError: a file is missing or damaged, holds images of another shape or none, or
        has a label out of range; or images and labels differ in number.
    """
    return _from_files(folder, lambda text: None, TEST_FRACTION)


def _from_files(path: str, say: Callable[[str], None], test_fraction: float) -> Dataset:
    given = found_lib.numbered(local.read(path, say))
    found = found_lib.with_test(given, test_fraction)
    train, test = (Examples(*found.parts[part]) for part in ("train", "test"))
    if found is not given:
        say(
            f"{found.name} has no test images, so {test_fraction:g} of each class, "
            f"{len(test):,} images, are for testing"
        )
    assert found.class_names is not None
    return Dataset(found.name, train, test, found.class_names)
