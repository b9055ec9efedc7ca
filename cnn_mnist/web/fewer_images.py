"""Takes some of an export's images for the pages, as one PNG with an image a row.

Rows are copied as they are compressed, filter and all (https://www.w3.org/TR/png/#9Filters), so
nothing is decoded beyond zlib, and no package is needed.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from typing import Any

from cnn_mnist.errors import ExportError

TRAIN, TEST = 6_500, 1_000
"""Training images: the 5,500 that the page Train begins with, and 1,000 for its validation."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PIXELS = 784
_LINE = _PIXELS + 1
"""Bytes of a row: its filter, and its pixels."""
_ALONE = (0, 1)
"""The filters None and Sub; the others refer to the row above."""


def some(folder: str) -> dict[str, bytes]:
    """Returns the files of a smaller `export/data` by name.

    It has the first `TRAIN` training images, and `TEST` test images in a row, normally the first:
    they begin with the first row that does not refer to the one above.

    Args:
      folder: an export's `data`.

    Raises:
      ExportError: its files are damaged or do not fit together.
      OSError: a file cannot be read.
    """
    facts, labels = _facts(folder), _read(folder, "labels.bin")
    lines = _lines(folder, facts)
    begin, end = facts["train"], facts["train"] + facts["test"]
    if len(labels) != end:
        raise ExportError(f"{folder}/labels.bin does not fit data.json; export again")
    train, first = min(TRAIN, begin), _first_alone(lines, begin, end)
    last = min(first + TEST, end)
    rows = lines[: train * _LINE] + lines[first * _LINE : last * _LINE]
    files = {
        "images.png": _png(rows),
        "labels.bin": labels[:train] + labels[first:last],
    }
    facts.update(train=train, test=last - first)
    facts["samples"] = min(facts.get("samples", 0), facts["test"])
    if first > begin or not facts["samples"]:
        # The samples are the first test images, which others take the place of.
        del facts["samples"]
    else:
        files["samples.png"] = _read(folder, "samples.png")
    # That of all images.
    facts.pop("sha256", None)
    return {**files, "data.json": (json.dumps(facts, indent=1) + "\n").encode()}


def _read(folder: str, name: str) -> bytes:
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def _facts(folder: str) -> dict[str, Any]:
    try:
        facts = json.loads(_read(folder, "data.json"))
        if min(facts["train"], facts["test"]) > 0:
            return dict(facts)
    except (ValueError, KeyError, TypeError) as error:
        raise ExportError(f"{folder}/data.json is damaged ({error}); export again") from error
    raise ExportError(f"{folder}/data.json counts no images; export again")


def _lines(folder: str, facts: dict[str, Any]) -> bytes:
    """Returns the rows with their filters, checked to be those that `data.json` counts."""
    path, count = os.path.join(folder, "images.png"), facts["train"] + facts["test"]
    try:
        header, content = _chunks(_read(folder, "images.png"))
        expands = zlib.decompressobj()
        lines = expands.decompress(content, count * _LINE + 1)
    except (struct.error, zlib.error, IndexError) as error:
        raise ExportError(f"{path} is damaged ({error}); export again") from error
    if header != _header(count) or len(lines) != count * _LINE:
        raise ExportError(f"{path} does not fit data.json; export again")
    return lines


def _chunks(content: bytes) -> tuple[bytes, bytes]:
    """Returns the header and the compressed pixels of a PNG file."""
    header, pixels, at = b"", [], len(_SIGNATURE)
    while at < len(content):
        (size,) = struct.unpack_from(">I", content, at)
        kind, chunk = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            header = chunk
        elif kind == b"IDAT":
            pixels.append(chunk)
        at += 12 + size
    return header, b"".join(pixels)


def _header(rows: int) -> bytes:
    # 8 bits of grey, compressed with zlib, each row with its filter, not interlaced.
    return struct.pack(">IIBBBBB", _PIXELS, rows, 8, 0, 0, 0, 0)


def _first_alone(lines: bytes, begin: int, end: int) -> int:
    for row in range(begin, end):
        if lines[row * _LINE] in _ALONE:
            return row
    raise ExportError("every test image of images.png refers to the one above it; export again")


def _png(rows: bytes) -> bytes:
    # The strategy that the export uses: half the time of the default at the same size.
    compressor = zlib.compressobj(level=6, strategy=zlib.Z_RLE)
    pixels = compressor.compress(rows) + compressor.flush()
    chunks = ((b"IHDR", _header(len(rows) // _LINE)), (b"IDAT", pixels), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    sum_of = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", sum_of)
