"""PNG files of every kind, also of those that Pillow does not write."""

from __future__ import annotations

import struct
import zlib

import numpy as np

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By colour type: grey, colour, palette, grey with alpha, colour with alpha."""
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
"""Of Adam7: the first column and row, and the steps to the next; the last pass is below."""
_LAST_PASS = (0, 1, 1, 2)


def chunk(name: bytes, content: bytes) -> bytes:
    crc = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + crc


def encoded(values, depth, kind, chunks=(), interlaced=False) -> bytes:
    """Returns a PNG file whose rows use each of the five filters in turn.

    Args:
      values: integers below `2**depth`, `[height, width, channels]`.
      depth: bits of a channel.
      kind: the colour type.
      chunks: pairs of name and content, that stand before the pixels.
      interlaced: whether it is stored in the seven passes of Adam7.
    """
    height, width = values.shape[:2]
    passes = (*_PASSES, _LAST_PASS) if interlaced else ((0, 0, 1, 1),)
    parts = [values[y::down, x::right] for x, y, right, down in passes]
    rows = b"".join(_filtered(part, depth) for part in parts if part.size)
    header = struct.pack(">2I5B", width, height, depth, kind, 0, 0, int(interlaced))
    framed = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in framed)


def _filtered(values, depth) -> bytes:
    rows = [_packed(row.reshape(-1), depth) for row in values]
    step = max(1, values.shape[2] * depth // 8)
    above, written = np.zeros(len(rows[0]), int), b""
    for number, row in enumerate(rows):
        left, corner = (np.concatenate([np.zeros(step, int), r])[: len(row)] for r in (row, above))
        guess = left + above - corner
        near = [np.abs(guess - other) for other in (left, above, corner)]
        paeth = np.choose(np.argmin(near, axis=0), [left, above, corner])
        kind = number % 5
        predicted = (0, left, above, (left + above) // 2, paeth)[kind]
        written += bytes([kind]) + ((row - predicted) % 256).astype(np.uint8).tobytes()
        above = row
    return written


def _packed(row, depth):
    """Returns a row's bytes as integers."""
    if depth == 16:
        content = row.astype(">u2").tobytes()
    elif depth == 8:
        content = row.astype(np.uint8).tobytes()
    else:
        bits = (row[:, np.newaxis] >> np.arange(depth - 1, -1, -1)) & 1
        content = np.packbits(bits.astype(np.uint8)).tobytes()
    return np.frombuffer(content, np.uint8).astype(int)
