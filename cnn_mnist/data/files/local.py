"""Finds out what a path holds, and reads it as a data set."""

from __future__ import annotations

import os
from collections.abc import Callable

from cnn_mnist.data import foreign
from cnn_mnist.data.files import csv_files, idx_folder, npz_files, parquet_files, picture_folder
from cnn_mnist.data.found import Found
from cnn_mnist.errors import DataError, given

_DEEPEST = 3
_EXPECTED = (
    "a folder of IDX files, a folder of pictures for each class, or a .csv, .npz or .parquet file"
)

Say = Callable[[str], None]


def is_meant(dataset: str) -> bool:
    """Returns whether `dataset` is a path; a bare name is one only if it holds data."""
    if os.path.isfile(dataset) or _chosen_set(dataset):
        return True
    is_path = os.sep in dataset or dataset.startswith((".", "~"))
    if not os.path.isdir(dataset):
        return dataset.startswith((os.sep, ".", "~")) or dataset.count(os.sep) > 1
    return is_path or holding(dataset) is not None


def read(dataset: str, say: Say) -> Found:
    """Reads the data set at a path.

    Raises:
      DataError: there is nothing, nothing of a kind that is known, or it cannot be used.
      InstallationError: it needs a package that is missing.
    """
    if os.path.isdir(dataset):
        folder = holding(dataset)
        if folder is None:
            raise DataError(f"{given(dataset=dataset)} holds no data set; expected {_EXPECTED}")
        return _read_folder(folder, say)
    if chosen := _chosen_set(dataset):
        return idx_folder.read(os.path.dirname(dataset), chosen)
    if not os.path.exists(dataset):
        raise DataError(f"{given(dataset=dataset)} does not exist; expected {_EXPECTED}")
    return _read_file(dataset, say)


def _read_folder(folder: str, say: Say) -> Found:
    if idx_folder.is_here(folder):
        return idx_folder.read(folder)
    if npz_files.is_here(folder):
        return npz_files.read(folder)
    if parquet_files.is_here(folder):
        return parquet_files.read(folder, say)
    if csv_files.is_here(folder):
        return csv_files.read(folder, say)
    return picture_folder.read(folder, say)


def _read_file(path: str, say: Say) -> Found:
    lower = path.lower()
    if csv_files.is_csv(path):
        return csv_files.read_file(path)
    if lower.endswith(".npz"):
        return npz_files.read_file(path)
    if lower.endswith(".parquet"):
        return parquet_files.read_file(path, say)
    reason = foreign.help_for_file(path)
    raise DataError(f"{given(dataset=path)} is a file; {reason or f'expected {_EXPECTED}'}")


def holding(folder: str) -> str | None:
    """Returns the folder that holds the data: this one, or the only one in it, and so on."""
    for _ in range(_DEEPEST):
        if any(
            kind.is_here(folder)
            for kind in (idx_folder, npz_files, parquet_files, csv_files, picture_folder)
        ):
            return folder
        below = [name for name in _subfolders(folder) if not name.startswith((".", "__"))]
        inner = below[0] if len(below) == 1 else "data" if "data" in below else None
        if inner is None:
            return None
        folder = os.path.join(folder, inner)
    return None


def _subfolders(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir()]
    except OSError:
        return []


def _chosen_set(dataset: str) -> str | None:
    """Returns the name of one of several sets of IDX files, such as `folder/emnist-letters`."""
    folder, name = os.path.split(dataset)
    if name and os.path.isdir(folder or ".") and name in idx_folder.sets_in(folder or "."):
        return name
    return None
