"""Finds and reads the IDX files of a folder, under the names that are in use.

MNIST's own are `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and `t10k-…`, with or without
`.gz`. EMNIST and QMNIST put their name before, QMNIST's labels are `idx2-int`, and unpacking may
write `train-images.idx3-ubyte`, or put a file into a folder of its name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from cnn_mnist.data import emnist, idx
from cnn_mnist.data.class_names import listed_class_names, read_text
from cnn_mnist.data.found import Found
from cnn_mnist.errors import DataError, given

_NAME = re.compile(
    r"(?:(?P<set>.+?)[-_.])?(?P<part>train|t10k|test)[-_.](?P<kind>images|labels)"
    r"[-_.]idx[123][-_.](?:ubyte|int)(?:\.gz)?",
    re.IGNORECASE,
)
_MAPPING_CHARACTERS = 100_000

Files = dict[tuple[str, str], str]
"""Paths by part, `train` or `test`, and kind, `images` or `labels`."""


def is_here(folder: str) -> bool:
    """Returns whether a folder has files under such names."""
    return any(True for _ in _matches(folder))


def sets_in(folder: str) -> dict[str, Files]:
    """Returns the files of each set of a folder, by the name before `-train`; often empty."""
    sets: dict[str, Files] = {}
    for match, path in _matches(folder):
        part = "train" if match["part"].lower() == "train" else "test"
        sets.setdefault(match["set"] or "", {}).setdefault((part, match["kind"].lower()), path)
    return sets


def read(folder: str, chosen: str | None = None) -> Found:
    """Reads the one set of a folder, or the chosen one of several.

    Class names are the lines of `classes.txt`, else those of EMNIST's mapping or of EMNIST.

    Raises:
      DataError: there are several sets and none is chosen, a file is missing or damaged, holds
        images of another size, or images and labels differ in number.
    """
    sets = sets_in(folder)
    if chosen is None and len(sets) > 1:
        names = sorted(name or os.path.basename(folder) for name in sets)
        one = os.path.join(folder, next(name for name in sorted(sets) if name))
        raise DataError(
            f"{given(dataset=folder)} holds several sets, {', '.join(names)}; give one of them, "
            f"such as {given(dataset=one)}"
        )
    name = next(iter(sets)) if chosen is None else chosen
    files = sets[name]
    parts = {}
    for part in ("train", "test"):
        image_path = _file(folder, name, files, part, "images")
        label_path = _file(folder, name, files, part, "labels")
        images, labels = idx.read_images(image_path), idx.read_labels(label_path, None)
        if len(images) != len(labels):
            raise DataError(
                f"{label_path} has {len(labels):,} labels; expected {len(images):,}, one for each "
                f"image of {os.path.basename(image_path)}"
            )
        if not len(images):
            raise DataError(f"{image_path} holds no images")
        parts[part] = images, labels
    known = listed_class_names(folder) or _mapped_names(folder, name) or emnist.class_names(name)
    return Found(name or os.path.basename(os.path.abspath(folder)), folder, parts, known)


def _matches(folder: str) -> Iterator[tuple[re.Match[str], str]]:
    """Yields the files under such names, those that are not packed first."""
    try:
        names = sorted(os.listdir(folder), key=lambda name: (name.lower().endswith(".gz"), name))
    except OSError:
        return
    for name in names:
        match = _NAME.fullmatch(name)
        if match is None:
            continue
        path = os.path.join(folder, name)
        found = _inside(path) if os.path.isdir(path) else path
        if found is not None:
            yield match, found


def _inside(folder: str) -> str | None:
    """Returns the file in a folder that bears a file's name, or None."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return None
    same = re.sub(r"[-_.]|gz$", "", os.path.basename(folder).lower())
    for name in names:
        path = os.path.join(folder, name)
        if re.sub(r"[-_.]|gz$", "", name.lower()) == same and os.path.isfile(path):
            return path
    return None


def _file(folder: str, name: str, files: Files, part: str, kind: str) -> str:
    if found := files.get((part, kind)):
        return found
    own = "train" if part == "train" else "test" if name else "t10k"
    ending = "idx3-ubyte" if kind == "images" else "idx1-ubyte"
    path = os.path.join(folder, "-".join(filter(None, (name, own, kind, ending))))
    raise DataError(f"{path} is missing; expected that file, with or without .gz")


def _mapped_names(folder: str, name: str) -> tuple[str, ...] | None:
    """Returns the names in EMNIST's mapping: a label and code points on each line."""
    text = read_text(os.path.join(folder, f"{name}-mapping.txt"), _MAPPING_CHARACTERS)
    if not name or text is None:
        return None
    rows = [line.split() for line in text.splitlines() if line.strip()]
    try:
        names = {int(row[0]): chr(int(row[1])) for row in rows}
    except (ValueError, IndexError, OverflowError):
        return None
    return tuple(names[label] for label in sorted(names))
