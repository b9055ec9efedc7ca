"""Writes the pages, their packages, models and images as files for any static host.

Every path in them is relative, so the site works below a path too, and it needs no headers.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from cnn_mnist.errors import ExportError, SettingsError
from cnn_mnist.support.terminal import visible
from cnn_mnist.web import fewer_images, half_weights, model_folders, packages, urls

MARK = "cnn_mnist_site.json"
"""Lists the files of a site; a folder with other files is not written to."""

_THREADED = "tfjs-backend-wasm-threaded-simd.wasm"
"""Needs shared memory, and that needs headers."""
_PREFIX = ".unfinished-"


@dataclasses.dataclass(frozen=True)
class Sizes:
    """What was written, in bytes.

    Attributes:
      files: how many files.
      pages: of pages and packages.
      models: of the models.
      images: of images and labels.
    """

    files: int
    pages: int
    models: int
    images: int

    @property
    def total(self) -> int:
        return self.pages + self.models + self.images


def check(folder: str) -> None:
    """Refuses a place that a site cannot be written to.

    Raises:
      SettingsError: it is empty text, a file, or a folder that holds other files than a site's.
    """
    if not folder:
        raise SettingsError("--static needs a folder, such as --static=site")
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise SettingsError(f"--static={visible(folder)} is a file; give a new or an empty folder")
    others = sorted(set(_files(folder)) - _written(folder))
    if others:
        raise SettingsError(
            f"--static={visible(folder)} holds other files ({visible(others[0])}); give a new or "
            "an empty folder, or one that --static wrote"
        )


def _files(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        within = os.path.relpath(place, folder)
        # A link to a folder is not walked into.
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        for name in names + links:
            yield os.path.normpath(os.path.join(within, name))


def _written(folder: str) -> set[str]:
    """Returns the files that an earlier `--static` wrote there."""
    try:
        with open(os.path.join(folder, MARK), encoding="utf-8") as file:
            listed = json.load(file)["files"]
        return {MARK, *(name for name in listed if isinstance(name, str))}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def write(folder: str, model_dirs: Sequence[str], as_float16: bool, all_images: bool) -> Sizes:
    """Writes the site of the newest export of each model folder, whole or not at all.

    Args:
      folder: where to write, as `check` accepts it.
      model_dirs: as `model_folders.checked` returns them.
      as_float16: whether weights in float32 are stored in float16.
      all_images: whether all images are written, else `fewer_images.TRAIN` and `TEST`.

    Returns:
      The sizes of what was written.

    Raises:
      SettingsError: as `check`.
      ExportError: an export is damaged.
      OSError: a file cannot be read or written.
    """
    check(folder)
    # The current folder has no name to move it by.
    folder = os.path.abspath(folder)
    parent = os.path.dirname(folder)
    os.makedirs(parent, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent) as place:
        site = _Site(os.path.join(place, "site"))
        site.write_pages()
        site.write_models(model_dirs, as_float16)
        site.write_images(model_dirs, all_images)
        site.write_mark()
        with contextlib.suppress(FileNotFoundError):
            os.rename(folder, os.path.join(place, "before"))
        os.rename(site.folder, folder)
    return Sizes(len(site.files), site.pages, site.models, site.images)


class _Site:
    """A site while it is written."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.files: list[str] = []
        self.pages = self.models = self.images = 0

    def write_pages(self) -> None:
        for path in sorted(urls.PAGES.rglob("*")):
            # package.json is for Node.
            if path.is_file() and path.name != "package.json":
                self.pages += self._copy(str(path), path.relative_to(urls.PAGES).as_posix())
        kept = packages.folder()
        for name in sorted({**packages.FILES, **packages.LICENCES}):
            if name != _THREADED:
                self.pages += self._copy(os.path.join(kept, name), f"packages/{name}")

    def write_models(self, model_dirs: Sequence[str], as_float16: bool) -> None:
        listed = _newest(model_folders.models(model_dirs))
        content = json.dumps({"models": listed, "threads": False}).encode()
        self.models += self._write("models.json", content)
        for model in listed:
            place = os.path.dirname(model["url"])
            _, number, version = place.split("/")
            self._write_model(place, model_dirs[int(number)], version, as_float16)

    def _write_model(self, place: str, model_dir: str, version: str, as_float16: bool) -> None:
        files = {name: _content(model_dir, version, name) for name in model_folders.MODEL_FILES}
        present = {name: content for name, content in files.items() if content is not None}
        if as_float16:
            path = str(model_folders.model_file(model_dir, version, "model.json"))
            model, weights = half_weights.halved(
                _parsed(present["model.json"], path), present.get("weights.bin", b""), path
            )
            present.update({"model.json": half_weights.compact(model), "weights.bin": weights})
        for name, content in present.items():
            self.models += self._write(f"{place}/{name}", content)

    def write_images(self, model_dirs: Sequence[str], all_images: bool) -> None:
        for number, model_dir in enumerate(model_dirs):
            path = model_folders.data_file(model_dir, "data.json")
            if path and all_images:
                for name in model_folders.DATA_FILES:
                    if found := model_folders.data_file(model_dir, name):
                        self.images += self._copy(found, f"data/{number}/{name}")
            elif path:
                for name, content in fewer_images.some(os.path.dirname(path)).items():
                    self.images += self._write(f"data/{number}/{name}", content)

    def write_mark(self) -> None:
        content = json.dumps({"files": sorted(self.files)}, indent=1) + "\n"
        self.pages += self._write(MARK, content.encode())

    def _copy(self, path: str, name: str) -> int:
        shutil.copyfile(path, self._place(name))
        return os.path.getsize(path)

    def _write(self, name: str, content: bytes) -> int:
        with open(self._place(name), "wb") as file:
            file.write(content)
        return len(content)

    def _place(self, name: str) -> str:
        self.files.append(name)
        place = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        return place


def _newest(listed: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the first version of each folder; `models` lists the newest first."""
    found: dict[str, dict[str, Any]] = {}
    for model in listed:
        found.setdefault(model["folder"], model)
    return list(found.values())


def _content(model_dir: str, version: str, name: str) -> bytes | None:
    path = model_folders.model_file(model_dir, version, name)
    if path is None:
        return None
    with open(path, "rb") as file:
        return file.read()


def _parsed(content: bytes, path: str) -> dict[str, Any]:
    try:
        return dict(json.loads(content))
    except (ValueError, TypeError) as error:
        raise ExportError(f"{path} is damaged ({error}); export again") from error
