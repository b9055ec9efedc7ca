"""Bounds what a compressed file of images may unpack to, which may fill memory."""

from __future__ import annotations

from cnn_mnist.errors import DataError

# MNIST's files unpack to 5 times their size; gzip can reach 1,000 times.
_MOST_TIMES = 100
_ALWAYS_ALLOWED = 1 << 26


def most_bytes(size: int) -> int:
    """Returns how many bytes a file of a size may unpack to."""
    return max(_ALWAYS_ALLOWED, _MOST_TIMES * size)


def too_many(path: str, size: int) -> DataError:
    """Returns the error for a file that unpacks to more."""
    return DataError(
        f"{path} unpacks to more than {_MOST_TIMES} times its {size:,} bytes, which no real "
        "images do"
    )
