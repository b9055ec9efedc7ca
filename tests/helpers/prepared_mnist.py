"""MNIST as tensorflow-datasets prepares it, without the time that takes.

`tests/data/test_loading.py` compares it with what tensorflow-datasets really prepares.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest

from cnn_mnist.data import decoded, loading, tfds

NAMES = tuple("0123456789")


def prepare(data_dir: str, first: int | None = None) -> None:
    """Makes a folder from which the package loads MNIST.

    tensorflow-datasets itself prepares one image of each split; the arrays that the package reads
    instead are written here.

    Args:
      data_dir: the folder.
      first: how many images of each file; None for all.
    """
    from tensorflow_datasets import download

    builder = tfds._tfds_builder("mnist", data_dir, offline=True)
    settings = download.DownloadConfig(
        manual_dir=tfds.SHIPPED_MNIST, try_download_gcs=False, max_examples_per_split=1
    )
    with tfds._hushed():
        tfds._fresh_builder(builder).download_and_prepare(download_config=settings)
    decoded.write(builder.data_dir, arrays(first), NAMES)


def cap(patch: pytest.MonkeyPatch, count: int) -> None:
    """Has tensorflow-datasets prepare only so many images of each file, in this process."""
    from tensorflow_datasets import download

    capped = functools.partial(download.DownloadConfig, max_examples_per_split=count)
    patch.setattr(download, "DownloadConfig", capped)


def arrays(first: int | None = None) -> dict[str, decoded.Arrays]:
    """Returns the images and labels of each split in the order of tensorflow-datasets.

    That is the order of the hashes of their indices.

    Args:
      first: takes only so many of each file; None takes all.
    """
    from tensorflow_datasets.core import hashing

    shipped = loading.load_folder(tfds.SHIPPED_MNIST)
    ordered = {}
    for split, examples in (("train", shipped.train), ("test", shipped.test)):
        count = first or len(examples)
        order = sorted(range(count), key=hashing.Hasher(split).hash_key)
        images, labels = examples.images[order], examples.labels[order]
        ordered[split] = images, labels.astype(np.int32)
    return ordered
