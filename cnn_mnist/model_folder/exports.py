"""The folder of exports: one folder for each version, named by a number, never half written."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator

from cnn_mnist.config.choices import EXPORT_FORMATS
from cnn_mnist.errors import ExportError, wording
from cnn_mnist.support import unfinished as unfinished_lib

FOLDER = "export"
"""The folder in `model_dir` that `tensorflow_model_server --model_base_path` expects."""

TFLITE_FILES = {
    "float32": "model.tflite",
    "float16": "model_float16.tflite",
    "dynamic_int8": "model_dynamic_int8.tflite",
    "int8": "model_int8.tflite",
}
"""The TensorFlow Lite files in the folder `tflite` of a version, by `config.choices.LITE_FILES`."""
TFLITE_EXPORT = wording(
    'cnn_mnist.export with export_formats=("saved_model", "tflite")',
    "--mode=export --export_formats=saved_model,tflite",
)
"""What writes these files, for messages."""

ONNX_FILE = "model.onnx"
"""The ONNX file in float32, in the folder `onnx` of a version."""
ONNX_EXPORT = wording(
    'cnn_mnist.export with export_formats=("saved_model", "onnx")',
    "--mode=export --export_formats=saved_model,onnx",
)
"""What writes that file, for messages."""

_SAVED_MODEL_FILE = "saved_model.pb"


def versions(folder: str) -> list[str]:
    """Returns the folders of all versions in `folder`, oldest first."""
    names = [n for n in os.listdir(folder) if n.isdecimal()] if os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in sorted(names, key=int)]


def newest(model_dir: str) -> str | None:
    """Returns the newest version's folder, or None if nothing was exported."""
    found = versions(os.path.join(model_dir, FOLDER))
    return found[-1] if found else None


def formats_of(version: str) -> tuple[str, ...]:
    """Returns those of `config.choices.EXPORT_FORMATS` that a version holds."""
    places = {name: _SAVED_MODEL_FILE if name == "saved_model" else name for name in EXPORT_FORMATS}
    return tuple(n for n, place in places.items() if os.path.exists(os.path.join(version, place)))


def newest_holds(model_dir: str, formats: Collection[str]) -> bool:
    """Returns whether there is a version and the newest holds all of these formats."""
    version = newest(model_dir)
    return version is not None and set(formats) <= set(formats_of(version))


def newest_tflite(model_dir: str, file: str) -> str:
    """Returns the path of one of `TFLITE_FILES` in the newest version.

    Raises:
      ExportError: the newest version does not have it; or see `newest_with_tflite`.
    """
    path = os.path.join(newest_with_tflite(model_dir), "tflite", file)
    if not os.path.exists(path):
        raise ExportError(
            f"the newest export of {model_dir} has no {file}, as exports of older versions; "
            f"{TFLITE_EXPORT} writes it"
        )
    return path


def newest_with_tflite(model_dir: str) -> str:
    """Returns the newest version's folder.

    Raises:
      ExportError: nothing was exported, or the newest version has no TensorFlow Lite files.
    """
    version = newest(model_dir)
    if version is None:
        raise ExportError(
            f"{model_dir} has no export; {TFLITE_EXPORT} writes one with TensorFlow Lite files"
        )
    if "tflite" not in formats_of(version):
        raise ExportError(
            f"the newest export of {model_dir} has no TensorFlow Lite files; {TFLITE_EXPORT} "
            "writes them"
        )
    return version


def newest_with_onnx(model_dir: str) -> str:
    """Returns the newest version's folder.

    Raises:
      ExportError: nothing was exported, or the newest version has no ONNX files.
    """
    version = newest(model_dir)
    if version is None:
        raise ExportError(f"{model_dir} has no export; {ONNX_EXPORT} writes one with ONNX files")
    if "onnx" not in formats_of(version):
        raise ExportError(
            f"the newest export of {model_dir} has no ONNX files; {ONNX_EXPORT} writes them"
        )
    return version


@contextlib.contextmanager
def unfinished(folder: str) -> Iterator[str]:
    """Gives a temporary folder to write a version in, beside the others; servers ignore it."""
    os.makedirs(folder, exist_ok=True)
    with unfinished_lib.folder(folder) as place:
        yield place


def publish(written: str, folder: str) -> str:
    """Moves a finished export among the versions, with the highest number.

    Servers load the highest number, so a new version must exceed all others even if the clock,
    which its number is taken from, was set back.

    Args:
      written: a folder named by a number, on the same disk.
      folder: the folder of all versions.

    Returns:
      The version's folder.
    """
    before = versions(folder)
    number = int(os.path.basename(written))
    if before:
        number = max(number, int(os.path.basename(before[-1])) + 1)
    while True:
        version = os.path.join(folder, str(number))
        try:
            os.rename(written, version)
        # Another process may have taken the number.
        except OSError:
            if not os.path.exists(version):
                raise
            number += 1
        else:
            return version


def prune(folder: str, keep: int) -> list[str]:
    """Removes all but the newest `keep` versions, and returns the removed folders."""
    old = versions(folder)[:-keep]
    for version in old:
        # Moved away first, so that no server loads a half-removed version.
        with unfinished_lib.folder(folder) as hidden, contextlib.suppress(FileNotFoundError):
            # Another process may prune too, and have moved it first.
            os.rename(version, os.path.join(hidden, os.path.basename(version)))
    return old
