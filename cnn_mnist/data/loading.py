"""Loads data sets, by TFDS name or from a folder of IDX files."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable

import numpy as np

from cnn_mnist.data import idx, tfds
from cnn_mnist.data.class_names import saved_class_names
from cnn_mnist.errors import DataError, given


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
    """The published training and test examples, and the names of the ten classes."""

    name: str
    train: Examples
    test: Examples
    class_names: tuple[str, ...]


def load(
    dataset: str,
    data_dir: str | None = None,
    offline: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Dataset:
    """Loads a data set of 28×28 grey images in ten classes.

    Args:
      dataset: a TFDS name such as `mnist` or `emnist/digits`, or a folder with the
        four IDX files, gzipped or not, and optionally a `classes.txt`.
      data_dir: where TFDS keeps its prepared sets; None for `~/tensorflow_datasets`.
      offline: forbids any network access.
      say: called with one line of text before work that takes seconds.

    Raises:
      DataError: the name is unknown, the set has other shapes or classes, a file is
        missing or damaged, or the set can be neither prepared nor downloaded.
      InstallationError: tensorflow-datasets cannot be imported.
    """
    if _is_folder(dataset):
        return load_folder(dataset)
    if dataset.startswith((os.sep, ".", "~")) or dataset.count(os.sep) > 1:
        raise DataError(
            f"{given(dataset=dataset)} is not a folder; expected one with the four IDX files"
        )
    parts, names = tfds.load(dataset, data_dir, offline, say)
    return Dataset(dataset, Examples(*parts["train"]), Examples(*parts["test"]), names)


def load_folder(folder: str) -> Dataset:
    """Loads the four IDX files of a folder, named as MNIST's, with or without `.gz`.

    Class names are the ten lines of `classes.txt` if the folder has one, else 0 to 9.

    Raises:
      DataError: a file is missing or damaged, holds images of another shape or none, or
        has a label out of range; or images and labels differ in number.
    """
    parts = {}
    for split, prefix in (("train", "train"), ("test", "t10k")):
        image_path = _find_idx_file(folder, f"{prefix}-images", "idx3-ubyte")
        label_path = _find_idx_file(folder, f"{prefix}-labels", "idx1-ubyte")
        images, labels = idx.read_images(image_path), idx.read_labels(label_path)
        if len(images) != len(labels):
            raise DataError(
                f"{label_path} has {len(labels):,} labels; expected {len(images):,}, one for each "
                f"image of {os.path.basename(image_path)}"
            )
        if not len(images):
            raise DataError(f"{image_path} holds no images")
        parts[split] = Examples(images, labels)
    name = os.path.basename(os.path.abspath(folder))
    return Dataset(name, parts["train"], parts["test"], saved_class_names(folder))


def _is_folder(dataset: str) -> bool:
    """Returns whether `dataset` means a folder; a bare name does only if IDX files lie there."""
    if not os.path.isdir(dataset):
        return False
    is_path = os.sep in dataset or dataset.startswith((".", "~"))
    return is_path or any("-ubyte" in name for name in os.listdir(dataset))


def _find_idx_file(folder: str, stem: str, kind: str) -> str:
    names = [f"{stem}{dot}{kind}{zipped}" for dot in "-." for zipped in ("", ".gz")]
    for name in names:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return path
    path = os.path.join(folder, names[0])
    raise DataError(f"{path} is missing; expected that file, with or without .gz")
