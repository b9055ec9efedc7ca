"""Reads the IDX format of the MNIST files.

A file is a big-endian header (two zero bytes, a type code, the number of dimensions and a
32-bit size for each) followed by the numbers
(http://yann.lecun.com/exdb/mnist/, "THE IDX FILE FORMAT").
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from typing import IO, Any

import numpy as np

from cnn_mnist.data import foreign, unpacking
from cnn_mnist.errors import DataError

_UNSIGNED_BYTE = 0x08
_QMNIST_LABELS, _QMNIST_COLUMNS = b"\0\0\x0c\2", 8
_GZIP_MAGIC = b"\x1f\x8b"
MOST_EXAMPLES = 10_000_000
"""A header that promises more is taken as damaged (7.8 GB of pixels)."""


def read_images(path: str, height: int = 28, width: int = 28) -> np.ndarray:
    """Reads a file of images, gzipped or not.

    Returns:
      uint8 `[count, height, width, 1]`; 0 is background.

    Raises:
      DataError: the file cannot be read, is not an IDX file of unsigned bytes, holds
        images of another size, or holds fewer or more bytes than its header says.
    """
    images = _read(path, dimensions=3, expected=(height, width))
    return images[..., np.newaxis]


def read_labels(path: str, classes: int | None = 10) -> np.ndarray:
    """Reads a file of labels, gzipped or not.

    QMNIST's files have eight 32-bit numbers for each image; the first is the class.

    Args:
      path: the file.
      classes: how many there are; None allows any label.

    Returns:
      int32 `[count]`, from 0 to `classes - 1`.

    Raises:
      DataError: as in `read_images`, or a label is out of range.
    """
    labels = _read(path, dimensions=1, expected=())
    labels = labels[:, 0] if labels.ndim == 2 else labels
    if classes is not None and labels.size and not 0 <= labels.min() <= labels.max() < classes:
        position = int(np.argmax((labels < 0) | (labels >= classes)))
        raise DataError(
            f"{path}: label {position} is {labels[position]}; expected 0 to {classes - 1}"
        )
    return labels.astype(np.int32)


def _read(path: str, dimensions: int, expected: tuple[int, ...]) -> np.ndarray:
    try:
        with open(path, "rb") as raw:
            zipped = raw.read(2) == _GZIP_MAGIC
            raw.seek(0)
            size = os.fstat(raw.fileno()).st_size
            if zipped:
                with gzip.open(raw) as file:
                    return _read_array(path, file, size, dimensions, expected)
            _check_size_on_disk(path, size, dimensions)
            return _read_array(path, raw, size, dimensions, expected)
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing") from error
    except EOFError as error:
        raise DataError(f"{path} is truncated: the gzip stream ends too soon") from error
    except (OSError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _read_array(
    path: str,
    file: IO[bytes] | gzip.GzipFile,
    size: int,
    dimensions: int,
    expected: tuple[int, ...],
) -> np.ndarray:
    kind, sizes = _read_header(path, file, dimensions)
    if dimensions == 1 and len(sizes) == 2:
        expected = (_QMNIST_COLUMNS,)
        if sizes[1:] != expected:
            raise DataError(
                f"{path} has {sizes[1]} numbers for each image; expected {_QMNIST_COLUMNS}, as in "
                "QMNIST"
            )
    if sizes[1:] != expected:
        raise DataError(
            f"{path} holds images of {'x'.join(map(str, sizes[1:]))} pixels; "
            f"expected {'x'.join(map(str, expected))}"
        )
    if sizes[0] > MOST_EXAMPLES:
        raise DataError(f"{path} says it holds {sizes[0]:,} items; allowed: {MOST_EXAMPLES:,}")
    length = math.prod(sizes) * kind.itemsize
    # Reading one byte more than needed shows whether the file is too long.
    most = unpacking.most_bytes(size)
    data = _read_at_most(file, min(length, most) + 1)
    if min(length, len(data)) > most:
        raise unpacking.too_many(path, size)
    if len(data) != length:
        found = f"only {len(data):,}" if len(data) < length else "more"
        raise DataError(
            f"{path} is {'truncated' if len(data) < length else 'too long'}: its header says "
            f"{length:,} bytes follow, found {found}"
        )
    return np.frombuffer(data, kind).reshape(sizes)


def _read_at_most(file: IO[bytes] | gzip.GzipFile, length: int) -> bytearray:
    """Reads in pieces: one read of all bytes that a damaged header promises may allocate GBs."""
    data = bytearray()
    while len(data) < length and (piece := file.read(min(length - len(data), 1 << 20))):
        data += piece
    return data


def _read_header(
    path: str, file: IO[bytes] | gzip.GzipFile, dimensions: int
) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Returns the type of the numbers and the sizes of the dimensions."""
    header = file.read(4 + 4 * dimensions)
    if dimensions == 1 and header[:4] == _QMNIST_LABELS:
        header += file.read(4)
        if len(header) == 12:
            return np.dtype(">i4"), struct.unpack(">2I", header[4:])
    kind = {1: "labels (one dimension)", 3: "images (three dimensions)"}[dimensions]
    if len(header) < 4 or header[:2] != b"\0\0":
        raise DataError(f"{path} is not an IDX file: {_what_it_is(file, header, dimensions)}")
    if header[2] != _UNSIGNED_BYTE:
        raise DataError(
            f"{path} holds IDX numbers of type 0x{header[2]:02x}; expected 0x08, unsigned bytes"
        )
    if header[3] != dimensions:
        raise DataError(f"{path} has {header[3]} IDX dimensions; expected {dimensions}, for {kind}")
    if len(header) < 4 + 4 * dimensions:
        raise DataError(f"{path} is truncated: it ends within its header")
    return np.dtype(np.uint8), struct.unpack(f">{dimensions}I", header[4:])


def _what_it_is(file: IO[bytes] | gzip.GzipFile, header: bytes, dimensions: int) -> str:
    found = header[:4].hex(" ") or "nothing"
    return foreign.help_for(header + file.read(512)) or (
        f"expected 00 00 08 {dimensions:02x} as its first bytes, found {found}"
    )


def _check_size_on_disk(path: str, size: int, dimensions: int) -> None:
    """Refuses a huge file before it is read, even if its header allows that size."""
    largest = MOST_EXAMPLES * (28 * 28 if dimensions == 3 else 4 * _QMNIST_COLUMNS) + 16
    if size > largest:
        raise DataError(f"{path} has {size:,} bytes; allowed: {largest:,}")
