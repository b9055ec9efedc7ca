"""Converts JSON to a PredictRequest, and a PredictResponse to JSON."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

from cnn_mnist.tf_compat import tf
from model_server import statuses
from model_server.servable import VALUES

_WHOLE = {
    tf.int8: (-(2**31), 2**31),
    tf.uint8: (-(2**31), 2**31),
    tf.int16: (-(2**31), 2**31),
    tf.int32: (-(2**31), 2**31),
    tf.int64: (-(2**63), 2**63),
    tf.uint32: (0, 2**32),
    tf.uint64: (0, 2**64),
}
"""The range of each integer type, end excluded; the small types have int32's, as in the server."""
_MOST_SHOWN = 256


def parsed(body: bytes) -> dict[str, Any]:
    """Returns the JSON object of a request; text after it is ignored."""
    # Bytes that are not UTF-8 are kept as they are.
    text = body.decode("utf-8", "surrogateescape").lstrip(" \t\r\n")
    if not text:
        raise statuses.invalid("JSON Parse error: The document is empty")
    try:
        document, _ = json.JSONDecoder().raw_decode(text)
    except (json.JSONDecodeError, RecursionError) as error:
        position = getattr(error, "pos", 0)
        raise statuses.invalid(f"JSON Parse error: {error} at offset: {position}") from error
    if not isinstance(document, dict):
        raise statuses.invalid(f"JSON Value: {shown(document)} Is not object")
    if not isinstance(document.get("signature_name", ""), str):
        raise statuses.invalid(f"JSON Value: {shown(document)} 'signature_name' must be a string")
    return document


def fill(document: Mapping[str, Any], infos: Mapping[str, Any], request: Any) -> None:
    """Adds the tensors of a request in row or column format to a PredictRequest.

    Args:
      infos: the TensorInfo of each of the signature's inputs, by name.
    """
    if "instances" in document and "inputs" in document:
        raise statuses.invalid("expecting only one of 'inputs' or 'instances' keys to exist")
    if "instances" in document:
        columns = _columns(document["instances"], infos)
    elif "inputs" in document:
        columns = _named(document["inputs"], infos)
    else:
        raise statuses.invalid("Missing 'inputs' or 'instances' key")
    for name, value in columns.items():
        request.inputs[name].CopyFrom(_tensor(value, tf.as_dtype(infos[name].dtype)))


def answer(response: Any, by_row: bool) -> dict[str, Any]:
    """Returns a PredictResponse as a JSON object."""
    outputs = {
        name: _json_values(name, tensor, by_row)
        for name, tensor in sorted(response.outputs.items())
    }
    if not by_row:
        return {"outputs": outputs if len(outputs) > 1 else next(iter(outputs.values()))}
    if len({len(values) for values in outputs.values()}) > 1:
        raise statuses.invalid("Tensors have inconsistent batch sizes")
    if len(outputs) == 1:
        return {"predictions": next(iter(outputs.values()))}
    rows = zip(*outputs.values(), strict=True)
    return {"predictions": [dict(zip(outputs, row, strict=True)) for row in rows]}


def _columns(instances: Any, infos: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Converts rows into a list of values for each input."""
    if not isinstance(instances, list) or not instances:
        raise statuses.invalid("Expecting 'instances' to be a list with values")
    are_objects = _is_object(instances[0])
    if not are_objects and len(infos) > 1:
        raise statuses.invalid(
            "instances is a plain list, but expecting list of objects as multiple input tensors "
            "required"
        )
    for index, row in enumerate(instances):
        if _is_object(row) != are_objects:
            raise statuses.invalid(f"instances mixes objects and values at item {index}")
        if are_objects and set(row) != set(infos):
            raise statuses.invalid(
                f"Failed to process element: {index} of 'instances' list. JSON object: "
                f"{shown(row)} keys must be equal to: {','.join(sorted(infos))}"
            )
    if not are_objects:
        return {next(iter(infos)): instances}
    return {name: [row[name] for row in instances] for name in infos}


def _named(inputs: Any, infos: Mapping[str, Any]) -> dict[str, Any]:
    if not _is_object(inputs):
        if len(infos) > 1:
            raise statuses.invalid(
                "inputs is a plain value/list, but expecting an object as multiple input tensors "
                "required"
            )
        return {next(iter(infos)): inputs}
    for name in infos:
        if name not in inputs:
            raise statuses.invalid(f"Missing named input: {name} in 'inputs' object.")
    # Other names are ignored.
    return {name: inputs[name] for name in infos}


def _tensor(value: Any, dtype: Any) -> Any:
    if dtype not in VALUES:
        raise statuses.StatusError(
            statuses.Code.UNIMPLEMENTED, f"Conversion of JSON Value to type: {dtype.name}"
        )
    shape = []
    first = value
    while isinstance(first, list):
        shape.append(len(first))
        if not first:
            break
        first = first[0]
    values: list[Any] = []
    _flatten(value, shape, 0, _reader(dtype), values)
    tensor = tf.make_tensor_proto([], dtype, [0])
    tensor.tensor_shape.CopyFrom(tf.TensorShape(shape).as_proto())
    getattr(tensor, VALUES[dtype]).extend(values)
    return tensor


def _flatten(
    value: Any, shape: list[int], level: int, read: Callable[[Any], Any], values: list[Any]
) -> None:
    if not isinstance(value, list):
        if level != len(shape):
            raise statuses.invalid(
                f"JSON Value: {shown(value)} found at incorrect level: {level + 1}"
            )
        values.append(read(value))
        return
    if level == len(shape):
        raise statuses.invalid(f"Encountered list at unexpected level: {level}")
    if len(value) != shape[level]:
        raise statuses.invalid(
            f"Encountered list at unexpected size: {len(value)} at level: {level} "
            f"expected size: {shape[level]}"
        )
    for item in value:
        _flatten(item, shape, level + 1, read, values)


def _reader(dtype: Any) -> Callable[[Any], Any]:
    """Returns the function that converts a JSON value to a value of the tensor."""
    if dtype == tf.string:
        return _string
    if dtype in _WHOLE:
        lowest, end = _WHOLE[dtype]
        return lambda v: v if type(v) is int and lowest <= v < end else _refuse(v, dtype)
    kinds = (bool,) if dtype == tf.bool else (int, float)
    return lambda v: v if type(v) in kinds else _refuse(v, dtype)


def _string(value: Any) -> bytes:
    if isinstance(value, dict):
        return _from_base64(value)
    return (
        value.encode("utf-8", "surrogateescape")
        if isinstance(value, str)
        else _refuse(value, tf.string)
    )


def _refuse(value: Any, dtype: Any) -> NoReturn:
    raise statuses.invalid(
        f"JSON Value: {shown(value)} Type: {_kind(value)} is not of expected type: {dtype.name}"
    )


def _is_object(value: Any) -> bool:
    """Returns whether a value is an object of inputs rather than a binary value."""
    return isinstance(value, dict) and not _is_base64(value)


def _is_base64(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"b64"} and isinstance(value["b64"], str)


def _from_base64(value: dict[str, Any]) -> bytes:
    if not _is_base64(value):
        raise statuses.invalid(
            f"JSON Value: {shown(value)} not formatted correctly for base64 data"
        )
    text = "".join(value["b64"].split()).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise statuses.invalid("Unable to base64 decode") from error


def _json_values(name: str, tensor: Any, by_row: bool) -> Any:
    value = tf.make_ndarray(tensor)
    if by_row and not value.shape:
        raise statuses.invalid(f"Tensor name: {name} has no shape information")
    if value.dtype == object:
        convert = _to_base64 if name.endswith("_bytes") else _to_text
        return _each(value.tolist(), convert)
    if value.dtype == np.float32:
        return _each(value.tolist(), _short)
    return value.tolist()


def _each(values: Any, convert: Any) -> Any:
    if isinstance(values, list):
        return [_each(value, convert) for value in values]
    return convert(values)


def _to_base64(value: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(value).decode()}


def _to_text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def _short(value: float) -> float:
    """Returns a float32 value without the digits that only its float64 form has."""
    short = float(f"{value:.6g}")
    return short if np.float32(short) == np.float32(value) else float(f"{value:.9g}")


def shown(value: Any) -> str:
    return json.dumps(value)[:_MOST_SHOWN]


def _kind(value: Any) -> str:
    names = {type(None): "Null", bool: str(value), dict: "Object", str: "String", list: "Array"}
    return names.get(type(value), "Number")
