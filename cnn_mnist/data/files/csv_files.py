"""Reads data sets from CSV files with a label and 784 pixels on each line, such as Kaggle's."""

from __future__ import annotations

import dataclasses
import gzip
import itertools
import os
import re
import warnings
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

import numpy as np

from cnn_mnist.data import foreign, unpacking
from cnn_mnist.data.class_names import listed_class_names
from cnn_mnist.data.emnist import class_names as emnist_names
from cnn_mnist.data.found import Found
from cnn_mnist.data.idx import MOST_EXAMPLES
from cnn_mnist.errors import DataError, given

_PIXELS = 28 * 28
_LABEL_HEADS = ("label", "labels", "class", "target", "digit", "y")
_LINES = 5000
_LONGEST_LINE = 100_000
_NAME = re.compile(r"(?P<set>.*?)[-_.]?(?P<part>train|test)\.csv(?:\.gz)?", re.IGNORECASE)

Say = Callable[[str], None]


def is_here(folder: str) -> bool:
    """Returns whether a folder holds a file such as `train.csv` or `mnist_train.csv`."""
    return any(part == "train" for _, part in _files(folder))


def read(folder: str, say: Say) -> Found:
    """Reads `train.csv` of a folder, and `test.csv` if it has labels; Kaggle's has none.

    The names may begin with the name of the set, as in `mnist_train.csv`.

    Raises:
      DataError: there are several sets, or see `read_file`.
    """
    files = _files(folder)
    sets = sorted(name for name, part in files if part == "train")
    if len(sets) > 1:
        one = files[sets[0], "train"]
        raise DataError(
            f"{given(dataset=folder)} holds several sets, {', '.join(sets)}; give one file, such "
            f"as {given(dataset=one)}"
        )
    found = read_file(files[sets[0], "train"])
    test = files.get((sets[0], "test"))
    own = sets[0] or os.path.basename(os.path.abspath(folder))
    parts = dict(found.parts)
    if test is not None:
        if _has_labels(test):
            parts["test"] = read_file(test).parts["train"]
        else:
            say(f"{test} has no labels, so it is not used")
    names = listed_class_names(folder) or found.class_names
    return Found(own, folder, parts, names)


def read_file(path: str) -> Found:
    """Reads a file, gzipped or not, with or without a line of column names.

    The label is the column of such a name, or else the first.

    Raises:
      DataError: the file cannot be read, has no labels, or a line does not hold a label and 784
        whole numbers from 0 to 255.
    """
    labels, images = _labels_and_images(path, _columns_with_labels)
    name = re.sub(r"\.csv(\.gz)?$", "", os.path.basename(path), flags=re.IGNORECASE)
    names = listed_class_names(os.path.dirname(path)) or emnist_names(name)
    return Found(name, path, {"train": (images, labels)}, names)


def is_csv(path: str) -> bool:
    """Returns whether a file's name is that of a CSV file, gzipped or not."""
    return path.lower().endswith((".csv", ".csv.gz"))


def read_images(path: str) -> np.ndarray:
    """Reads the images of a file without its labels, which it need not have, as Kaggle's test.csv.

    A column of labels, or one called `id`, is left out.

    Returns:
      uint8 `[count, 28, 28, 1]`.

    Raises:
      DataError: as `read_file`, but for labels.
    """
    return _labels_and_images(path, _columns)[1]


def _labels_and_images(
    path: str, columns: Callable[[str, bytes], _Columns]
) -> tuple[np.ndarray, np.ndarray]:
    try:
        with _opened(path) as file:
            rows = list(_rows(path, file, columns))
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if not rows:
        raise DataError(f"{path} holds no images")
    labels, pixels = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return labels, pixels.reshape(-1, 28, 28, 1)


def _files(folder: str) -> dict[tuple[str, str], str]:
    """Returns the paths by set and part, also of a file in a folder of its name."""
    found: dict[tuple[str, str], str] = {}
    try:
        names = sorted(os.listdir(folder), reverse=True)
    except OSError:
        return found
    for name in names:
        path = os.path.join(folder, name)
        if os.path.isdir(path):
            inside = [f"{name}.csv", name]
            path = next((p for p in (os.path.join(path, n) for n in inside) if _is_csv(p)), path)
        match = _NAME.fullmatch(os.path.basename(path))
        if match and os.path.isfile(path):
            found[match["set"], match["part"].lower()] = path
    return found


def _is_csv(path: str) -> bool:
    return path.lower().endswith(".csv") and os.path.isfile(path)


def _opened(path: str) -> Any:
    file: Any = open(path, "rb")  # noqa: SIM115
    is_zipped = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    return gzip.open(file) if is_zipped else file


def _has_labels(path: str) -> bool:
    try:
        with _opened(path) as file:
            _columns_with_labels(path, _first_line(path, file))
    except (DataError, OSError, EOFError):
        return False
    return True


def _first_line(path: str, file: IO[bytes]) -> bytes:
    line = file.readline(_LONGEST_LINE).removeprefix(b"\xef\xbb\xbf")
    if not line:
        raise DataError(f"{path} is empty")
    if reason := foreign.help_for(line):
        raise DataError(f"{path} is not a CSV file: {reason}")
    return line


def _lines(path: str, file: IO[bytes], total: int) -> Iterator[bytes]:
    """Yields the lines after the first, which had `total` bytes; refuses what may fill memory."""
    size = os.stat(path).st_size
    most = unpacking.most_bytes(size)
    for number in itertools.count(2):
        line = file.readline(_LONGEST_LINE + 1)
        total += len(line)
        if len(line) > _LONGEST_LINE:
            raise DataError(
                f"{path}: line {number:,} has more than {_LONGEST_LINE:,} bytes, which no image has"
            )
        if total > most:
            raise unpacking.too_many(path, size)
        if not line:
            return
        yield line


@dataclasses.dataclass(frozen=True)
class _Columns:
    """What the first line says of the columns.

    Attributes:
      count: 784, or 785 with one beside the pixels.
      beside: the place of that one; None if there is none.
      separator: what separates columns.
      names: the names of the columns, in small letters; none if the line holds numbers.
    """

    count: int
    beside: int | None
    separator: str
    names: list[str]


def _columns(path: str, line: bytes) -> _Columns:
    separator = max((b",", b";", b"\t"), key=line.count)
    heads = [head.strip(b"\"' \r\n") for head in line.split(separator)]
    if len(heads) not in (_PIXELS, _PIXELS + 1):
        raise DataError(
            f"{path} has {len(heads):,} columns; expected {_PIXELS + 1}, a label and the {_PIXELS} "
            "pixels of an image of 28x28"
        )
    has_names = not all(head.isdigit() for head in heads)
    names = [head.decode("utf-8", "replace").lower() for head in heads] if has_names else []
    beside = next((names.index(n) for n in (*_LABEL_HEADS, "id") if n in names), 0)
    is_whole = len(heads) == _PIXELS
    return _Columns(len(heads), None if is_whole else beside, separator.decode(), names)


def _columns_with_labels(path: str, line: bytes) -> _Columns:
    found = _columns(path, line)
    if found.beside is None:
        raise DataError(f"{path} has no labels, only the {_PIXELS} columns of pixels")
    if "id" in found.names:
        raise DataError(f"{path} has no labels, but a column called id")
    return found


def _rows(
    path: str, file: IO[bytes], columns: Callable[[str, bytes], _Columns]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields labels, int64 `[count]`, and pixels, uint8 `[count, 784]`, of some lines."""
    first = _first_line(path, file)
    found = columns(path, first)
    following = _lines(path, file, 1 + len(first))
    lines = following if found.names else itertools.chain([first], following)
    decoded = (line.decode("utf-8", "replace") for line in lines)
    for start in range(1 + bool(found.names), MOST_EXAMPLES, _LINES):
        values = _numbers(path, decoded, found, start)
        if len(values):
            yield _checked(path, values, found, start)
        if len(values) < _LINES:
            return
    raise DataError(f"{path} has more than {MOST_EXAMPLES:,} lines")


def _numbers(path: str, lines: Iterator[str], columns: _Columns, start: int) -> np.ndarray:
    """Returns the next lines' numbers, float32 `[count, columns]`; `start` is the first's."""
    with warnings.catch_warnings():
        # Of no lines it warns.
        warnings.simplefilter("ignore", UserWarning)
        try:
            values = np.loadtxt(
                lines,
                np.float32,
                comments=None,
                delimiter=columns.separator,
                quotechar='"',
                ndmin=2,
                max_rows=_LINES,
            )
        except ValueError as error:
            raise DataError(f"{path}: {_reason(str(error), start)}") from error
    return values.reshape(0, columns.count) if not values.size else values


def _reason(error: str, start: int) -> str:
    """Returns NumPy's message with the number of the line, as an editor counts it."""
    if found := re.search(r"string '(.*)' to float32 at row (\d+), column (\d+)", error):
        line = start + int(found[2])
        return f"line {line:,}, column {found[3]} is {found[1][:20]!r}; expected a whole number"
    if found := re.search(r"columns changed from (\d+) to (\d+) at row (\d+)", error):
        line = start + int(found[3]) - 1
        return f"line {line:,} has {found[2]} columns; expected {found[1]}"
    return error


def _checked(
    path: str, values: np.ndarray, columns: _Columns, start: int
) -> tuple[np.ndarray, np.ndarray]:
    if values.shape[1] != columns.count:
        raise DataError(
            f"{path}: line {start:,} has {values.shape[1]} columns; expected {columns.count}"
        )
    is_beside = np.arange(columns.count) == columns.beside
    is_wrong = (values < 0) | (values != np.rint(values)) | ((values > 255) & ~is_beside)
    if is_wrong.any():
        row, column = np.argwhere(is_wrong)[0]
        is_label = column == columns.beside
        what = "a label, a whole number" if is_label else "a whole number from 0 to 255"
        raise DataError(
            f"{path}: line {start + row:,}, column {column + 1} is {values[row, column]:g}; "
            f"expected {what}"
        )
    labels = values[:, is_beside].sum(axis=1).astype(np.int64)
    return labels, values[:, ~is_beside].astype(np.uint8)
