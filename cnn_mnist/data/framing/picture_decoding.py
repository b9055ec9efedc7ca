"""Decodes PNG and JPEG files with Pillow, to the same pixels as TensorFlow's decoders."""

from __future__ import annotations

import dataclasses
import io
import struct

import numpy as np
from PIL import Image

from cnn_mnist.data.framing import constants

_GREY, _COLOUR, _PALETTE, _GREY_ALPHA, _COLOUR_ALPHA = 0, 2, 3, 4, 6
"""The colour types of PNG (https://www.w3.org/TR/png/#11IHDR)."""
_RAW_MODES = {"RGB": ("RGB;16B", "RGB;16L"), "RGBA": ("RGBA;16B", "RGBA;16L")}
"""Pillow's names for the high and for the low bytes of big-endian 16-bit channels."""


@dataclasses.dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes:
      colours: uint8 or uint16 `[height, width, channels]`, 1 channel for grey, else 3.
      alpha: of the same type, `[height, width, 1]`; None if every pixel is opaque.
      bits: of a channel or a palette index in the file.
    """

    colours: np.ndarray
    alpha: np.ndarray | None = None
    bits: int = 8


def decode_png(content: bytes) -> Picture:
    """Decodes a PNG file whose size was checked.

    Raises:
      Exception: of any kind, if the file is damaged.
    """
    bits, kind = content[24], content[25]
    with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
        if bits == 16:
            pixels = _wide(image, content, kind)
        elif kind == _PALETTE:
            pixels = np.asarray(image.convert("RGBA"))
        else:
            pixels = np.atleast_3d(np.asarray(image))
            if pixels.dtype == bool:
                pixels = pixels * np.uint8(255)
    channels = 1 if kind in (_GREY, _GREY_ALPHA) else 3
    colours = pixels[..., :channels]
    if pixels.shape[2] > channels:
        return Picture(colours, pixels[..., channels:], bits)
    return Picture(colours, _alpha_of_one_colour(content, colours, bits), bits)


def _wide(image: Image.Image, content: bytes, kind: int) -> np.ndarray:
    """Returns pixels with 16 bits a channel; Pillow by itself reads 8 bits, except of grey."""
    if kind == _GREY:
        return np.atleast_3d(np.asarray(image)).astype(np.uint16)
    if kind == _GREY_ALPHA:
        # Two channels of two bytes are read like four of one byte.
        read = _with_raw_mode(image, "RGBA").astype(np.uint16)
        return read[..., ::2] << 8 | read[..., 1::2]
    high, low = _RAW_MODES[image.mode]
    pixels = _with_raw_mode(image, high).astype(np.uint16) << 8
    with Image.open(io.BytesIO(content), formats=("PNG",)) as again:
        return pixels | _with_raw_mode(again, low)


def _with_raw_mode(image: Image.Image, raw_mode: str) -> np.ndarray:
    codec, box, offset, _ = image.tile[0]  # type: ignore[attr-defined]
    image.tile = [(codec, box, offset, raw_mode)]  # type: ignore[attr-defined]
    return np.asarray(image)


def _alpha_of_one_colour(content: bytes, colours: np.ndarray, bits: int) -> np.ndarray | None:
    """Returns alpha for the one colour that the chunk tRNS makes transparent, or None."""
    levels = _transparent_levels(content)
    if len(levels) != colours.shape[2]:
        return None
    most = 2**bits - 1
    opaque = np.iinfo(colours.dtype).max
    levels = [(level & most) * (opaque // most) for level in levels]
    is_ink = (colours != np.array(levels, colours.dtype)).any(axis=2, keepdims=True)
    return is_ink * colours.dtype.type(opaque)


def _transparent_levels(content: bytes) -> list[int]:
    """Returns the 16-bit numbers in the chunk tRNS of a file without a palette."""
    at = len(constants.PNG_START)
    while at + 8 <= len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        if name == b"IDAT":
            break
        if name == b"tRNS":
            levels = content[at + 8 : at + 8 + length]
            return list(struct.unpack(f">{len(levels) // 2}H", levels[: len(levels) // 2 * 2]))
        at += 12 + length
    return []


def open_jpeg(content: bytes) -> Image.Image:
    """Opens a JPEG file without decoding it, so that its size can be checked.

    Raises:
      Exception: of any kind, if the file is damaged.
    """
    return Image.open(io.BytesIO(content), formats=("JPEG",))


def decode_jpeg(image: Image.Image) -> Picture:
    """Decodes a JPEG file.

    Raises:
      Exception: of any kind, if the file is damaged.
    """
    pixels = np.atleast_3d(np.asarray(image))
    if image.mode == "CMYK":
        # Pillow inverts the values as Adobe's programs store them, also where others wrote them.
        light = 255 - pixels if "adobe" in image.info else pixels
        pixels = (light[..., :3].astype(np.uint16) * light[..., 3:] // 255).astype(np.uint8)
    return Picture(pixels)
