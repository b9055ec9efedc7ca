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
from cnn_mnist.exporting.tfjs import layers as tfjs_layers
from cnn_mnist.exporting.tfjs import weights as tfjs_weights
from cnn_mnist.exporting.tfjs.layers import shown
from cnn_mnist.model_folder import integrity
from cnn_mnist.networks import architecture
from cnn_mnist.networks.architecture import Flatten, Layer
from cnn_mnist.support.files import parsed_json
from cnn_mnist.tf_compat import forks, tf

MODEL_FILE = "model.json"
_LARGEST_FILE = 10_000_000


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
        for part in tfjs_layers.WEIGHTS.get(layer["class_name"], ())
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
        raise ExportError(f"{file}: format is {shown(model['format'])}; allowed: layers-model")
    return model


def _layers(file: str, model: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns each layer as in the file, `{"class_name": one of KINDS, "config": {…}}`.

    Keras, and so an export, nests the network in `model_config`; TensorFlow.js does not.
    """
    topology = _object(file, "modelTopology", model.get("modelTopology"))
    network = _object(file, "model_config", topology.get("model_config", topology))
    if network.get("class_name") != "Sequential":
        raise ExportError(
            f"{file}: the model is a {shown(network.get('class_name'))}; allowed: Sequential"
        )
    layers = _object(file, "the model's config", network.get("config")).get("layers")
    if not isinstance(layers, list) or not layers:
        raise ExportError(f"{file}: layers is {shown(layers)}; expected a list of layers")
    layers = _without_input(layers)
    if len(layers) > architecture.MOST_LAYERS:
        raise ExportError(f"{file} has {len(layers):,} layers; allowed: {architecture.MOST_LAYERS}")
    for number, layer in enumerate(layers, 1):
        where = f"layer {number}"
        kind = _object(file, where, layer).get("class_name")
        config = _object(file, f"the config of {where}", layer.get("config"))
        if kind not in tfjs_layers.KINDS:
            raise ExportError(
                f"{file}: {where} ({shown(config.get('name'))}) is a {shown(kind)}; allowed: "
                f"{', '.join(tfjs_layers.KINDS)}"
            )
    return layers


def _without_input(layers: list[Any]) -> list[Any]:
    """Returns the layers without an InputLayer, whose shape goes into the layer after it.

    Keras writes the shape there, too, but not for every kind of layer.
    """
    match layers:
        case [
            {"class_name": "InputLayer", "config": {"batch_input_shape": shape}},
            {"config": {**config}, **first},
            *others,
        ]:
            return [{**first, "config": {**config, "batch_input_shape": shape}}, *others]
    return layers


def _architecture(file: str, layers: list[dict[str, Any]]) -> str:
    """Returns the network as one line of `networks.architecture`, after checking it."""
    shape = layers[0]["config"].get("batch_input_shape")
    if not isinstance(shape, list) or shape[1:] != list(architecture.IMAGE_SHAPE):
        raise ExportError(
            f"{file}: batch_input_shape of the first layer is {shown(shape)}; allowed: "
            f"{json.dumps([None, *architecture.IMAGE_SHAPE])}"
        )
    read_layers: list[Layer] = []
    for number, layer in enumerate(layers, 1):
        name = shown(layer["config"].get("name"))
        where = f"{file}: layer {number} ({layer['class_name']} {name})"
        last_axis = 1 if Flatten() in read_layers else 3
        is_last = number == len(layers)
        read_layers.append(tfjs_layers.read(where, layer, is_last, last_axis))
    text = architecture.describe(tuple(read_layers))
    try:
        # The file may hold numbers that the notation does not allow.
        architecture.check(architecture.parse(text))
    except UserError as error:
        raise ExportError(str(error).replace("architecture", file, 1)) from error
    return text


def _class_names(model: dict[str, Any]) -> tuple[str, ...] | None:
    """Returns the class names that `tfjs` writes; pages may store anything there."""
    metadata = model.get("userDefinedMetadata")
    names = metadata.get("classes") if isinstance(metadata, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    return tuple(names)


def _object(file: str, what: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ExportError(f"{file}: {what} is {shown(value)}; expected a JSON object")
    return value
