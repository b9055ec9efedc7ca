"""Image files of any size and format, brought to what the network was trained on."""

from __future__ import annotations

import glob
import os
import warnings
from collections.abc import Sequence
from typing import IO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from cnn_mnist.errors import UserError

INVERT = ("auto", "always", "never")
SIZE = 28
_BOX = 20
_NOISE = 0.1
_LARGEST_SIDE = 2048
# What PIL calls PostScript, which it has Ghostscript run, for as long as the file wants.
_PROGRAM = "EPS"
# What PIL cannot shrink or turn into grey as it is, and what it can.
_BETTER_MODES = {
    "I;16": "I",
    "I;16B": "I",
    "I;16L": "I",
    "I;16N": "I",
    "LAB": "RGB",
    "La": "LA",
    "PA": "RGBA",
}


def find(patterns: Sequence[str]) -> list[str]:
    """Returns the files that paths, folders and glob patterns name, sorted within each.

    Raises:
      UserError: a pattern names no file.
    """
    return [path for pattern in patterns for path in _find_one(pattern)]


def _find_one(pattern: str) -> list[str]:
    try:
        paths = _find_files(os.path.expanduser(pattern))
    except UserError:
        raise
    except (ValueError, RecursionError):
        # A name that no file can have, or a pattern of a thousand folders within each other.
        paths = []
    if not paths and "," in pattern:
        paths = find([part.strip() for part in pattern.split(",") if part.strip()])
    if not paths:
        raise UserError(f"--images={pattern} names no image file")
    return paths


def _find_files(pattern: str) -> list[str]:
    if os.path.isdir(pattern):
        return _list_folder(pattern)
    if os.path.exists(pattern):
        return [pattern]
    return sorted(path for path in glob.glob(pattern, recursive=True) if os.path.isfile(path))


def _list_folder(folder: str) -> list[str]:
    """Returns the files of a folder that PIL can read, going by their names."""
    readable = {
        end
        for end, form in Image.registered_extensions().items()
        if form in Image.OPEN and form != _PROGRAM
    }
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise UserError(f"--images={folder} cannot be read: {error.strerror}") from error
    names = [n for n in names if n.lower().endswith(tuple(readable)) and not n.startswith(".")]
    paths = [os.path.join(folder, name) for name in names]
    return [path for path in paths if os.path.isfile(path)]


def read(path: str, invert: str = "auto", digits: bool = True) -> np.ndarray:
    """Reads one image as the network expects it: light on dark, 28×28.

    A 28×28 image is taken as it is. Any other is cut to its content, brought into a
    20×20 box and centred by mass, as MNIST's were (http://yann.lecun.com/exdb/mnist/);
    or, where the classes are no digits, fitted whole into 28×28.

    Args:
      path: a file that PIL reads; the first frame of an animation.
      invert: `always`, `never`, or `auto`: where most of the border is light.
      digits: whether the classes are digits.

    Returns:
      uint8 `[28, 28, 1]`, 0 is background.

    Raises:
      UserError: the file is missing, or no image that PIL can read.
    """
    grey = _read_grey(path)
    if invert == "always" or (invert == "auto" and np.median(_border(grey)) > 0.5):
        grey = 1.0 - grey
    if grey.shape != (SIZE, SIZE):
        grey = _frame_digit(grey) if digits else _fit(grey, SIZE)
    return np.rint(grey * 255).astype(np.uint8)[..., np.newaxis]


def _read_grey(path: str) -> np.ndarray:
    """Returns float64 `[height, width]`, 0 to 1, at most 2048 pixels a side."""
    try:
        with warnings.catch_warnings():
            # Of damage that PIL can live with, such as odd metadata, nothing needs saying.
            warnings.simplefilter("ignore")
            # PIL warns from 89 million pixels and refuses from twice that; refuse at once.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # Given the path, Pillow 13 maps a grey TIFF file, and then does not turn it upright.
            with open(path, "rb") as file, Image.open(file) as image:
                if image.format == _PROGRAM:
                    raise ValueError("PostScript is a program, which would have to be run")
                if image.fp and image.format in ("JPEG", "MPO"):
                    _check_scans(image.fp)
                # JPEG can be decoded at a fraction of its size.
                image.draft("L", (1024, 1024))
                return _to_grey(_shrink(image))
    except FileNotFoundError as error:
        raise UserError(f"{path} is missing") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UserError(
            f"{path} has too many pixels; allowed: {Image.MAX_IMAGE_PIXELS:,}"
        ) from error
    except Exception as error:
        # PIL's readers raise errors of every kind on a damaged file.
        reason = "" if isinstance(error, UnidentifiedImageError) else f" ({_reason(error)})"
        raise UserError(
            f"{path} is no image that can be read{reason}; expected PNG, JPEG or another of PIL's"
        ) from error


def _check_scans(file: IO[bytes]) -> None:
    """Each scan takes as long as a whole picture and eleven bytes; progressive ones have a dozen.

    The bytes that begin one may also occur in a film or a preview within the file.
    """
    place = file.tell()
    file.seek(0)
    content = file.read()
    file.seek(place)
    if (scans := content.count(b"\xff\xda")) > 100 + len(content) // 8192:
        raise ValueError(f"{scans:,} scans")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _shrink(image: Image.Image) -> Image.Image:
    """Turns a picture upright, and shrinks it: 89 million pixels would take gigabytes as floats."""
    # Else Pillow may take the size of before it was turned.
    image.load()
    better = _BETTER_MODES.get(image.mode)
    if better:
        # Turned first, since what it is converted to may not know which way up it is.
        image = _upright(image).convert(better)
    # Averages stay within the range of values, by which it is known what white is.
    is_wide = image.mode in ("I", "F")
    resample = Image.Resampling.BOX if is_wide else Image.Resampling.BICUBIC
    image.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE), resample)
    return image if better else _upright(image)


def _upright(image: Image.Image) -> Image.Image:
    # A TIFF file is turned as it is loaded, and by older Pillows a second time if told to.
    return image if image.format == "TIFF" else ImageOps.exif_transpose(image)


def _to_grey(image: Image.Image) -> np.ndarray:
    if image.mode in ("I", "F"):
        return _wide_to_grey(image)
    if "A" in image.getbands() or "transparency" in image.info:
        return _over_ground(image.convert("RGBA"))
    return np.asarray(image.convert("L"), np.float64) / 255


def _wide_to_grey(image: Image.Image) -> np.ndarray:
    """Takes the scale that the values fit into; NaN and infinity are 0."""
    values = np.asarray(image, np.float64)
    values = np.where(np.isfinite(values), values, 0)
    scales = [1.0, 255.0, 65535.0] if image.mode == "F" else [255.0, 65535.0]
    full = next((s for s in scales if values.max(initial=0) <= s), scales[-1])
    return np.clip(values / full, 0, 1)


def _over_ground(image: Image.Image) -> np.ndarray:
    """Lays transparency over white, or over black where what is drawn is light."""
    ink = np.asarray(image.convert("L"), np.float64)[np.asarray(image.getchannel("A")) > 127]
    ground = "black" if ink.size and ink.mean() > 127 else "white"
    laid = Image.alpha_composite(Image.new("RGBA", image.size, ground), image)
    return np.asarray(laid.convert("L"), np.float64) / 255


def _border(grey: np.ndarray) -> np.ndarray:
    return np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])


def _frame_digit(grey: np.ndarray) -> np.ndarray:
    ink = np.clip(grey - np.median(_border(grey)), 0, None)
    if ink.max() < _NOISE:
        return np.zeros((SIZE, SIZE))
    ink = ink / ink.max()
    ink[ink < _NOISE] = 0
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return _centre_by_mass(_scale(cut, _BOX))


def _fit(grey: np.ndarray, size: int) -> np.ndarray:
    scaled = _scale(grey, size)
    top, left = (size - scaled.shape[0]) // 2, (size - scaled.shape[1]) // 2
    canvas = np.zeros((size, size))
    canvas[top : top + scaled.shape[0], left : left + scaled.shape[1]] = scaled
    return canvas


def _scale(grey: np.ndarray, longest: int) -> np.ndarray:
    height, width = grey.shape
    factor = longest / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    image = Image.fromarray(grey.astype(np.float32))
    return np.clip(np.asarray(image.resize(size, Image.Resampling.BICUBIC), np.float64), 0, 1)


def _centre_by_mass(ink: np.ndarray) -> np.ndarray:
    height, width = ink.shape
    total = ink.sum() or 1.0
    row = (ink.sum(axis=1) * np.arange(height)).sum() / total
    column = (ink.sum(axis=0) * np.arange(width)).sum() / total
    # In MNIST the centre of mass lies on pixel 14, counted from 0, in all 10,000 test images.
    top = int(np.clip(round(SIZE / 2 - row), 0, SIZE - height))
    left = int(np.clip(round(SIZE / 2 - column), 0, SIZE - width))
    canvas = np.zeros((SIZE, SIZE))
    canvas[top : top + height, left : left + width] = ink
    return canvas
