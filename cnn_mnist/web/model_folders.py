"""Finds the exports in model folders that a browser can load."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from cnn_mnist.errors import ExportError, SettingsError
from cnn_mnist.model_folder import exports
from cnn_mnist.support.shell import MAIN

MODEL_FILES = ("model.json", "weights.bin", "calibration.json")
DATA_FILES = ("data.json", "images.png", "labels.bin", "samples.png")

_CONFIG_FILE = "config.json"
_FORMATS = "--export_formats=saved_model,tfjs"
_RECIPE = "--preset=drawn"
"""Most people come to draw, and MNIST's digits are not those that people draw."""


def checked(model_dirs: Sequence[str]) -> list[str]:
    """Returns the folders without duplicates.

    Raises:
      SettingsError: a folder is the empty string.
      ExportError: a folder holds no export for the browser; the message says what to do.
    """
    found: dict[str, str] = {}
    for model_dir in model_dirs:
        _check(model_dir)
        found.setdefault(os.path.realpath(model_dir), model_dir)
    return list(found.values())


def _check(model_dir: str) -> None:
    if not model_dir:
        raise SettingsError("MODEL_DIR is empty")
    command = f"{MAIN} --model_dir={shlex.quote(model_dir)}"
    if not os.path.isdir(model_dir):
        raise ExportError(
            f"there is no folder {model_dir}; {command} {_RECIPE} {_FORMATS} trains a model there"
        )
    if any(_versions(model_dir)):
        return
    if os.path.basename(os.path.abspath(model_dir)).isdecimal() and exports.formats_of(model_dir):
        raise ExportError(
            f"{model_dir} is a version of an export; give the folder two above it as MODEL_DIR"
        )
    if exports.versions(model_dir):
        raise ExportError(
            f"{model_dir} holds the exports themselves; give the folder above it as MODEL_DIR"
        )
    if not os.path.exists(os.path.join(model_dir, _CONFIG_FILE)):
        raise ExportError(
            f"{model_dir} holds no trained model; {command} {_RECIPE} {_FORMATS} trains one"
        )
    held = "no export for the browser" if exports.newest(model_dir) else "no export"
    raise ExportError(f"{model_dir} holds {held}; {command} --mode=export {_FORMATS} writes one")


def models(model_dirs: Sequence[str]) -> list[dict[str, Any]]:
    """Returns the versions that the page can load, as models.json lists them, newest first."""
    names = [os.path.basename(os.path.abspath(folder)) or folder for folder in model_dirs]
    listed = []
    for number, (folder, name) in enumerate(zip(model_dirs, names, strict=True)):
        shown = name if names.count(name) == 1 else folder
        data = f"data/{number}/data.json" if data_file(folder, "data.json") else None
        for version in _versions(folder):
            place = f"models/{number}/{version}"
            has_calibration = model_file(folder, version, "calibration.json")
            listed.append(
                {
                    "name": f"{shown} {version}",
                    "folder": shown,
                    "version": int(version),
                    "url": f"{place}/model.json",
                    "calibration": f"{place}/calibration.json" if has_calibration else None,
                    "data": data,
                }
            )
    return sorted(listed, key=lambda model: model["version"], reverse=True)


def model_file(model_dir: str, version: str, name: str) -> str | None:
    """Returns the path of one of `MODEL_FILES`, or None if it does not exist."""
    return regular_file(_exports(model_dir), version, "tfjs", name)


def data_file(model_dir: str, name: str) -> str | None:
    """Returns the path of one of `DATA_FILES`, or None if it does not exist."""
    return regular_file(_exports(model_dir), "data", name)


def regular_file(folder: str, *parts: str) -> str | None:
    """Returns a file's path, or None if it does not exist or a link leads out of the folder.

    The folder itself may be a link, since the user named it.
    """
    root = os.path.realpath(folder)
    path = os.path.realpath(os.path.join(root, *parts))
    return path if path.startswith(os.path.join(root, "")) and os.path.isfile(path) else None


def _versions(model_dir: str) -> Iterator[str]:
    for path in exports.versions(_exports(model_dir)):
        version = os.path.basename(path)
        if model_file(model_dir, version, "model.json"):
            yield version


def _exports(model_dir: str) -> str:
    return os.path.join(model_dir, exports.FOLDER)
