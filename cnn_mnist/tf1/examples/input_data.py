"""`tensorflow.examples.tutorials.mnist.input_data`, on the MNIST files of this package.

Nothing is downloaded. A folder with the four files in it, such as a script's `MNIST_data`, is read
instead; they may hold other images, such as Fashion-MNIST.
"""

from __future__ import annotations

import collections
import os
from typing import Any

import numpy as np

import cnn_mnist
from cnn_mnist.data import idx

_SHIPPED = os.path.join(os.path.dirname(cnn_mnist.__file__), "data", "mnist")
_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
_PIXELS = 28 * 28

Datasets = collections.namedtuple("Datasets", ["train", "validation", "test"])


def read_data_sets(
    train_dir: Any = None,
    fake_data: bool = False,
    one_hot: bool = False,
    dtype: Any = np.float32,
    reshape: bool = True,
    validation_size: int = 5000,
    seed: int | None = None,
    source_url: str | None = None,
) -> Datasets:
    """Returns MNIST as the tutorials take it.

    Args:
      train_dir: a folder. Its files are read if all four are there, gzipped or not; else those of
        this package. Nothing is written to it.
      fake_data: for `DataSet`.
      one_hot: whether labels are float64 `[count, 10]` instead of uint8 `[count]`.
      dtype: float32 for pixels from 0 to 1, uint8 for 0 to 255.
      reshape: whether images are `[count, 784]` instead of `[count, 28, 28, 1]`.
      validation_size: how many of the first training images are set apart.
      seed: for the order of `next_batch`; by default NumPy's own generator goes on.
      source_url: ignored, since nothing is downloaded.

    Returns:
      `(train, validation, test)`: 55,000, 5,000 and 10,000 examples by default.

    Raises:
      ValueError: `validation_size` is not from 0 to the number of training images.
    """
    del source_url
    if fake_data:
        fake = DataSet([], [], fake_data=True, one_hot=one_hot, dtype=dtype, seed=seed)
        return Datasets(fake, fake, fake)
    paths = _paths(train_dir)
    images, test_images = idx.read_images(paths[0]), idx.read_images(paths[2])
    labels, test_labels = (_labels(path, one_hot) for path in (paths[1], paths[3]))
    if not 0 <= validation_size <= len(images):
        raise ValueError(
            f"validation_size={validation_size}: from 0 to {len(images)}, the training images"
        )
    parts = [
        (images[validation_size:], labels[validation_size:]),
        (images[:validation_size], labels[:validation_size]),
        (test_images, test_labels),
    ]
    return Datasets(*(DataSet(*part, dtype=dtype, reshape=reshape, seed=seed) for part in parts))


class DataSet:
    """Images and labels, and the next batch of them.

    Args:
      images: uint8 `[count, 28, 28, 1]`.
      labels: `[count]` or one-hot `[count, 10]`.
      fake_data: whether `next_batch` gives ones and the label 0 instead.
      one_hot: whether fake labels are one-hot.
      dtype: of `images` as an attribute: float32, from 0 to 1, or uint8.
      reshape: whether they are `[count, 784]`.
      seed: for NumPy's generator, which shuffles.

    Raises:
      TypeError: `dtype` is neither float32 nor uint8.
    """

    def __init__(
        self,
        images: Any,
        labels: Any,
        fake_data: bool = False,
        one_hot: bool = False,
        dtype: Any = np.float32,
        reshape: bool = True,
        seed: int | None = None,
    ) -> None:
        wanted = np.dtype(getattr(dtype, "as_numpy_dtype", dtype))
        if wanted not in (np.uint8, np.float32):
            raise TypeError(f"dtype={dtype}: allowed are uint8 and float32")
        if seed is not None:
            np.random.seed(seed)
        self.one_hot = one_hot
        self._fake = fake_data
        self._images, self._labels = np.asarray(images), np.asarray(labels)
        self._count = 10_000 if fake_data else len(self._images)
        if not fake_data and reshape:
            self._images = self._images.reshape(self._count, _PIXELS)
        if not fake_data and wanted == np.float32:
            self._images = np.multiply(self._images, 1 / 255, dtype=np.float32)
        self._epochs, self._at = 0, 0

    @property
    def images(self) -> np.ndarray:
        return self._images

    @property
    def labels(self) -> np.ndarray:
        return self._labels

    @property
    def num_examples(self) -> int:
        return self._count

    @property
    def epochs_completed(self) -> int:
        return self._epochs

    def next_batch(
        self, batch_size: int, fake_data: bool = False, shuffle: bool = True
    ) -> tuple[Any, Any]:
        """Returns the next images and labels.

        An epoch's last batch is filled up with the first examples of the next. NumPy's generator
        shuffles before the first epoch and again before each other one, as the tutorial's did, so
        that `numpy.random.seed` gives the batches of that time.
        """
        if fake_data or self._fake:
            label: Any = [1] + [0] * 9 if self.one_hot else 0
            return [[1] * _PIXELS] * batch_size, [label] * batch_size
        start = self._at
        if self._epochs == 0 and start == 0 and shuffle:
            self._shuffle()
        if start + batch_size <= self._count:
            self._at += batch_size
            return self._images[start : self._at], self._labels[start : self._at]
        rest = self._images[start:], self._labels[start:]
        self._epochs += 1
        if shuffle:
            self._shuffle()
        self._at = batch_size - len(rest[0])
        first = self._images[: self._at], self._labels[: self._at]
        images, labels = (np.concatenate(parts) for parts in zip(rest, first, strict=True))
        return images, labels

    def _shuffle(self) -> None:
        order = np.arange(self._count)
        np.random.shuffle(order)
        self._images, self._labels = self._images[order], self._labels[order]


def _paths(folder: Any) -> list[str]:
    if folder:
        for ending in ("", ".gz"):
            paths = [os.path.join(os.fspath(folder), name + ending) for name in _FILES]
            if all(map(os.path.isfile, paths)):
                return paths
    return [os.path.join(_SHIPPED, f"{name}.gz") for name in _FILES]


def _labels(path: str, one_hot: bool) -> np.ndarray:
    labels = idx.read_labels(path)
    return np.eye(10)[labels] if one_hot else labels.astype(np.uint8)
