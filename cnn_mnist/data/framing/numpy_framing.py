"""Frames pictures as MNIST does, in NumPy: the same as `graph_framing` without TensorFlow.

On x86 processors every pixel of every test picture is equal, also of JPEG files: TensorFlow and
Pillow decode those with libjpeg-turbo and the same options.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable

import numpy as np

from cnn_mnist.data.framing import constants, numpy_digits, picture_decoding
from cnn_mnist.data.framing.constants import GREY, JPEG_START, PNG_START, SIZE
from cnn_mnist.data.framing.resampling import resize, resize_strips

_SCALE = np.float32(1 / 255)
"""TensorFlow divides by 255 as a product with this."""


def frame(content: bytes, invert: str = "auto", digits: bool = True) -> np.ndarray:
    """Converts a picture to an image that the network was trained on; see `data.framing.frame`.

    Args:
      content: the bytes of a PNG or JPEG file.
      invert: `always`, `never`, or `auto`; see `data.framing.frame`.
      digits: whether the classes are digits.

    Returns:
      uint8 `[28, 28, 1]`; 0 is background.

    Raises:
      ValueError: the picture is neither PNG nor JPEG, or exceeds the limits of
        `constants`.
      Exception: of any kind, from Pillow, if the picture is damaged.
    """
    picture = grey(content)
    if digits:
        return numpy_digits.frame(picture, invert)[..., np.newaxis]
    light = _light_on_dark(picture, invert)
    whole = light if light.shape == (SIZE, SIZE) else _whole(light)
    return np.rint(whole * np.float32(255)).astype(np.uint8)[..., np.newaxis]


def grey(content: bytes) -> np.ndarray:
    """Decodes a picture: float32 `[height, width]`, 0 to 1, at most 1024 pixels a side.

    Raises:
      Exception: as `frame`.
    """
    is_png = content.startswith(PNG_START)
    _check(is_png or content.startswith(JPEG_START), "is neither PNG nor JPEG")
    _check(len(content) <= constants.MOST_BYTES, f"has more than {constants.MOST_BYTES:,} bytes")
    return _png(content) if is_png else _jpeg(content)


def count_pixels(content: bytes) -> int:
    """Returns how many of `constants.MOST_PIXELS_IN_ALL` a picture takes; 0 if it is damaged."""
    if content.startswith(PNG_START):
        return math.prod(_png_size(content))
    try:
        with picture_decoding.open_jpeg(content) as image:
            return math.prod(image.size) * max(1, _scans(content) // constants.USUAL_SCANS)
    # Of any kind, from Pillow.
    except Exception:
        return 0


def _png_size(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">2I", content[16:24].ljust(8, b"\0"))
    return width, height


def _scans(content: bytes) -> int:
    """Returns the scans of a JPEG file beyond those that a preview in so large a file may have."""
    return content.count(constants.SCAN) - len(content) // constants.BYTES_PER_SCAN


def _png(content: bytes) -> np.ndarray:
    _check_size(*_png_size(content))
    png = picture_decoding.open_png(content)
    strips = picture_decoding.png_strips(png)
    pixels = _shrunk(strips, (png.height, png.width))
    colours, alpha = pixels[..., :-1], pixels[..., -1]
    if png.bits == 16:
        # Some programs store 8-bit values in 16 bits.
        colours /= np.float32(255 if colours.max() <= 255 else 65535)
        alpha /= np.float32(65535)
    else:
        # Where a palette index has fewer than 8 bits, the graph takes so low an alpha as opaque.
        lowest = np.float32(2**png.bits - 1)
        colours *= _SCALE
        alpha /= np.float32(255) if alpha.max() > lowest else lowest
    return _over_ground(_weighted(colours), alpha)


def _weighted(colours: np.ndarray) -> np.ndarray:
    red, green, blue = np.broadcast_to(colours, (*colours.shape[:2], 3)).transpose(2, 0, 1)
    weights = [np.float32(weight) for weight in GREY]
    return red * weights[0] + green * weights[1] + blue * weights[2]


def _over_ground(grey: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Lays a picture with transparency over white, or over black if the drawing is light."""
    ink = grey[alpha > 0.5]
    is_light = ink.sum(dtype=np.float64) > 0.5 * ink.size
    ground = np.float32(0 if is_light else 1)
    return grey * alpha + ground * (np.float32(1) - alpha)


def _jpeg(content: bytes) -> np.ndarray:
    _check(_scans(content) <= constants.MOST_SCANS, "is a JPEG file with too many scans")
    with picture_decoding.open_jpeg(content) as image:
        _check_size(*image.size)
        decoded = picture_decoding.decode_jpeg(image)
    pixels = _shrunk([decoded], decoded.shape[:2]) * _SCALE
    return _weighted(pixels) if pixels.shape[2] == 3 else pixels[..., 0]


def _check_size(width: int, height: int) -> None:
    fits = min(width, height) >= 1 and max(width, height) <= constants.MOST_SIDE
    _check(fits, f"is larger than {constants.MOST_SIDE:,} pixels a side")
    _check(
        width * height <= constants.MOST_PIXELS,
        f"has more than {constants.MOST_PIXELS:,} pixels",
    )


def _check(holds: bool, text: str) -> None:
    if not holds:
        raise ValueError(text)


def _shrunk(strips: Iterable[np.ndarray], size: tuple[int, ...]) -> np.ndarray:
    """Returns float32 `[height, width, channels]`, averaged so that values keep their range."""
    if max(size) <= constants.LARGEST_SIDE:
        return np.concatenate([strip.astype(np.float32) for strip in strips])
    return resize_strips(strips, size, _size_with(size, constants.LARGEST_SIDE), "triangle")


def _size_with(size: tuple[int, ...], longest: int) -> tuple[int, int]:
    # round takes halves to the even number, as TensorFlow's does.
    height, width = (max(1, round(side * (longest / max(size)))) for side in size)
    return height, width


def _light_on_dark(grey: np.ndarray, invert: str) -> np.ndarray:
    if invert == "always" or (invert == "auto" and _ground(grey) > 0.5):
        return np.float32(1) - grey
    return grey


def _ground(grey: np.ndarray) -> np.float32:
    """Returns the median of the border; a pixel in a corner counts twice."""
    border = np.sort(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]))
    middle = len(border) // 2
    return (border[middle - 1] + border[middle]) / np.float32(2)


def _whole(grey: np.ndarray) -> np.ndarray:
    scaled = _scaled(grey, SIZE)
    height, width = scaled.shape
    return _placed(scaled, (SIZE - height) // 2, (SIZE - width) // 2)


def _scaled(grey: np.ndarray, longest: int) -> np.ndarray:
    size = _size_with(grey.shape, longest)
    return np.clip(resize(grey[..., np.newaxis], *size, "keyscubic")[..., 0], 0, 1)


def _placed(ink: np.ndarray, top: int, left: int) -> np.ndarray:
    whole = np.zeros((SIZE, SIZE), np.float32)
    height, width = ink.shape
    whole[top : top + height, left : left + width] = ink
    return whole
