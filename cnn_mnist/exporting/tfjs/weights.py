"""The weights of a network in TensorFlow.js's layers-model format: a manifest, and files of bytes.

The types of the manifest are those of tfjs-core/src/io/types.ts, and what quantised numbers
stand for is what tfjs-core/src/io/io_utils.ts makes of them.
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
_STORED = {"float32": "<f4", "float16": "<f2", "uint8": "<u1", "uint16": "<u2"}


def read(
    file: str, model: dict[str, Any], names: Sequence[str], shapes: Sequence[Shape]
) -> list[np.ndarray]:
    """Reads the weights that a model's JSON tells of.

    Args:
      file: the JSON file; paths in it begin where it lies.
      model: what it holds.
      names: the weights' names, in the order of the layers. As in TensorFlow.js they decide
        which weight is which; where the manifest has others, its order does.
      shapes: the weights' shapes.

    Returns:
      float32 of those shapes, in that order.

    Raises:
      ExportError: the manifest is damaged or is of other weights; a file is missing, of another
        length, or not below the folder; or a number is NaN or infinite.
    """
    groups = _groups(file, model.get("weightsManifest"))
    specs = [spec for _, specs in groups for spec in specs]
    if len(specs) != len(shapes):
        raise ExportError(
            f"{file}: weightsManifest has {len(specs)} weights; expected {len(shapes)}, those of "
            "the layers"
        )
    order = _order([spec["name"] for spec in specs], names)
    # Before a byte is read: a shape may ask for more than there is memory.
    for place, shape in zip(order, shapes, strict=True):
        _check_shape(file, specs[place], shape)
    found = [value for paths, specs in groups for value in _read_group(file, paths, specs)]
    return [found[place] for place in order]


def _groups(file: str, manifest: Any) -> list[tuple[list[str], list[dict[str, Any]]]]:
    if not isinstance(manifest, list):
        raise ExportError(f"{file}: weightsManifest is missing or no list")
    groups = []
    for group in manifest:
        told: dict[str, Any] = group if isinstance(group, dict) else {}
        paths, specs = told.get("paths"), told.get("weights")
        if not (isinstance(paths, list) and isinstance(specs, list)):
            raise ExportError(f"{file}: weightsManifest must hold objects with paths and weights")
        if not all(isinstance(path, str) for path in paths):
            raise ExportError(f"{file}: weightsManifest has a path that is no text")
        for spec in specs:
            _check_spec(file, spec)
        groups.append((paths, specs))
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
        raise ExportError(f"{where} has no min and scale that are numbers, which {stored} needs")


def _order(found: Sequence[str], names: Sequence[str]) -> list[int]:
    """Returns the place in the manifest of each weight."""
    if sorted(found) == sorted(names) and len(set(names)) == len(names):
        return [found.index(name) for name in names]
    return list(range(len(found)))


def _check_shape(file: str, spec: dict[str, Any], shape: Shape) -> None:
    told = spec.get("shape")
    # 4.0 and True equal whole numbers too.
    if told != list(shape) or not all(type(size) is int for size in told):
        raise ExportError(
            f"{file}: weight {spec['name']!r} has shape {json.dumps(told)[:60]}; "
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
        # In double precision, as JavaScript has it.
        values = stored * float(how["scale"]) + float(how["min"])
    with np.errstate(over="ignore"):
        values = values.astype(np.float32)
    if not np.isfinite(values).all():
        raise ExportError(
            f"{file}: weight {spec['name']!r} holds numbers that are NaN or infinite; its training "
            "diverged, or the file is another's"
        )
    return values


def _content(file: str, paths: list[str], expected: int) -> bytes:
    places = [_place(file, path) for path in paths]
    try:
        size = sum(os.path.getsize(place) for place in places)
        if size != expected:
            raise ExportError(
                f"{', '.join(places)} has {size:,} bytes; expected {expected:,}, what {file} says "
                "of the weights"
            )
        return b"".join(_bytes_of(place) for place in places)
    except OSError as error:
        raise ExportError(f"{error.filename} cannot be read: {error.strerror}") from error


def _bytes_of(place: str) -> bytes:
    with open(place, "rb") as file:
        return file.read()


def _place(file: str, path: str) -> str:
    """Returns where a file of weights is, which must be below the folder of the JSON."""
    folder = os.path.realpath(os.path.dirname(file))
    # What no path holds would be an error of Python's.
    possible = path.encode(errors="replace").decode().replace("\0", "?")
    place = os.path.realpath(os.path.join(folder, possible))
    if os.path.commonpath([folder, place]) != folder or place == folder:
        raise ExportError(
            f"{file}: weightsManifest has the path {path!r}; allowed: files in the folder of "
            "that file"
        )
    _check_not_of_a_download_before(file, path)
    if not os.path.isfile(place):
        raise ExportError(f"{place} is missing, the weights of {file}; put both into one folder")
    return place


def _check_not_of_a_download_before(file: str, path: str) -> None:
    """A browser renames the second download of a name, but not the name that stands in it."""
    name = os.path.basename(file)
    renamed = re.fullmatch(r"(.+?) ?\(\d+\)\.json", name)
    if renamed and os.path.basename(path) == f"{renamed[1]}.weights.bin":
        raise ExportError(
            f"{file} is a later download by the same name, and {path!r}, which it names, is of the "
            f"first; move both its files to another folder, as {renamed[1]}.json and "
            f"{renamed[1]}.weights.bin"
        )
