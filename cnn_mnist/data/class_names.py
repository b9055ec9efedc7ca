"""The names of a data set's classes, and the file that keeps them."""

from __future__ import annotations

import codecs
import os

from cnn_mnist.errors import DataError
from cnn_mnist.networks.architecture import CLASSES, LEAST_CLASSES, MOST_CLASSES
from cnn_mnist.support.files import write_whole

CLASS_NAMES_FILE = "classes.txt"
_LARGEST_NAMES_FILE = 100_000


def save_class_names(folder: str, names: tuple[str, ...]) -> None:
    """Writes `classes.txt` into a folder, one name a line."""
    text = "".join(f"{name}\n" for name in names)
    write_whole(os.path.join(folder, CLASS_NAMES_FILE), text)


def saved_class_names(folder: str, classes: int | None = None) -> tuple[str, ...]:
    """Returns the names in a folder's `classes.txt`, or numbers without that file.

    Args:
      folder: the folder.
      classes: how many there must be; None for any number that a network may have, and for
        `0` to `9` without the file.

    Raises:
      DataError: the file cannot be read, or holds another number of names.
    """
    names = listed_class_names(folder)
    if names is None:
        return numbered(classes or CLASSES)
    if classes is not None and len(names) != classes:
        path = os.path.join(folder, CLASS_NAMES_FILE)
        raise DataError(f"{path} has {len(names)} class names; expected {classes}, one a line")
    return names


def listed_class_names(folder: str) -> tuple[str, ...] | None:
    """Returns the names in a folder's `classes.txt`, or None without that file.

    Raises:
      DataError: the file cannot be read, or holds fewer or more names than a network may have.
    """
    path = os.path.join(folder, CLASS_NAMES_FILE)
    text = read_text(path, _LARGEST_NAMES_FILE)
    if text is None:
        return None
    names = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not LEAST_CLASSES <= len(names) <= MOST_CLASSES:
        raise DataError(
            f"{path} has {len(names)} class names; expected {LEAST_CLASSES} to {MOST_CLASSES}, "
            "one a line"
        )
    return names


def numbered(classes: int, first: int = 0) -> tuple[str, ...]:
    """Returns numbers as names, from `first` on."""
    return tuple(str(number) for number in range(first, first + classes))


def are_digits(class_names: tuple[str, ...]) -> bool:
    """Returns whether the classes are `0` to `9`; pictures of digits are framed as MNIST's are."""
    return class_names == numbered(CLASSES)


def read_text(path: str, most: int) -> str | None:
    """Returns a text file's first `most` characters, or None if it does not exist.

    It is UTF-8 with or without a byte order mark, or UTF-16 with one, as Windows' editors write.

    Raises:
      DataError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(4 * most)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if is_utf_16 else "utf-8-sig")[:most]
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 ({error}); save it as UTF-8") from error
