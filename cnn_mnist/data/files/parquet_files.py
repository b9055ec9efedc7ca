"""Reads data sets from Parquet files as Hugging Face keeps them: a picture and a label a row."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from cnn_mnist.data import class_names, foreign, unpacking
from cnn_mnist.data.files.picture_folder import are_of_characters, pixels_of
from cnn_mnist.data.found import Found
from cnn_mnist.data.idx import MOST_EXAMPLES
from cnn_mnist.errors import DataError, InstallationError
from cnn_mnist.networks.architecture import IMAGE_SHAPE

_IMAGES = ("image", "img", "images", "pixels")
_LABELS = ("label", "labels", "fine_label", "class")
_PART = re.compile(r"(?:^|[-_./])(train|test|validation|valid|val)(?=[-_./])", re.IGNORECASE)
# A file may name one large picture in every row: few rows are unpacked before they are counted.
_BATCH = 32
_SAMPLES = 100

Say = Callable[[str], None]


def is_here(folder: str) -> bool:
    """Returns whether a folder holds Parquet files."""
    return bool(_files(folder))


def read(folder: str, say: Say) -> Found:
    """Reads the files of a folder, such as `train-00000-of-00001.parquet`, by part.

    The rows of `validation` join those of `train`; without `test` they are the test images.

    Raises:
      DataError, InstallationError: see `read_files`.
    """
    parts: dict[str, list[str]] = {}
    for path in _files(folder):
        match = _PART.search(os.path.basename(path))
        part = match[1].lower() if match else "train"
        parts.setdefault("validation" if part.startswith("val") else part, []).append(path)
    held = parts.pop("validation", [])
    if held:
        parts.setdefault("train" if "test" in parts else "test", []).extend(held)
    if "train" not in parts:
        raise DataError(f"{folder} holds no Parquet file of train; expected train-….parquet")
    return read_files(os.path.basename(os.path.abspath(folder)), folder, parts, say)


def read_file(path: str, say: Say) -> Found:
    """Reads one file, whose rows are all to train on.

    Raises:
      DataError, InstallationError: see `read_files`.
    """
    name = os.path.splitext(os.path.basename(path))[0]
    return read_files(name, path, {"train": [path]}, say)


def read_files(name: str, where: str, parts: dict[str, list[str]], say: Say) -> Found:
    """Reads the files of each part.

    A picture is the column `image`, the bytes of a file, also within a struct of `bytes` and
    `path`; the class is the column `label`. The names are those that the file records.

    Raises:
      DataError: a file cannot be read, or has no such columns.
      InstallationError: pyarrow cannot be imported.
    """
    for path in (path for paths in parts.values() for path in paths):
        if reason := foreign.help_for_file(path):
            raise DataError(f"{path} cannot be read as Parquet: {reason}")
    parquet = _parquet(where)
    say(f"Reading Parquet files of {where}")
    names = class_names.listed_class_names(
        where if os.path.isdir(where) else os.path.dirname(where)
    )
    names = names or _recorded_names(_opened(parquet, parts["train"][0]))
    found = {}
    for part, paths in parts.items():
        rows = [_read(parquet, path, names) for path in paths]
        found[part] = np.concatenate([r[0] for r in rows]), np.concatenate([r[1] for r in rows])
    return Found(name, where, found, names)


def _files(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names if name.lower().endswith(".parquet")]


def _parquet(where: str) -> Any:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise InstallationError(
            f"{where} is Parquet, and pyarrow cannot be imported ({error}); "
            "pip install 'cnn-mnist[parquet]'"
        ) from error
    return parquet


def _opened(parquet: Any, path: str) -> Any:
    try:
        return parquet.ParquetFile(path)
    # pyarrow raises errors of many kinds on a damaged file.
    except Exception as error:
        raise DataError(
            f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}"
        ) from error


def _recorded_names(file: Any) -> tuple[str, ...] | None:
    recorded = (file.schema_arrow.metadata or {}).get(b"huggingface", b"{}")
    try:
        features = json.loads(recorded)["info"]["features"]
        names = next(features[name]["names"] for name in _LABELS if name in features)
    except (ValueError, KeyError, TypeError, StopIteration):
        return None
    return tuple(map(str, names)) if isinstance(names, list) else None


def _read(parquet: Any, path: str, names: tuple[str, ...] | None) -> tuple[np.ndarray, np.ndarray]:
    file = _opened(parquet, path)
    columns = file.schema_arrow.names
    image, label = (next((n for n in ns if n in columns), None) for ns in (_IMAGES, _LABELS))
    if image is None or label is None:
        raise DataError(
            f"{path} has the columns {', '.join(columns)}; expected image and label, as Hugging "
            "Face has them"
        )
    count = file.metadata.num_rows
    if count > MOST_EXAMPLES:
        raise DataError(f"{path} has {count:,} rows; allowed: {MOST_EXAMPLES:,}")
    pixels: list[bytes] = []
    labels: list[Any] = []
    size, total = os.path.getsize(path), 0
    try:
        for batch in file.iter_batches(_BATCH, columns=[image, label]):
            pixels += [_content(path, value) for value in batch.column(image).to_pylist()]
            labels += batch.column(label).to_pylist()
            total += sum(map(len, pixels[-len(batch) :]))
            if total > unpacking.most_bytes(size):
                raise unpacking.too_many(path, size)
    except DataError:
        raise
    # As above.
    except Exception as error:
        raise DataError(
            f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}"
        ) from error
    rows = [(f"{path}: row {number:,}", content) for number, content in enumerate(pixels)]
    sample = rows[:: len(rows) // _SAMPLES + 1]
    digits = bool(sample) and are_of_characters(names or (), sample)
    made = [pixels_of(where, content, digits) for where, content in rows]
    if not all(isinstance(number, int) for number in labels):
        raise DataError(f"{path}: column {label} holds other than whole numbers")
    return np.array(made, np.uint8).reshape(-1, *IMAGE_SHAPE), np.array(labels, np.int64)


def _content(path: str, value: Any) -> bytes:
    content = value.get("bytes") if isinstance(value, dict) else value
    if not isinstance(content, bytes):
        raise DataError(f"{path}: an image is not the bytes of a picture file")
    return content
