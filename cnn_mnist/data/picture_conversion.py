"""Converts pictures of every mode that Pillow knows to PNG files that the graph reads.

No step holds much more than the picture as Pillow decodes it: what would, goes in strips of rows.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageOps

_LARGEST_SIDE = 2048
_STRIP_ROWS = 64
# Modes that PIL cannot shrink or convert to grey, and the modes to convert them to first.
_BETTER_MODES = {
    "I;16": "I",
    "I;16B": "I",
    "I;16L": "I",
    "I;16N": "I",
    "LAB": "RGB",
    "La": "LA",
    "PA": "RGBA",
}


def decode_fewer_levels(image: Image.Image, content: bytes) -> None:
    """Lets a large JPEG 2000 file be decoded at a part of its size, by halves."""
    # The marker COD holds how often the file halves the picture (ISO/IEC 15444-1, A.6.1).
    levels = content[content.find(b"\xff\x52", content.find(b"\xff\x51")) + 9]
    halves = (max(image.size) // _LARGEST_SIDE).bit_length() - 1
    if min(levels, halves) > 0:
        image.reduce = min(levels, halves)  # type: ignore[assignment, method-assign]


def as_png(image: Image.Image) -> bytes:
    """Returns a picture as a PNG file: upright, with 8 bits a channel, of at most 2048 a side."""
    file = io.BytesIO()
    _simplified(_shrunk(image)).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _shrunk(image: Image.Image) -> Image.Image:
    """Shrinks a picture and turns it upright: 50 million pixels would take gigabytes as floats."""
    image = _in_better_mode(image)
    # Averages stay within the range of values, which later tells the value of white.
    is_wide = image.mode in ("I", "F")
    resample = Image.Resampling.BOX if is_wide else Image.Resampling.BICUBIC
    image.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE), resample)
    return _upright(image)


def _in_better_mode(image: Image.Image) -> Image.Image:
    """Returns a picture that PIL can shrink; a large one is converted and shrunk in strips."""
    mode = _BETTER_MODES.get(image.mode)
    if mode is None:
        return image
    factor = max(1, max(image.size) // _LARGEST_SIDE)
    small = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    for top in range(0, image.height, factor * _STRIP_ROWS):
        bottom = min(top + factor * _STRIP_ROWS, image.height)
        strip = image.crop((0, top, image.width, bottom)).convert(mode)
        small.paste(strip.reduce(factor) if factor > 1 else strip, (0, top // factor))
    # Both say how it is turned.
    small.info, small.format = image.info, image.format
    return small


def _upright(image: Image.Image) -> Image.Image:
    # Pillow turns a TIFF file when it loads it; exif_transpose of older versions turns it again.
    return image if image.format == "TIFF" else ImageOps.exif_transpose(image)


def _simplified(image: Image.Image) -> Image.Image:
    """Returns the image with 8 bits a channel, as grey, RGB or RGBA."""
    if image.mode in ("I", "F"):
        return Image.fromarray(_wide_to_grey(np.asarray(image)))
    if "A" in image.getbands() or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _wide_to_grey(values: np.ndarray) -> np.ndarray:
    """Scales the values to uint8 by the smallest usual range they fit into; NaN and inf are 0."""
    is_whole = np.issubdtype(values.dtype, np.integer)
    values = np.where(np.isfinite(values), values, 0)
    scales = [255.0, 65535.0] if is_whole else [1.0, 255.0, 65535.0]
    full = next((s for s in scales if values.max(initial=0) <= s), scales[-1])
    return np.rint(np.clip(values / full, 0, 1) * 255).astype(np.uint8)
