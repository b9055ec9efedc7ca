"""Reads the layers of TensorFlow.js's layers-model format as those of an `Architecture`.

The settings and their defaults are those of Keras 2 and of tfjs-layers/src/layers.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from cnn_mnist.errors import ExportError
from cnn_mnist.networks.architecture import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool,
    Relu,
)

_DEFAULTS: dict[str, Any] = {
    "activation": "linear",
    "axis": -1,
    "center": True,
    "data_format": "channels_last",
    "dilation_rate": [1, 1],
    "dtype": "float32",
    "epsilon": 1e-3,
    "groups": 1,
    "max_value": None,
    "padding": "valid",
    "scale": True,
    "strides": [1, 1],
    "use_bias": True,
}

WEIGHTS: dict[str, tuple[str, ...]] = {
    "Conv2D": ("kernel", "bias"),
    "Dense": ("kernel", "bias"),
    "BatchNormalization": ("gamma", "beta", "moving_mean", "moving_variance"),
}
"""The names of the weights of each kind that has some, in the order of the layer's variables."""


def read(where: str, layer: dict[str, Any], is_last: bool, last_axis: int) -> Layer:
    """Returns a layer of the file as one of an `Architecture`.

    Args:
      where: what a message begins with: the file, and the layer's number, kind and name.
      layer: `{"class_name": one of KINDS, "config": {…}}`.
      is_last: whether it is the last layer, which has to be a softmax.
      last_axis: the number of the last axis of its input, counted from 0 for the batch.

    Raises:
      ExportError: a setting is not one that an `Architecture` can describe.
    """
    config = layer["config"]
    _setting(where, config, "dtype", "float32")
    if layer["class_name"] == "Dense":
        return _dense(where, config, is_last)
    if layer["class_name"] == "BatchNormalization":
        return _batch_norm(where, config, last_axis)
    return _READERS[layer["class_name"]](where, config)


def shown(value: Any) -> str:
    """Returns a value of the file as a message shows it, at most 60 characters of JSON."""
    try:
        text = json.dumps(value)
    except RecursionError:
        return "nested too deeply"
    return text if len(text) <= 60 else f"{text[:60]}…"


def _conv(where: str, config: dict[str, Any]) -> Layer:
    for name in ("data_format", "dilation_rate", "groups", "use_bias"):
        _setting(where, config, name, _DEFAULTS[name])
    return Conv(
        _count(where, config, "filters"),
        _side(where, config, "kernel_size"),
        _setting(where, config, "padding", "same", "valid"),
        _stride(where, config, 1),
        relu=_setting(where, config, "activation", "relu", "linear") == "relu",
    )


def _max_pool(where: str, config: dict[str, Any]) -> Layer:
    return MaxPool(*_pool(where, config))


def _avg_pool(where: str, config: dict[str, Any]) -> Layer:
    return AvgPool(*_pool(where, config))


def _pool(where: str, config: dict[str, Any]) -> tuple[int, int, str]:
    _setting(where, config, "data_format", "channels_last")
    size = _side(where, config, "pool_size")
    padding = _setting(where, config, "padding", "same", "valid")
    return size, _stride(where, config, size), padding


def _batch_norm(where: str, config: dict[str, Any], last_axis: int) -> Layer:
    # The momentum decides only how the averages came about.
    _setting(where, config, "axis", -1, last_axis, [-1], [last_axis])
    _setting(where, config, "epsilon", BatchNorm.epsilon)
    for name in ("center", "scale"):
        _setting(where, config, name, True)
    return BatchNorm()


def _activation(where: str, config: dict[str, Any]) -> Layer:
    _setting(where, config, "activation", "relu")
    return Relu()


def _re_lu(where: str, config: dict[str, Any]) -> Layer:
    _setting(where, config, "max_value", None)
    for name in ("negative_slope", "threshold"):
        _setting(where, {name: config.get(name) or 0}, name, 0)
    return Relu()


def _flatten(where: str, config: dict[str, Any]) -> Layer:
    _setting(where, config, "data_format", "channels_last")
    return Flatten()


def _dense(where: str, config: dict[str, Any], is_last: bool) -> Layer:
    _setting(where, config, "use_bias", True)
    allowed = ("softmax",) if is_last else ("relu", "linear")
    activation = _setting(where, config, "activation", *allowed)
    return Dense(_count(where, config, "units"), relu=activation == "relu")


def _dropout(where: str, config: dict[str, Any]) -> Layer:
    value: Any = config.get("rate")
    if type(value) not in (int, float) or not 0 <= value < 1:
        raise ExportError(f"{where}: rate is {shown(value)}; allowed: a number from 0 to below 1")
    return Dropout(float(value))


_READERS: dict[str, Callable[[str, dict[str, Any]], Layer]] = {
    "Conv2D": _conv,
    "MaxPooling2D": _max_pool,
    "AveragePooling2D": _avg_pool,
    "Activation": _activation,
    "ReLU": _re_lu,
    "Flatten": _flatten,
    "Dropout": _dropout,
}
KINDS = (*_READERS, "BatchNormalization", "Dense")
"""The classes of Keras that are read."""


def _setting(where: str, config: dict[str, Any], name: str, *allowed: Any) -> Any:
    value = config.get(name)
    value = _DEFAULTS.get(name) if value is None else value
    if value not in allowed:
        raise ExportError(
            f"{where}: {name} is {shown(value)}; allowed: {' or '.join(map(json.dumps, allowed))}"
        )
    return value


def _count(where: str, config: dict[str, Any], name: str) -> int:
    value = config.get(name)
    if type(value) is not int or value < 1:
        raise ExportError(f"{where}: {name} is {shown(value)}; allowed: a whole number from 1")
    return value


def _stride(where: str, config: dict[str, Any], default: int) -> int:
    usual = [default, default]
    value = config.get("strides")
    return _side(where, {"strides": usual if value is None else value}, "strides")


def _side(where: str, config: dict[str, Any], name: str) -> int:
    value = config.get(name)
    sides = value if isinstance(value, list) and len(value) == 2 else [None, None]
    if type(sides[0]) is not int or sides[0] < 1 or sides[0] != sides[1]:
        raise ExportError(
            f"{where}: {name} is {shown(value)}; allowed: a square, two equal whole numbers from 1"
        )
    return int(sides[0])
