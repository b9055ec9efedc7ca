"""Reads TensorFlow.js's layers-model format.

A page writes it with `model.save('downloads://name')`, and an export with `tfjs` holds it. Only
networks that an `Architecture` can describe are accepted.
"""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Any

import numpy as np

from cnn_mnist.errors import ExportError, UserError, wording
from cnn_mnist.exporting.tfjs import weights as tfjs_weights
from cnn_mnist.model_folder import integrity
from cnn_mnist.networks import architecture
from cnn_mnist.networks.architecture import Conv, Dense, Dropout, Flatten, Layer, MaxPool
from cnn_mnist.support.files import parsed_json
from cnn_mnist.tf_compat import forks, tf

MODEL_FILE = "model.json"
_LARGEST_FILE = 10_000_000
_KINDS = ("Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dropout")

# The defaults of Keras and TensorFlow.js.
_DEFAULTS: dict[str, Any] = {
    "activation": "linear",
    "data_format": "channels_last",
    "dilation_rate": [1, 1],
    "dtype": "float32",
    "groups": 1,
    "padding": "valid",
    "strides": [1, 1],
    "use_bias": True,
}


@dataclasses.dataclass(frozen=True)
class LayersModel:
    """A network and its weights.

    Attributes:
      path: the JSON file.
      architecture: the network in one line; see `networks.architecture.parse`.
      weights: float32 arrays, with the names and shapes of `networks.architecture.variable_shapes`.
      class_names: the names of the classes in the file, or None.
    """

    path: str
    architecture: str
    weights: dict[str, np.ndarray]
    class_names: tuple[str, ...] | None


def read(path: str) -> LayersModel:
    """Reads a model and its weights, stored as float32, float16, uint8 or uint16.

    Args:
      path: the JSON file, or a folder that holds `model.json`. The weight files are in the same
        folder or below it.

    Raises:
      ExportError: the file is missing, it or the weights are damaged, a path in it leads out of
        its folder, or no `Architecture` describes the network.
    """
    file = _model_file(path)
    model = _parsed(file)
    layers = _layers(file, model)
    text = _architecture(file, layers)
    shapes = architecture.variable_shapes(architecture.parse(text))
    names = [
        f"{layer['config'].get('name')}/{part}"
        for layer in layers
        if layer["class_name"] in ("Conv2D", "Dense")
        for part in ("kernel", "bias")
    ]
    found = tfjs_weights.read(file, model, names, list(shapes.values()))
    return LayersModel(file, text, dict(zip(shapes, found, strict=True)), _class_names(model))


def write_checkpoint(model: LayersModel, folder: str) -> str:
    """Writes the weights as a checkpoint of step 0, and returns its prefix for `tf.train`."""
    path = integrity.path_of(folder, 0)
    forks.check()
    values: dict[str, Any] = {**model.weights, "global_step": np.int64(0)}
    # Feed the values: constants would store the weights in the graph a second time.
    with tf.Graph().as_default(), tf.Session() as session:
        fed = [tf.placeholder(value.dtype, value.shape) for value in values.values()]
        save = tf.raw_ops.SaveV2(
            prefix=path, tensor_names=list(values), shape_and_slices=[""] * len(fed), tensors=fed
        )
        session.run(save, dict(zip(fed, values.values(), strict=True)))
    return path


def _model_file(path: str) -> str:
    if os.path.isdir(path):
        file = os.path.join(path, MODEL_FILE)
        if not os.path.isfile(file):
            raise ExportError(
                f"{wording('path', '--tfjs_model')}={path} holds no {MODEL_FILE}; give the .json "
                "file that TensorFlow.js saved"
            )
        return file
    if not os.path.isfile(path):
        raise ExportError(
            f"{wording('path', '--tfjs_model')}={path} is neither a file nor a folder; "
            "expected the .json file that TensorFlow.js saved, or a folder that holds a "
            f"{MODEL_FILE}"
        )
    return path


def _parsed(file: str) -> dict[str, Any]:
    try:
        with open(file, encoding="utf-8-sig") as opened:
            model = parsed_json(opened.read(_LARGEST_FILE))
    except (OSError, ValueError) as error:
        raise ExportError(
            f"{file} cannot be read as JSON ({error}); save the model again"
        ) from error
    model = _object(file, "the model", model)
    if model.get("format", "layers-model") != "layers-model":
        raise ExportError(f"{file}: format is {_shown(model['format'])}; allowed: layers-model")
    return model


def _layers(file: str, model: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns each layer as in the file, `{"class_name": one of _KINDS, "config": {…}}`.

    Keras, and so an export, nests the network in `model_config`; TensorFlow.js does not.
    """
    topology = _object(file, "modelTopology", model.get("modelTopology"))
    network = _object(file, "model_config", topology.get("model_config", topology))
    if network.get("class_name") != "Sequential":
        raise ExportError(
            f"{file}: the model is a {_shown(network.get('class_name'))}; allowed: Sequential"
        )
    layers = _object(file, "the model's config", network.get("config")).get("layers")
    if not isinstance(layers, list) or not layers:
        raise ExportError(f"{file}: layers is {_shown(layers)}; expected a list of layers")
    if len(layers) > architecture.MOST_LAYERS:
        raise ExportError(f"{file} has {len(layers):,} layers; allowed: {architecture.MOST_LAYERS}")
    for number, layer in enumerate(layers, 1):
        where = f"layer {number}"
        kind = _object(file, where, layer).get("class_name")
        config = _object(file, f"the config of {where}", layer.get("config"))
        if kind not in _KINDS:
            raise ExportError(
                f"{file}: {where} ({_shown(config.get('name'))}) is a {_shown(kind)}; allowed: "
                f"{', '.join(_KINDS)}"
            )
    return layers


def _architecture(file: str, layers: list[dict[str, Any]]) -> str:
    """Returns the network as one line of `networks.architecture`, after checking it."""
    shape = layers[0]["config"].get("batch_input_shape")
    if not isinstance(shape, list) or shape[1:] != list(architecture.IMAGE_SHAPE):
        raise ExportError(
            f"{file}: batch_input_shape of the first layer is {_shown(shape)}; allowed: "
            f"{json.dumps([None, *architecture.IMAGE_SHAPE])}"
        )
    read_layers = []
    for number, layer in enumerate(layers, 1):
        name = _shown(layer["config"].get("name"))
        where = f"{file}: layer {number} ({layer['class_name']} {name})"
        read_layers.append(_layer(where, layer, is_last=number == len(layers)))
    text = architecture.describe(tuple(read_layers))
    try:
        # The file may hold numbers that the notation does not allow.
        architecture.check(architecture.parse(text))
    except UserError as error:
        raise ExportError(str(error).replace("architecture", file, 1)) from error
    return text


def _layer(where: str, layer: dict[str, Any], is_last: bool) -> Layer:
    kind, config = layer["class_name"], layer["config"]
    _setting(where, config, "dtype", "float32")
    if kind == "Dropout":
        return Dropout(_rate(where, config))
    if kind == "Dense":
        _setting(where, config, "use_bias", True)
        _setting(where, config, "activation", "softmax" if is_last else "relu")
        return Dense(_count(where, config, "units"), relu=not is_last)
    _setting(where, config, "data_format", "channels_last")
    if kind == "Flatten":
        return Flatten()
    if kind == "MaxPooling2D":
        size = _side(where, config, "pool_size")
        strides = config.get("strides")
        _setting(
            where,
            {"strides": [size, size] if strides is None else strides},
            "strides",
            [size, size],
        )
        _setting(where, config, "padding", "valid")
        return MaxPool(size)
    for name in ("strides", "dilation_rate", "groups", "use_bias"):
        _setting(where, config, name, _DEFAULTS[name])
    _setting(where, config, "activation", "relu")
    padding = _setting(where, config, "padding", "same", "valid")
    return Conv(_count(where, config, "filters"), _side(where, config, "kernel_size"), padding)


def _setting(where: str, config: dict[str, Any], name: str, *allowed: Any) -> Any:
    value = config.get(name)
    value = _DEFAULTS[name] if value is None else value
    if value not in allowed:
        raise ExportError(
            f"{where}: {name} is {_shown(value)}; allowed: {' or '.join(map(json.dumps, allowed))}"
        )
    return value


def _count(where: str, config: dict[str, Any], name: str) -> int:
    value = config.get(name)
    if type(value) is not int or value < 1:
        raise ExportError(f"{where}: {name} is {_shown(value)}; allowed: a whole number from 1")
    return value


def _side(where: str, config: dict[str, Any], name: str) -> int:
    value = config.get(name)
    sides = value if isinstance(value, list) and len(value) == 2 else [None, None]
    if type(sides[0]) is not int or sides[0] < 1 or sides[0] != sides[1]:
        raise ExportError(
            f"{where}: {name} is {_shown(value)}; allowed: a square, two equal whole numbers from 1"
        )
    return int(sides[0])


def _rate(where: str, config: dict[str, Any]) -> float:
    value: Any = config.get("rate")
    if type(value) not in (int, float) or not 0 <= value < 1:
        raise ExportError(f"{where}: rate is {_shown(value)}; allowed: a number from 0 to below 1")
    return float(value)


def _class_names(model: dict[str, Any]) -> tuple[str, ...] | None:
    """Returns the class names that `tfjs` writes; pages may store anything there."""
    metadata = model.get("userDefinedMetadata")
    names = metadata.get("classes") if isinstance(metadata, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    return tuple(names)


def _object(file: str, what: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ExportError(f"{file}: {what} is {_shown(value)}; expected a JSON object")
    return value


def _shown(value: Any) -> str:
    try:
        text = json.dumps(value)
    except RecursionError:
        return "nested too deeply"
    return text if len(text) <= 60 else f"{text[:60]}…"
