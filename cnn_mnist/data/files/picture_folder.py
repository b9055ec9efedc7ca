"""Reads data sets of pictures: a folder for each class, with the class's name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from cnn_mnist.data import appearance, class_names, images, picture_formats
from cnn_mnist.data.found import Found
from cnn_mnist.errors import DataError
from cnn_mnist.networks.architecture import IMAGE_SHAPE, LEAST_CLASSES

_ORDER_SEED = 20170103
_TRAIN = ("train", "training", "trainingset", "train_set", "training_set")
_TEST = ("test", "testing", "testset", "test_set", "testing_set")
_VALIDATION = ("val", "valid", "validation")
_GREY_MODES = ("L", "1", "P", "RGB")
_SAID_FROM = 500
_SAMPLES = 100

Say = Callable[[str], None]
Paths = dict[str, list[str]]
"""The pictures of each class, by the name of its folder."""


def is_here(folder: str) -> bool:
    """Returns whether a folder holds folders of pictures, at once or below `train`."""
    return not _is_model(folder) and bool(_parts(folder))


def read(folder: str, say: Say) -> Found:
    """Reads the pictures below a folder: `class/…`, or `train/class/…` and `test/class/…`.

    The pictures of `val` join those of `train`; without `test` they are the test images.
    Pictures of 28×28 pixels are taken as they are, others are framed, see `data.framing.frame`: as
    digits if the classes are `0` to `9` or if nearly all of them show something in an even margin.
    Classes are in the order of their numbers, or else of their names.

    Raises:
      DataError: there is one class only, a class has no pictures, or a picture cannot be read.
    """
    parts = _parts(folder)
    names = _in_order(parts["train"])
    if len(names) < LEAST_CLASSES:
        raise DataError(
            f"{folder} holds one folder of pictures, {names[0]}; expected a folder for each of two "
            "or more classes"
        )
    for part, of_class in parts.items():
        for name in sorted(set(of_class) - set(names)):
            raise DataError(
                f"{folder}: {name} is a class of {part} without a folder of pictures in train"
            )
    count = sum(len(paths) for of_class in parts.values() for paths in of_class.values())
    if count >= _SAID_FROM:
        say(f"Reading {count:,} pictures of {len(names)} classes from {folder}")
    train = [path for paths in parts["train"].values() for path in paths]
    sample = ((path, images.content_of(path)) for path in train[:: len(train) // _SAMPLES + 1])
    digits = are_of_characters(names, sample)
    found = {part: _read(of_class, names, digits) for part, of_class in parts.items()}
    return Found(os.path.basename(os.path.abspath(folder)), folder, found, names)


def are_of_characters(names: Sequence[str], sample: Iterable[tuple[str, bytes]]) -> bool:
    """Returns whether pictures are framed as digits are.

    Args:
      names: of the classes.
      sample: some of the pictures: what messages call them, and their bytes.
    """
    if class_names.are_digits(tuple(names)):
        return True
    whole = [pixels_of(where, content, digits=False) for where, content in sample]
    return appearance.have_margin(np.stack(whole))


def pixels_of(where: str, content: bytes, digits: bool) -> np.ndarray:
    """Returns a picture as uint8 `[28, 28, 1]`; see `read`.

    Raises:
      DataError: it cannot be read.
    """
    try:
        with picture_formats.open_picture(content) as image:
            is_plain = image.mode in _GREY_MODES and "transparency" not in image.info
            if image.size == IMAGE_SHAPE[:2] and is_plain:
                return np.asarray(image.convert("L"))[..., np.newaxis]
    except Exception:
        # Whatever Pillow refuses is refused again below, in one line.
        pass
    return images.read_content(where, content, digits=digits, engine="lite")


def _read(of_class: Paths, names: tuple[str, ...], digits: bool) -> tuple[np.ndarray, np.ndarray]:
    """Returns images and labels in a fixed random order, so that the first are of all classes."""
    paths = [(path, names.index(name)) for name in names for path in of_class.get(name, ())]
    order = np.random.RandomState(_ORDER_SEED).permutation(len(paths))
    pixels = np.zeros((len(paths), *IMAGE_SHAPE), np.uint8)
    labels = np.zeros(len(paths), np.int64)
    for place, position in enumerate(order):
        path, labels[place] = paths[position]
        pixels[place] = pixels_of(path, images.content_of(path), digits)
    return pixels, labels


def _parts(folder: str) -> dict[str, Paths]:
    """Returns the pictures of each part; nothing if the folder holds none."""
    below = {name.lower(): os.path.join(folder, name) for name in _folders(folder)}
    train = _first(below, _TRAIN)
    if train is None:
        alone = _classes(folder)
        return {"train": alone} if alone else {}
    parts = {"train": _classes(_within(train))}
    test, held = (_first(below, names) for names in (_TEST, _VALIDATION))
    tested = _classes(_within(test)) if test else {}
    if held:
        more = _classes(_within(held))
        if tested:
            for name, paths in more.items():
                parts["train"].setdefault(name, []).extend(paths)
        else:
            tested = more
    if tested:
        parts["test"] = tested
    return parts if parts["train"] else {}


def _first(below: dict[str, str], names: Iterable[str]) -> str | None:
    return next((below[name] for name in names if name in below), None)


def _within(folder: str) -> str:
    """Returns the folder of the same name in a folder, as some archives unpack, or itself."""
    inside = os.path.join(folder, os.path.basename(folder))
    return inside if os.path.isdir(inside) else folder


def _classes(folder: str) -> Paths:
    held = {name: images.in_folder(os.path.join(folder, name)) for name in _folders(folder)}
    return {name: paths for name, paths in held.items() if paths}


def _folders(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_dir()]
    except OSError:
        return []
    return sorted(name for name in names if not name.startswith((".", "__")))


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    found = list(names)
    are_numbers = all(re.fullmatch("[0-9]{1,9}", name) for name in found)
    return tuple(sorted(found, key=int) if are_numbers else sorted(found))


def _is_model(folder: str) -> bool:
    """Returns whether a model was trained in a folder; its reports have pictures too."""
    return any(os.path.exists(os.path.join(folder, name)) for name in ("checkpoint", "graph.pbtxt"))
