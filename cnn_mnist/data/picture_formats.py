"""The picture formats that are read.

Pillow decodes each of them by itself. Formats that run a program (PostScript) or that open
whatever file is inside them (IPTC, ICO) are left out: those would be read by every reader that
Pillow has, programs included.
"""

from __future__ import annotations

import contextlib
import io

from PIL import Image, UnidentifiedImageError

# Pillow loads the readers of the first row when it opens any file. It needs 80 ms for all others.
_LOADED_AT_ONCE = {
    "PNG": (".png", ".apng"),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "GIF": (".gif",),
    "BMP": (".bmp",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
}
_OTHERS = {
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "TGA": (".tga",),
    "JPEG2000": (".jp2", ".j2k", ".jpx"),
    "AVIF": (".avif",),
}
NAMES = (*_LOADED_AT_ONCE, *_OTHERS)
"""Pillow's names of the formats that are read."""
ENDINGS = tuple(end for ends in (_LOADED_AT_ONCE | _OTHERS).values() for end in ends)
"""How the names of such files end, in lower case."""
IN_WORDS = "PNG, JPEG, GIF, BMP, PPM, TIFF, WebP, TGA, JPEG 2000 or AVIF"


def open_picture(content: bytes) -> Image.Image:
    """Opens a picture without decoding it, so that its size can be checked first.

    Args:
      content: the bytes of a file.

    Raises:
      UnidentifiedImageError: it is in none of these formats, or this Pillow was built without
        the format.
      Exception: of any kind, if the file is damaged.
    """
    with contextlib.suppress(UnidentifiedImageError):
        return Image.open(io.BytesIO(content), formats=tuple(_LOADED_AT_ONCE))
    Image.init()
    others = [name for name in _OTHERS if name in Image.OPEN]
    return Image.open(io.BytesIO(content), formats=others)
