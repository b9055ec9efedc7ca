"""Stores the weights of a TensorFlow.js model in float16, half the file.

Needs no package, as the whole of `cnn_mnist.web`; `exporting.tfjs.writer` writes the same bytes
with `--tfjs_weights=float16`.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any

from cnn_mnist.errors import ExportError

_HALVED = ("/kernel", "/bias")
"""The variances of a batch normalization can be smaller than float16's numbers."""
_AT_ONCE = 65_536
_BYTES = {"float32": 4, "float16": 2, "uint16": 2, "uint8": 1}


def halved(model: dict[str, Any], weights: bytes, file: str) -> tuple[dict[str, Any], bytes]:
    """Returns a model and its weights with kernels and biases in float16 in place of float32.

    What is stored in fewer bytes already stays, and so does a weight beyond float16's range.

    Args:
      model: the content of `model.json`, with one group of weights in its manifest.
      weights: the content of `weights.bin`.
      file: the path of `model.json`, for errors.

    Raises:
      ExportError: the manifest is damaged, or describes another number of bytes.
    """
    try:
        (group,) = model["weightsManifest"]
        sizes = [_size(spec) for spec in group["weights"]]
    except (KeyError, TypeError, ValueError) as error:
        raise ExportError(f"{file}: weightsManifest is damaged; export again") from error
    if sum(sizes) != len(weights):
        raise ExportError(
            f"{file} describes {sum(sizes):,} bytes of weights, but weights.bin has "
            f"{len(weights):,}; export again"
        )
    specs, parts, start = [], [], 0
    for spec, size in zip(group["weights"], sizes, strict=True):
        spec, part = _halved(spec, weights[start : start + size])
        specs.append(spec)
        parts.append(part)
        start += size
    return {**model, "weightsManifest": [{**group, "weights": specs}]}, b"".join(parts)


def _size(spec: dict[str, Any]) -> int:
    stored = spec.get("quantization", spec)["dtype"]
    return math.prod(spec["shape"]) * _BYTES[stored]


def _halved(spec: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    if "quantization" in spec or not spec["name"].endswith(_HALVED):
        return spec, content
    try:
        stored = b"".join(
            _half(content[start : start + 4 * _AT_ONCE])
            for start in range(0, len(content), 4 * _AT_ONCE)
        )
    except OverflowError:
        return spec, content
    quantization = {"dtype": "float16", "original_dtype": "float32"}
    return {**spec, "quantization": quantization}, stored


def _half(content: bytes) -> bytes:
    count = len(content) // 4
    return struct.pack(f"<{count}e", *struct.unpack(f"<{count}f", content))


def compact(model: dict[str, Any]) -> bytes:
    """Returns the content of a `model.json` without spaces."""
    return json.dumps(model, ensure_ascii=False, separators=(",", ":")).encode()
