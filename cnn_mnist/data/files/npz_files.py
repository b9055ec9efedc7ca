"""Reads data sets from NumPy's `.npz` files: that of Keras, and those with other usual names."""

from __future__ import annotations

import os
import re
import zipfile

import numpy as np

from cnn_mnist.data import foreign
from cnn_mnist.data.class_names import listed_class_names, read_text
from cnn_mnist.data.files import arrays
from cnn_mnist.data.found import Found
from cnn_mnist.data.idx import MOST_EXAMPLES
from cnn_mnist.errors import DataError, given

_IMAGES = ("x_{}", "X_{}", "{}_images", "{}_x", "{}_X", "{}_data", "images_{}")
_LABELS = ("y_{}", "Y_{}", "{}_labels", "{}_y", "{}_Y", "{}_target", "labels_{}")
_ALONE = (("images", "labels"), ("data", "target"), ("x", "y"), ("X", "y"), ("data", "labels"))
# Kuzushiji-MNIST: one array in each file.
_PAIR = re.compile(r"(?P<set>.+)-(?P<part>train|test)-(?P<kind>imgs|labels)\.npz")
_MOST_TIMES, _ALWAYS_ALLOWED = 1000, 1 << 26
_CLASS_MAP_CHARACTERS = 100_000


def is_here(folder: str) -> bool:
    """Returns whether a folder holds `.npz` files."""
    return bool(_files(folder))


def read(folder: str) -> Found:
    """Reads the one file of a folder, or the four files of Kuzushiji-MNIST.

    Raises:
      DataError: there are several files, or see `read_file`.
    """
    pairs = {match.groups()[1:]: match for match in map(_PAIR.fullmatch, _files(folder)) if match}
    names = {match["set"] for match in pairs.values()}
    if len(pairs) == 4 and len(names) == 1:
        return _read_pairs(folder, names.pop())
    paths = [os.path.join(folder, name) for name in _files(folder)]
    if len(paths) > 1:
        raise DataError(
            f"{given(dataset=folder)} holds {len(paths)} .npz files; give one of them, such as "
            f"{given(dataset=paths[0])}"
        )
    return read_file(paths[0])


def read_file(path: str) -> Found:
    """Reads a file; no pickle in it is read.

    The arrays are called `x_train`, `y_train`, `x_test` and `y_test`, as in Keras's `mnist.npz`, or
    have other usual names, such as `train_images` and `train_labels`. A file with one part, such as
    `images` and `labels`, has no test images.

    Raises:
      DataError: the file cannot be read, or has no such arrays.
    """
    held = _arrays(path)
    pairs = {part: _named(held, part) for part in ("train", "test")}
    if not pairs["train"]:
        pairs = {"train": next((p for p in _ALONE if set(p) <= set(held)), None), "test": None}
    if not pairs["train"]:
        raise DataError(
            f"{path} holds arrays called {', '.join(sorted(held)) or 'nothing'}; expected x_train, "
            "y_train, x_test and y_test, or train_images and train_labels, or images and labels"
        )
    parts = {
        part: (held[pair[0]], held[pair[1]]) for part, pair in pairs.items() if pair is not None
    }
    name = os.path.splitext(os.path.basename(path))[0]
    return _found(name, path, parts, listed_class_names(os.path.dirname(path)))


def _named(held: dict[str, np.ndarray], part: str) -> tuple[str, str] | None:
    images = next((n for n in (k.format(part) for k in _IMAGES) if n in held), None)
    labels = next((n for n in (k.format(part) for k in _LABELS) if n in held), None)
    return (images, labels) if images and labels else None


def _files(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name.lower().endswith(".npz"))
    except OSError:
        return []


def _read_pairs(folder: str, name: str) -> Found:
    parts = {}
    for part in ("train", "test"):
        held = [
            _arrays(os.path.join(folder, f"{name}-{part}-{kind}.npz"))
            for kind in ("imgs", "labels")
        ]
        if not all(held):
            raise DataError(f"{folder}: a file of {name}-{part} holds no array")
        images, labels = (next(iter(one.values())) for one in held)
        parts[part] = images, labels
    names = listed_class_names(folder) or _mapped_names(folder, name)
    return _found(name, folder, parts, names)


def _mapped_names(folder: str, name: str) -> tuple[str, ...] | None:
    """Returns the last column of Kuzushiji-MNIST's `*_classmap.csv`, the character."""
    text = read_text(os.path.join(folder, f"{name}_classmap.csv"), _CLASS_MAP_CHARACTERS)
    rows = [line.split(",") for line in (text or "").splitlines()[1:] if line.strip()]
    return tuple(row[-1].strip() for row in rows) or None


def _found(
    name: str,
    where: str,
    parts: dict[str, tuple[np.ndarray, np.ndarray]],
    names: tuple[str, ...] | None,
) -> Found:
    made = {}
    for part, (images, labels) in parts.items():
        numbers = arrays.labels_of(f"{where}: the labels of {part}", labels)
        digits = names is None and arrays.are_ten_numbers(numbers)
        pixels = arrays.images_of(f"{where}: the images of {part}", images, digits)
        if len(pixels) != len(numbers):
            raise DataError(
                f"{where} has {len(numbers):,} labels of {part}; expected {len(pixels):,}, one for "
                "each image"
            )
        made[part] = pixels, numbers
    return Found(name, where, made, names)


def _arrays(path: str) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                _check_size(path, member)
        with np.load(path, allow_pickle=False) as held:
            return {name: held[name] for name in held.files}
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing") from error
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        reason = foreign.help_for_file(path) or str(error)
        raise DataError(f"{path} cannot be read as .npz: {reason}") from error
    except (ValueError, TypeError, MemoryError, SyntaxError) as error:
        if "allow_pickle" in str(error):
            raise DataError(
                f"{path} holds Python objects, which are not read; save it as arrays of numbers"
            ) from error
        raise DataError(f"{path} cannot be read as .npz: {error}") from error


def _check_size(path: str, member: zipfile.ZipInfo) -> None:
    most = min(
        max(_ALWAYS_ALLOWED, _MOST_TIMES * member.compress_size), 8 * MOST_EXAMPLES * 28 * 28
    )
    if member.file_size > most:
        raise DataError(
            f"{path}: {member.filename} unpacks to {member.file_size:,} bytes; allowed: {most:,}"
        )
