"""Maps the URLs of the site to files; all others are not found."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Sequence
from typing import Any

from cnn_mnist.web import model_folders, packages

PAGES = pathlib.Path(__file__).resolve().parent / "pages"

TYPES = {
    ".bin": "application/octet-stream",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
}
"""The content type by the extension of a file's name."""

# Whole paths as they were sent: they are not decoded, so no spelling of `..` or of a hidden file
# matches.
_PAGE = re.compile(r"/((?:[a-z0-9_]+/)*[a-z0-9_]+\.(?:css|html|js|png|svg))")
_PACKAGE = re.compile(r"/packages/([a-z0-9_.-]+)")
_MODEL = re.compile(r"/models/([0-9]{1,4})/([0-9]{1,20})/([a-z.]+)")
_DATA = re.compile(r"/data/([0-9]{1,4})/([a-z.]+)")


class Site:
    """The pages, the packages and the exports.

    Args:
      packages_folder: the folder that `packages.get` filled.
      model_dirs: model folders; a URL names them by number, from 0.
    """

    def __init__(self, packages_folder: str, model_dirs: Sequence[str]) -> None:
        self._packages_folder = packages_folder
        self._model_dirs = model_dirs

    def models(self) -> dict[str, Any]:
        """Returns the current content of `models.json`."""
        return {"models": model_folders.models(self._model_dirs)}

    def file(self, path: str) -> str | None:
        """Returns the file at a URL's path, or None."""
        if path == "/":
            path = "/index.html"
        if match := _PACKAGE.fullmatch(path):
            return self._package(match[1])
        if match := _MODEL.fullmatch(path):
            return self._model(int(match[1]), match[2], match[3])
        if match := _DATA.fullmatch(path):
            return self._data(int(match[1]), match[2])
        if match := _PAGE.fullmatch(path):
            return model_folders.regular_file(str(PAGES), match[1])
        return None

    def _package(self, name: str) -> str | None:
        if name not in packages.FILES:
            return None
        return model_folders.regular_file(self._packages_folder, name)

    def _model(self, number: int, version: str, name: str) -> str | None:
        if number >= len(self._model_dirs) or name not in model_folders.MODEL_FILES:
            return None
        return model_folders.model_file(self._model_dirs[number], version, name)

    def _data(self, number: int, name: str) -> str | None:
        if number >= len(self._model_dirs) or name not in model_folders.DATA_FILES:
            return None
        return model_folders.data_file(self._model_dirs[number], name)
