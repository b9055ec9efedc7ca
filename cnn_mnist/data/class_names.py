"""The names of a data set's ten classes, and the file that keeps them."""

from __future__ import annotations

import os

from cnn_mnist.errors import DataError
from cnn_mnist.networks.architecture import CLASSES
from cnn_mnist.support.files import write_whole

CLASS_NAMES_FILE = "classes.txt"
_LARGEST_NAMES_FILE = 100_000


def save_class_names(folder: str, names: tuple[str, ...]) -> None:
    """Writes `classes.txt` into a folder, one name a line."""
    text = "".join(f"{name}\n" for name in names)
    write_whole(os.path.join(folder, CLASS_NAMES_FILE), text)


def saved_class_names(folder: str) -> tuple[str, ...]:
    """Returns the names in a folder's `classes.txt`, or `0` to `9` without that file.

    Raises:
      DataError: the file cannot be read or does not hold ten names.
    """
    return _read_class_names(folder)


def are_digits(class_names: tuple[str, ...]) -> bool:
    """Returns whether the classes are `0` to `9`; pictures of digits are framed as MNIST's are."""
    return class_names == tuple(str(digit) for digit in range(CLASSES))


def _read_class_names(folder: str) -> tuple[str, ...]:
    path = os.path.join(folder, CLASS_NAMES_FILE)
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(_LARGEST_NAMES_FILE)
    except (FileNotFoundError, NotADirectoryError):
        return tuple(str(digit) for digit in range(CLASSES))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    names = tuple(line.strip() for line in text.splitlines() if line.strip())
    if len(names) != CLASSES:
        raise DataError(f"{path} has {len(names)} class names; expected {CLASSES}, one a line")
    return names
