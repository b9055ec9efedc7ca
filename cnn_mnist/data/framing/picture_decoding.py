"""Decodes PNG and JPEG files with Pillow, to the same pixels as TensorFlow's decoders.

A PNG file is decoded a few rows at a time, and a large JPEG file at a half, a quarter or an eighth
of its size, because a picture of 50 million pixels would take hundreds of megabytes.
"""

from __future__ import annotations

import dataclasses
import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from cnn_mnist.data.framing import constants

_GREY, _COLOUR, _PALETTE, _GREY_ALPHA, _COLOUR_ALPHA = 0, 2, 3, 4, 6
"""The colour types of PNG (https://www.w3.org/TR/png/#11IHDR)."""
_RAW_MODES = {
    (_GREY, 1): ("P", "P;1"),
    (_GREY, 2): ("P", "P;2"),
    (_GREY, 4): ("P", "P;4"),
    (_GREY, 8): ("L", "L"),
    (_GREY, 16): ("LA", "LA"),
    (_COLOUR, 8): ("RGB", "RGB"),
    (_COLOUR, 16): ("RGB", "RGB;16B", "RGB;16L"),
    (_PALETTE, 1): ("P", "P;1"),
    (_PALETTE, 2): ("P", "P;2"),
    (_PALETTE, 4): ("P", "P;4"),
    (_PALETTE, 8): ("P", "P"),
    (_GREY_ALPHA, 8): ("LA", "LA"),
    (_GREY_ALPHA, 16): ("RGBA", "RGBA"),
    (_COLOUR_ALPHA, 8): ("RGBA", "RGBA"),
    (_COLOUR_ALPHA, 16): ("RGBA", "RGBA;16B", "RGBA;16L"),
}
"""Pillow's mode whose channels hold a pixel's bytes, by colour type and bits, and its names for
what is unpacked to it: with two names, first the high bytes and then the low ones."""
_CHANNELS = {_GREY: 1, _COLOUR: 3, _PALETTE: 1, _GREY_ALPHA: 2, _COLOUR_ALPHA: 4}
_STRIP_PIXELS = 1 << 18
_INFLATED_AT_ONCE = 1 << 16
_PIECE = 1 << 14


@dataclasses.dataclass(frozen=True)
class Png:
    """A PNG file whose size was checked, before it is decoded.

    Attributes:
      width: in pixels.
      height: in pixels.
      bits: of a channel or a palette index in the file.
      kind: the colour type.
      is_interlaced: whether the file holds seven coarser pictures before the rest.
      palette: uint8 `[256, 4]`.
      transparent: the one transparent colour of a file without a palette, often empty.
      data: the compressed rows.
    """

    width: int
    height: int
    bits: int
    kind: int
    is_interlaced: bool
    palette: np.ndarray
    transparent: tuple[int, ...]
    data: list[memoryview]


def open_png(content: bytes) -> Png:
    """Reads what a PNG file holds before and beside its pixels.

    Raises:
      ValueError, struct.error: the file is damaged.
    """
    found, data = {b"PLTE": b"", b"tRNS": b""}, []
    for name, chunk in _chunks(content):
        if name == b"IDAT":
            data.append(chunk)
        elif data:
            break
        elif name in found:
            found[name] = bytes(chunk[8:-4])
    width, height, bits, kind, _, _, interlaced = struct.unpack(">2I5B", content[16:29])
    if (kind, bits) not in _RAW_MODES or not data:
        raise ValueError("it holds no pixels of a known kind")
    if kind == _PALETTE and not found[b"PLTE"]:
        raise ValueError("it has no palette")
    transparent = found[b"tRNS"][: len(found[b"tRNS"]) // 2 * 2]
    levels = struct.unpack(f">{len(transparent) // 2}H", transparent)
    palette = _palette(found[b"PLTE"], found[b"tRNS"])
    return Png(width, height, bits, kind, bool(interlaced), palette, levels, data)


def _chunks(content: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yields the names of chunks, and each with its length, name and checksum; the last may end."""
    at = len(constants.PNG_START)
    while at + 12 <= len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        yield name, memoryview(content)[at : at + 12 + length]
        at += 12 + length


def notes_first(content: bytes) -> bytes:
    """Returns a PNG file whose pixels come last, so that its notes are found without decoding."""
    chunks = list(_chunks(content))
    names = [name for name, _ in chunks]
    if not names or names[-1] != b"IEND" or names[-2:-1] == [b"IDAT"]:
        # There is nothing after the pixels, or the end is missing.
        return content
    notes = [chunk for name, chunk in chunks if name not in (b"IDAT", b"IEND")]
    rest = [chunk for name, chunk in chunks if name in (b"IDAT", b"IEND")]
    return b"".join([constants.PNG_START, *notes, *rest])


def _palette(colours: bytes, alphas: bytes) -> np.ndarray:
    """Returns black for colours that are missing, as TensorFlow's decoder does."""
    palette = np.full((256, 4), (0, 0, 0, 255), np.uint8)
    count = min(len(colours) // 3, 256)
    palette[:count, :3] = np.frombuffer(colours[: 3 * count], np.uint8).reshape(-1, 3)
    if len(alphas) <= count:
        palette[: len(alphas), 3] = np.frombuffer(alphas, np.uint8)
    return palette


def png_strips(png: Png) -> Iterator[np.ndarray]:
    """Decodes a PNG file from above, a few rows at a time.

    Yields:
      uint8 or uint16 `[rows, width, channels]`: grey or three colours, and alpha.

    Raises:
      Exception: of any kind, if the file is damaged.
    """
    rows = _interlaced_rows(png) if png.is_interlaced else _filtered_rows(png)
    return (_with_alpha(png, strip) for strip in rows)


def _filtered_rows(png: Png) -> Iterator[np.ndarray]:
    """Yields the samples of a few rows at a time, `[rows, width, channels]`.

    Pillow undoes the filters of a few rows if the row above them is given first, as it is.
    """
    stride = (png.width * _CHANNELS[png.kind] * png.bits + 7) // 8
    inflated = _Inflated(png.data)
    above = b""
    most = max(1, _STRIP_PIXELS // png.width)
    for start in range(0, png.height, most):
        count = min(most, png.height - start)
        rows = above + inflated.read(count * (1 + stride))
        size = (png.width, count + bool(above))
        read = _unpacked(png, size, zlib.compress(rows, 0), is_interlaced=False)
        strip = np.stack([np.asarray(image)[bool(above) :] for image in read], axis=-1)
        above = b"\0" + _packed(strip[-1], png.bits)
        yield _samples(png, strip)


def _interlaced_rows(png: Png) -> Iterator[np.ndarray]:
    """Does the same for a file that must be decoded as a whole, as Pillow holds it."""
    inflated = _Inflated(png.data)
    read = _unpacked(png, (png.width, png.height), inflated.compressed(), is_interlaced=True)
    most = max(1, _STRIP_PIXELS // png.width)
    for start in range(0, png.height, most):
        box = (0, start, png.width, min(start + most, png.height))
        yield _samples(png, np.stack([np.asarray(image.crop(box)) for image in read], axis=-1))


def _unpacked(
    png: Png, size: tuple[int, int], data: bytes, is_interlaced: bool
) -> list[Image.Image]:
    mode, *raw_modes = _RAW_MODES[png.kind, png.bits]
    return [Image.frombytes(mode, size, data, "zip", raw, is_interlaced) for raw in raw_modes]


def _packed(row: np.ndarray, bits: int) -> bytes:
    """Returns the bytes of a row as they are in a file without a filter."""
    if bits >= 8:
        return row.tobytes()
    return np.packbits(row.reshape(-1, 1) >> np.arange(bits)[::-1] & 1).tobytes()


def _samples(png: Png, strip: np.ndarray) -> np.ndarray:
    """Joins the bytes of each channel."""
    channels = np.ascontiguousarray(strip).reshape(*strip.shape[:2], _CHANNELS[png.kind], -1)
    if png.bits == 16:
        return channels[..., 0].astype(np.uint16) << 8 | channels[..., 1]
    return channels[..., 0]


class _Inflated:
    """Decompresses the rows of a PNG file.

    Args:
      chunks: the chunks that hold them, with length, name and checksum.
    """

    def __init__(self, chunks: list[memoryview]) -> None:
        self._pieces = _pieces(chunks)
        self._zlib = zlib.decompressobj()
        self._rest: bytes | memoryview = b""

    def compressed(self) -> bytes:
        """Returns all that is compressed."""
        return b"".join(self._pieces)

    def read(self, count: int) -> bytes:
        """Returns the next bytes.

        Raises:
          ValueError: there are fewer, or a checksum is wrong.
          zlib.error: they are damaged.
        """
        pieces = []
        while count:
            piece = self._zlib.decompress(self._rest, min(count, _INFLATED_AT_ONCE))
            self._rest = self._zlib.unconsumed_tail
            if not piece:
                self._rest = next(self._pieces, b"")
                if self._zlib.eof or not self._rest:
                    raise ValueError("image file is truncated")
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)


def _pieces(chunks: list[memoryview]) -> Iterator[memoryview]:
    """Yields what is in chunks in small pieces: zlib copies what it has not consumed yet."""
    for chunk in chunks:
        if int.from_bytes(chunk[-4:], "big") != zlib.crc32(chunk[4:-4]):
            raise ValueError("a checksum in it is wrong")
        for start in range(8, len(chunk) - 4, _PIECE):
            yield chunk[start : min(start + _PIECE, len(chunk) - 4)]


def _with_alpha(png: Png, samples: np.ndarray) -> np.ndarray:
    if png.kind == _PALETTE:
        return png.palette[samples[..., 0]]
    if png.kind in (_GREY_ALPHA, _COLOUR_ALPHA):
        return samples
    most = 2**png.bits - 1
    opaque = np.iinfo(samples.dtype).max
    alpha = np.full((*samples.shape[:2], 1), opaque, samples.dtype)
    if len(png.transparent) == samples.shape[2]:
        levels = np.array([level & most for level in png.transparent], samples.dtype)
        alpha *= (samples != levels).any(axis=2, keepdims=True)
    return np.concatenate([samples * samples.dtype.type(opaque // most), alpha], axis=2)


def open_jpeg(content: bytes) -> Image.Image:
    """Opens a JPEG file without decoding it, so that its size can be checked.

    Raises:
      Exception: of any kind, if the file is damaged.
    """
    return Image.open(io.BytesIO(content), formats=("JPEG",))


def decode_jpeg(image: Image.Image) -> np.ndarray:
    """Decodes a JPEG file, a large one at a part of its size.

    Returns:
      uint8 `[height, width, channels]`.

    Raises:
      Exception: of any kind, if the file is damaged.
    """
    decode_at_a_part(image)
    pixels = np.atleast_3d(np.asarray(image))
    if image.mode == "CMYK":
        # Pillow inverts the values as Adobe's programs store them, also where others wrote them.
        light = 255 - pixels if "adobe" in image.info else pixels
        pixels = (light[..., :3].astype(np.uint16) * light[..., 3:] // 255).astype(np.uint8)
    return pixels


def decode_at_a_part(image: Image.Image) -> None:
    """Lets a large JPEG file that is open be decoded at a part of its size."""
    part = _part(*image.size)
    if part > 1:
        image.draft(image.mode, (image.width // part, image.height // part))


def _part(width: int, height: int) -> int:
    """Returns 1, or the part of its size that a JPEG file is decoded at."""
    # Pillow chooses by the shorter side too.
    if min(width, height) < max(constants.JPEG_PARTS):
        return 1
    allowed = max(width, height) // constants.LARGEST_SIDE
    return max((part for part in constants.JPEG_PARTS if part <= allowed), default=1)
