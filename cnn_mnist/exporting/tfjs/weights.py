"""Reads the weights of TensorFlow.js's layers-model format: a manifest, and files of bytes.

The manifest's types are defined in tfjs-core/src/io/types.ts; quantised weights are decoded as in
tfjs-core/src/io/io_utils.ts.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from cnn_mnist.errors import ExportError
from cnn_mnist.networks.architecture import Shape

_LARGEST = float(np.finfo(np.float32).max)
# TensorFlow.js writes files of 4 MB, so these are 4 GB. Finding one takes 0.1 ms.
_MOST_FILES = 1000
_LONGEST_PATH = 4096
_STORED = {"float32": "<f4", "float16": "<f2", "uint8": "<u1", "uint16": "<u2"}


def read(
    file: str, model: dict[str, Any], names: Sequence[str], shapes: Sequence[Shape]
) -> list[np.ndarray]:
    """Reads the weights in the manifest of a model's JSON file.

    Args:
      file: the path of the JSON file; paths in it are relative to its folder.
      model: the content of that file.
      names: the weights' names, in the order of the layers. As in TensorFlow.js, weights are
        matched by name; if the manifest has other names, they are matched by order.
      shapes: the weights' shapes, in the same order.

    Returns:
      float32 arrays of those shapes, in that order.

    Raises:
      ExportError: the manifest is damaged or lists other weights; a file is missing, has another
        length, or is outside the folder; or a number is NaN or infinite.
    """
    groups = _groups(file, model.get("weightsManifest"))
    specs = [spec for _, specs in groups for spec in specs]
    if len(specs) != len(shapes):
        raise ExportError(
            f"{file}: weightsManifest has {len(specs)} weights; expected {len(shapes)}, those of "
            "the layers"
        )
    order = _order([spec["name"] for spec in specs], names)
    # Before anything is read: a shape could ask for more memory than there is.
    for place, shape in zip(order, shapes, strict=True):
        _check_shape(file, specs[place], shape)
    found = [value for paths, specs in groups for value in _read_group(file, paths, specs)]
    return [found[place] for place in order]


def _groups(file: str, manifest: Any) -> list[tuple[list[str], list[dict[str, Any]]]]:
    if not isinstance(manifest, list):
        raise ExportError(f"{file}: weightsManifest is missing or not a list")
    groups = []
    for group in manifest:
        fields: dict[str, Any] = group if isinstance(group, dict) else {}
        paths, specs = fields.get("paths"), fields.get("weights")
        if not (isinstance(paths, list) and isinstance(specs, list)):
            raise ExportError(f"{file}: weightsManifest must hold objects with paths and weights")
        if not all(isinstance(path, str) and len(path) <= _LONGEST_PATH for path in paths):
            raise ExportError(
                f"{file}: weightsManifest has a path that is not text of at most "
                f"{_LONGEST_PATH:,} characters"
            )
        for spec in specs:
            _check_spec(file, spec)
        groups.append((paths, specs))
    count = sum(len(paths) for paths, _ in groups)
    if count > _MOST_FILES:
        raise ExportError(
            f"{file}: weightsManifest names {count:,} files; allowed: {_MOST_FILES:,}"
        )
    return groups


def _check_spec(file: str, spec: Any) -> None:
    if not isinstance(spec, dict) or not isinstance(spec.get("name"), str):
        raise ExportError(f"{file}: a weight in weightsManifest has no name")
    where = f"{file}: weight {spec['name']!r}"
    if spec.get("dtype") != "float32":
        raise ExportError(f"{where} has dtype {json.dumps(spec.get('dtype'))}; allowed: float32")
    how = spec.get("quantization")
    if how is None:
        return
    stored = how.get("dtype") if isinstance(how, dict) else None
    if stored not in ("float16", "uint8", "uint16"):
        raise ExportError(
            f"{where} is stored as {json.dumps(stored)}; allowed: float16, uint8, uint16"
        )
    numbers = [how.get(name) for name in ("min", "scale")] if stored != "float16" else []
    if not all(type(n) in (int, float) and abs(n) <= _LARGEST for n in numbers):
        raise ExportError(f"{where} needs numbers as min and scale, since it is stored as {stored}")


def _order(found: Sequence[str], names: Sequence[str]) -> list[int]:
    """Returns the index of each weight in the manifest."""
    if sorted(found) == sorted(names) and len(set(names)) == len(names):
        return [found.index(name) for name in names]
    return list(range(len(found)))


def _check_shape(file: str, spec: dict[str, Any], shape: Shape) -> None:
    found = spec.get("shape")
    # 4.0 and True equal integers too.
    if found != list(shape) or not all(type(size) is int for size in found):
        raise ExportError(
            f"{file}: weight {spec['name']!r} has shape {json.dumps(found)[:60]}; "
            f"expected {list(shape)}, that of its layer"
        )


def _read_group(file: str, paths: list[str], specs: list[dict[str, Any]]) -> list[np.ndarray]:
    dtypes = [np.dtype(_STORED[(spec.get("quantization") or spec)["dtype"]]) for spec in specs]
    counts = [math.prod(spec["shape"]) for spec in specs]
    sizes = [count * dtype.itemsize for count, dtype in zip(counts, dtypes, strict=True)]
    content = _content(file, paths, sum(sizes))
    found, start = [], 0
    for spec, dtype, count, size in zip(specs, dtypes, counts, sizes, strict=True):
        stored = np.frombuffer(content, dtype, count, start).reshape(spec["shape"])
        found.append(_restored(file, spec, stored))
        start += size
    return found


def _restored(file: str, spec: dict[str, Any], stored: np.ndarray) -> np.ndarray:
    values = stored
    if stored.dtype.kind == "u":
        how = spec["quantization"]
        # In double precision, as in JavaScript.
        values = stored * float(how["scale"]) + float(how["min"])
    with np.errstate(over="ignore"):
        values = values.astype(np.float32)
    if not np.isfinite(values).all():
        raise ExportError(
            f"{file}: weight {spec['name']!r} holds numbers that are NaN or infinite; its training "
            "diverged, or the file belongs to another model"
        )
    return values


def _content(file: str, paths: list[str], expected: int) -> bytes:
    places = [_place(file, path) for path in paths]
    try:
        size = sum(os.path.getsize(place) for place in places)
        if size != expected:
            raise ExportError(
                f"{', '.join(places)} has {size:,} bytes; expected {expected:,}, as {file} "
                "describes the weights"
            )
        return b"".join(_bytes_of(place) for place in places)
    except OSError as error:
        raise ExportError(f"{error.filename} cannot be read: {error.strerror}") from error


def _bytes_of(place: str) -> bytes:
    with open(place, "rb") as file:
        return file.read()


def _place(file: str, path: str) -> str:
    """Returns the path of a weight file; it must be below the folder of the JSON file."""
    folder = os.path.realpath(os.path.dirname(file))
    # Python raises other errors for characters that no path can hold.
    possible = path.encode(errors="replace").decode().replace("\0", "?")
    place = os.path.realpath(os.path.join(folder, possible))
    if os.path.commonpath([folder, place]) != folder or place == folder:
        raise ExportError(
            f"{file}: weightsManifest has the path {path!r}; allowed: files in the folder of "
            "that file"
        )
    _check_not_of_a_download_before(file, path)
    if not os.path.isfile(place):
        raise ExportError(
            f"{place} is missing; it holds the weights of {file}; put both files into one folder"
        )
    return place


def _check_not_of_a_download_before(file: str, path: str) -> None:
    """Refuses a renamed download whose weights would be those of an earlier download.

    A browser renames the second download of the same name to `name (1).json`, but the name of
    the weight file in it stays.
    """
    name = os.path.basename(file)
    renamed = re.fullmatch(r"(.+?) ?\(\d+\)\.json", name)
    if renamed and os.path.basename(path) == f"{renamed[1]}.weights.bin":
        raise ExportError(
            f"{file} was renamed by the browser, and {path!r}, which it names, belongs to an "
            f"earlier download; move both its files to another folder, as {renamed[1]}.json and "
            f"{renamed[1]}.weights.bin"
        )
