"""Reads image files of any size and format as the 28×28 images that the network expects."""

from __future__ import annotations

import contextlib
import functools
import glob
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from PIL import Image, UnidentifiedImageError

from cnn_mnist.data import foreign, picture_conversion, picture_formats
from cnn_mnist.data.framing import constants, numpy_framing, picture_decoding, several_digits
from cnn_mnist.data.framing.several_digits import Found
from cnn_mnist.errors import DataError, UserError, wording

T = TypeVar("T")

# Looking for a pattern takes time by the square of its length.
_LONGEST_PATH = 4096
_ORIENTATION = 0x0112
_ALLOWED = f"allowed: {constants.MOST_SIDE:,} a side and {constants.MOST_PIXELS:,} in all"
# Formats of animations and pages. Phones add pictures to JPEG that nobody sees.
_OF_FRAMES = ("GIF", "PNG", "WEBP", "TIFF")


def find(patterns: Sequence[str]) -> list[str]:
    """Returns the files named by paths, folders and glob patterns, sorted within each.

    A pattern may also be a comma-separated list.

    Raises:
      DataError: a pattern names no file, or a folder cannot be read.
    """
    return [path for pattern in patterns for path in _find_one(pattern)]


def _find_one(pattern: str) -> list[str]:
    try:
        paths = _find_files(os.path.expanduser(pattern))
    except UserError:
        raise
    except (ValueError, RecursionError):
        # A name that no file can have, or a pattern with a thousand nested folders.
        paths = []
    if not paths and "," in pattern:
        paths = find([part.strip() for part in pattern.split(",") if part.strip()])
    if not paths:
        raise DataError(f"{wording('patterns', '--images')}={pattern} names no image file")
    return paths


def _find_files(pattern: str) -> list[str]:
    if len(pattern) > _LONGEST_PATH:
        return []
    if os.path.isdir(pattern):
        return _list_folder(pattern)
    if os.path.exists(pattern):
        return [pattern]
    return sorted(path for path in glob.glob(pattern, recursive=True) if os.path.isfile(path))


def _list_folder(folder: str) -> list[str]:
    try:
        return in_folder(folder)
    except OSError as error:
        raise DataError(
            f"{wording('patterns', '--images')}={folder} cannot be read: {error.strerror}"
        ) from error


def in_folder(folder: str) -> list[str]:
    """Returns the files of a folder whose names end as those of pictures, sorted.

    Raises:
      OSError: the folder cannot be read.
    """
    with os.scandir(folder) as entries:
        names = [
            entry.name
            for entry in entries
            if entry.name.lower().endswith(picture_formats.ENDINGS)
            and not entry.name.startswith(".")
            # Unlike os.path.isfile it asks the system about links only: 100,000 files are usual.
            and entry.is_file()
        ]
    return [os.path.join(folder, name) for name in sorted(names)]


def read(
    path: str, invert: str = "auto", digits: bool = True, engine: str = "tensorflow"
) -> np.ndarray:
    """Reads one image as the network expects it; see `data.framing.frame`.

    Args:
      path: a file in one of the formats `data.picture_formats.NAMES`; of an animation, the first
        frame is read.
      invert: `always`, `never`, or `auto`; see `data.framing.frame`.
      digits: whether the classes are digits.
      engine: one of `config.choices.ENGINES`; all but `tensorflow` frame without TensorFlow.

    Returns:
      uint8 `[28, 28, 1]`; 0 is background.

    Raises:
      DataError: the file is missing, too large, or not a readable image.
    """
    return read_content(path, content_of(path), invert, digits, engine)


def read_content(
    path: str,
    content: bytes,
    invert: str = "auto",
    digits: bool = True,
    engine: str = "tensorflow",
) -> np.ndarray:
    """Does the same as `read` for the content of a file, which messages call `path`."""
    return framed(path, _as_png_or_jpeg(path, content), invert, digits, engine)


def framed(
    path: str,
    content: bytes,
    invert: str = "auto",
    digits: bool = True,
    engine: str = "tensorflow",
) -> np.ndarray:
    """Does the same as `read` for what `as_png_or_jpeg` returned of a file."""
    if engine != "tensorflow":
        return _with_numpy(path, lambda: numpy_framing.frame(content, invert, digits))
    return _read_in_graph(path, content, invert, digits)


def frame_and_find(
    path: str, content: bytes, invert: str = "auto"
) -> tuple[np.ndarray, list[Found]]:
    """Does what `data.framing.several_digits` does for what `as_png_or_jpeg` returned of a file.

    Raises:
      DataError: the file is not a readable image.
    """
    return _with_numpy(path, lambda: several_digits.frame_and_find(content, invert))


def _with_numpy(path: str, frame: Callable[[], T]) -> T:
    try:
        with _without_warnings():
            return frame()
    except Exception as error:
        raise _unreadable(path, _reason(error)) from error


def _read_in_graph(path: str, content: bytes, invert: str, digits: bool) -> np.ndarray:
    from cnn_mnist.tf_compat import forks, tf

    forks.check()
    try:
        return _framed(invert, digits)([content])[0]
    except tf.errors.InvalidArgumentError as error:
        raise _unreadable(path, "TensorFlow cannot decode it") from error


def as_png_or_jpeg(path: str) -> bytes:
    """Returns an image file in the form that an export's signature `image_bytes` accepts.

    A PNG or JPEG file is returned unchanged, unless its EXIF data rotate it. A rotated picture,
    or one in another format, is converted to PNG.

    Raises:
      DataError: the file is missing, too large, or not a readable image.
    """
    return _as_png_or_jpeg(path, content_of(path))


def content_of(path: str) -> bytes:
    """Returns the bytes of a picture file.

    Raises:
      DataError: it is missing, cannot be read, or is too large.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(constants.MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing") from error
    except OSError as error:
        raise _unreadable(path, _reason(error)) from error
    if len(content) > constants.MOST_BYTES:
        raise DataError(f"{path} has more than {constants.MOST_BYTES:,} bytes")
    return content


def _as_png_or_jpeg(path: str, content: bytes) -> bytes:
    try:
        with _without_warnings(), picture_formats.open_picture(content) as image:
            _check_size(path, image)
            return content if _is_taken(image, content) else picture_conversion.as_png(image)
    except UserError:
        raise
    except Image.DecompressionBombError as error:
        raise DataError(f"{path} has too many pixels; {_ALLOWED}") from error
    except UnidentifiedImageError as error:
        raise _unreadable(path, foreign.help_for(content) or "") from error
    # PIL's readers raise errors of every kind on a damaged file.
    except Exception as error:
        raise _unreadable(path, _reason(error)) from error


def note_on(path: str) -> str | None:
    """Returns a line about a file of which a part only is read: an animation, or several pages."""
    if not os.path.isfile(path):
        # A pipe cannot be read twice.
        return None
    try:
        with _without_warnings(), Image.open(path, formats=_OF_FRAMES) as image:
            if getattr(image, "is_animated", False):
                return (
                    f"{path} holds several pictures, and the first is read; save another one as a "
                    "file of its own to read that"
                )
    # A file that can be read as an image may still not tell that.
    except Exception:
        return None
    return None


@functools.cache
def _framed(invert: str, digits: bool) -> Callable[[list[bytes]], np.ndarray]:
    """Returns the graph of `data.framing.frame` as a reusable function."""
    from cnn_mnist.data.framing import graph_framing
    from cnn_mnist.tf_compat import tf

    with tf.Graph().as_default() as graph:
        contents = tf.placeholder(tf.string, [None])
        framed = graph_framing.frame(contents, invert, digits)
    return tf.Session(graph=graph).make_callable(framed, feed_list=[contents])


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    """Hides PIL's warnings of many pixels, more than are allowed here, and of odd metadata."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _unreadable(path: str, reason: str = "") -> DataError:
    why = f" ({reason})" if reason else ""
    return DataError(f"{path} is not a readable image{why}; expected {picture_formats.IN_WORDS}")


def _check_size(path: str, image: Image.Image) -> None:
    width, height = image.size
    if max(image.size) > constants.MOST_SIDE or width * height > constants.MOST_PIXELS:
        raise DataError(f"{path} has {width:,} x {height:,} pixels; {_ALLOWED}")


def _is_taken(image: Image.Image, content: bytes) -> bool:
    """Returns whether the graph reads a file as PIL does; decodes it to find damage."""
    if image.format == "PNG":
        with picture_formats.open_picture(picture_decoding.notes_first(content)) as described:
            # The method of PNG files would decode all, to find notes after the pixels.
            exif = Image.Image.getexif(described)
        is_upright = exif.get(_ORIENTATION, 1) == 1
        if is_upright and content.startswith(constants.PNG_START):
            for _ in picture_decoding.png_strips(picture_decoding.open_png(content)):
                pass
            return True
    elif image.format in ("JPEG", "MPO"):
        _check_scans(content)
        picture_decoding.decode_at_a_part(image)
    elif image.format == "JPEG2000":
        picture_conversion.decode_fewer_levels(image, content)
    image.load()
    # Only then: Pillow 9 has closed a TIFF file of several pages by now.
    return content.startswith(constants.JPEG_START) and image.getexif().get(_ORIENTATION, 1) == 1


def _check_scans(content: bytes) -> None:
    """Refuses a JPEG file with too many scans; usual progressive files have a dozen.

    Each scan takes as long as decoding a whole picture but needs only eleven bytes. The limit
    grows with the file, since a film or a preview in it may contain the same start bytes.
    """
    if (scans := content.count(constants.SCAN)) > constants.MOST_SCANS + len(
        content
    ) // constants.BYTES_PER_SCAN:
        raise ValueError(f"{scans:,} scans")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
