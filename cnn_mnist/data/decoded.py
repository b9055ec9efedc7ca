"""The arrays of a prepared data set, kept beside it so that the next start needs no TFDS."""

from __future__ import annotations

import contextlib
import os
import re
import zipfile
from typing import Any

import numpy as np

from cnn_mnist.networks.architecture import IMAGE_SHAPE, LEAST_CLASSES, MOST_CLASSES
from cnn_mnist.support import unfinished

FILE = "cnn_mnist_decoded.npz"
"""In the folder that TFDS prepares, `data_dir/name/version` or `data_dir/name/config/version`."""
_VERSION = re.compile(r"\d+\.\d+\.\d+")

Arrays = tuple[np.ndarray, np.ndarray]
"""Images and labels."""
Decoded = tuple[dict[str, Arrays], tuple[str, ...]]
"""The arrays of `train` and `test`, and the names of the classes."""


def newest_folder(name: str, data_dir: str | None) -> str | None:
    """Returns the folder of a prepared set whose arrays are kept, or None.

    Args:
      name: as for TFDS, such as `mnist`, `emnist/digits` or `mnist:3.0.1`; without a version
        the highest one.
      data_dir: where TFDS keeps its prepared sets; None for the environment variable
        TFDS_DATA_DIR or `~/tensorflow_datasets`, as in TFDS.
    """
    place = data_dir or os.environ.get("TFDS_DATA_DIR") or os.path.join("~", "tensorflow_datasets")
    path, _, version = name.partition(":")
    if ".." in path.split("/"):
        return None
    folder = os.path.join(os.path.expanduser(place), path)
    for found in [version] if version else _versions(folder):
        if exists(os.path.join(folder, found)):
            return os.path.join(folder, found)
    return None


def _versions(folder: str) -> list[str]:
    """Returns the names of the versions in a folder, the highest first."""
    try:
        found = filter(_VERSION.fullmatch, os.listdir(folder))
    except OSError:
        return []
    return sorted(found, key=lambda name: [int(part) for part in name.split(".")], reverse=True)


def exists(folder: str) -> bool:
    """Returns whether arrays are kept in a folder."""
    return os.path.exists(os.path.join(folder, FILE))


def read(folder: str) -> Decoded | None:
    """Reads the arrays kept in a folder; None if they are missing or damaged in any way."""
    try:
        with zipfile.ZipFile(os.path.join(folder, FILE)) as archive:
            parts = {
                split: (_array(archive, f"{split}_images"), _array(archive, f"{split}_labels"))
                for split in ("train", "test")
            }
            names = tuple(map(str, _array(archive, "class_names")))
    # A damaged file raises errors of every kind, from both libraries.
    except Exception:
        return None
    classes = len(names)
    is_usable = LEAST_CLASSES <= classes <= MOST_CLASSES and all(
        _fit(*arrays, classes) for arrays in parts.values()
    )
    return (parts, names) if is_usable else None


def _array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """Reads one array whose checksum is right; `np.load` may stop before it is compared."""
    with archive.open(f"{name}.npy") as member:
        array: np.ndarray = np.lib.format.read_array(member, allow_pickle=False)
        # The checksum is compared where a read finds the end.
        if member.read(1):
            raise ValueError(f"{name} is longer than its shape")
    return array


def _fit(images: np.ndarray, labels: np.ndarray, classes: int) -> bool:
    """Returns whether the arrays have the shapes, dtypes and labels that `Decoded` promises."""
    return (
        images.dtype == np.uint8
        and labels.dtype == np.int32
        and images.shape == (len(labels), *IMAGE_SHAPE)
        and len(labels) > 0
        and labels.min() >= 0
        and labels.max() < classes
    )


def write(folder: str, parts: dict[str, Arrays], names: tuple[str, ...]) -> None:
    """Keeps the arrays and the names of the classes in a folder, whole or not at all."""
    arrays: dict[str, Any] = {"class_names": np.array(names)}
    for split, (images, labels) in parts.items():
        arrays[f"{split}_images"], arrays[f"{split}_labels"] = images, labels
    # This only makes the next start faster, so a folder that cannot be written is not an error.
    with contextlib.suppress(OSError), unfinished.file(os.path.join(folder, FILE)) as file:
        np.savez(file, **arrays)
