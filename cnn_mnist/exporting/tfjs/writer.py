"""Writes TensorFlow.js's layers-model format, for the browser.

`model.json` holds the layers and the manifest of `weights.bin`, which holds the weights one after
the other (https://www.tensorflow.org/js/guide/save_load; the types are those of
tfjs-core/src/io/types.ts).
TensorFlow's own converter, tensorflowjs on PyPI, does not install beside TensorFlow 2.20 or
later; once it does, it can replace this module.
"""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from cnn_mnist.config import Config
from cnn_mnist.data import class_names, data_record
from cnn_mnist.networks import architecture
from cnn_mnist.networks.architecture import (
    Architecture,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Layer,
    MaxPool,
    Pool,
    Relu,
)
from cnn_mnist.tf_compat import tf

MODEL_FILE = "model.json"
WEIGHTS_FILE = "weights.bin"

# The format of the layers has not changed from Keras 2.0 to 2.15.
_KERAS_VERSION = "2.15.0"


def write(config: Config, checkpoint: str, folder: str) -> None:
    """Writes `model.json` and `weights.bin` of a checkpoint; always the same bytes.

    `tf.loadLayersModel` reads them. The network takes float32 `[batch, 28, 28, 1]`, 0 to 1,
    returns probabilities, float32 `[batch, classes]`, and can be trained further. The format's
    `userDefinedMetadata` holds what a page needs to show answers: `classes`, the class names, and
    `digits`, whether images are framed as MNIST's are.

    Args:
      config: the run; `config.tfjs_weights` says how weights are stored. Those of batch
        normalization are always float32.
      checkpoint: the path of a checkpoint of this network.
      folder: where to write; it must exist.

    Raises:
      DataError: the file of class names in `model_dir` does not hold a name for each class.
      OSError: a file cannot be written.
    """
    layers = architecture.parse(config.architecture)
    names = class_names.saved_class_names(config.model_dir, config.classes)
    reader = tf.train.load_checkpoint(checkpoint)
    specs, contents = [], []
    for name in architecture.variable_shapes(layers):
        # They are few, and a rounded variance near 0 would change its channel many times over.
        exact = name.startswith("batch_normalization")
        stored_as = "float32" if exact else config.tfjs_weights
        spec, content = _stored(name, reader.get_tensor(name), stored_as)
        specs.append(spec)
        contents.append(content)
    model = {
        "format": "layers-model",
        "generatedBy": "cnn_mnist",
        "convertedBy": None,
        "modelTopology": {
            "keras_version": _KERAS_VERSION,
            "backend": "tensorflow",
            "model_config": {"class_name": "Sequential", "config": _sequential(layers)},
        },
        "weightsManifest": [{"paths": [WEIGHTS_FILE], "weights": specs}],
        "userDefinedMetadata": {
            "classes": names,
            "digits": data_record.frames_digits(config.model_dir),
        },
    }
    with open(os.path.join(folder, WEIGHTS_FILE), "wb") as file:
        file.writelines(contents)
    with open(os.path.join(folder, MODEL_FILE), "w", encoding="utf-8") as file:
        file.write(json.dumps(model, indent=1) + "\n")


def _sequential(layers: Architecture) -> dict[str, Any]:
    described = [_layer(layer, name) for name, layer in architecture.named(layers)]
    described[0]["config"]["batch_input_shape"] = [None, *architecture.IMAGE_SHAPE]
    # The graph returns logits; in the browser the last layer returns probabilities.
    described[-1]["config"]["activation"] = "softmax"
    return {"name": "cnn_mnist", "layers": described}


def _layer(layer: Layer, name: str) -> dict[str, Any]:
    if isinstance(layer, Conv):
        kind, settings = "Conv2D", _conv(layer)
    elif isinstance(layer, MaxPool):
        kind, settings = "MaxPooling2D", _pool(layer)
    elif isinstance(layer, AvgPool):
        kind, settings = "AveragePooling2D", _pool(layer)
    elif isinstance(layer, BatchNorm):
        kind, settings = "BatchNormalization", _batch_norm(layer)
    elif isinstance(layer, Relu):
        kind, settings = "Activation", {"activation": "relu"}
    elif isinstance(layer, Dense):
        settings = {"units": layer.units, "activation": _activation(layer), "use_bias": True}
        kind = "Dense"
    elif isinstance(layer, Dropout):
        kind, settings = "Dropout", {"rate": layer.rate}
    else:
        kind, settings = "Flatten", {}
    shared = {"name": name, "trainable": True, "dtype": "float32"}
    return {"class_name": kind, "config": {**shared, **settings}}


def _conv(layer: Conv) -> dict[str, Any]:
    return {
        "filters": layer.filters,
        "kernel_size": [layer.kernel_size, layer.kernel_size],
        "strides": [layer.stride, layer.stride],
        "padding": layer.padding,
        "data_format": "channels_last",
        "activation": _activation(layer),
        "use_bias": True,
    }


def _activation(layer: Conv | Dense) -> str:
    return "relu" if layer.relu else "linear"


def _pool(layer: Pool) -> dict[str, Any]:
    return {
        "pool_size": [layer.size, layer.size],
        "strides": [layer.stride, layer.stride],
        "padding": layer.padding,
    }


def _batch_norm(layer: BatchNorm) -> dict[str, Any]:
    settings = {"axis": -1, "momentum": layer.momentum, "epsilon": layer.epsilon}
    return {**settings, "center": True, "scale": True}


def _stored(name: str, values: np.ndarray, stored_as: str) -> tuple[dict[str, Any], bytes]:
    """Returns a variable's entry in the manifest, and its bytes.

    uint8 stores the nearest of 256 evenly spaced values from its lowest to its highest.
    """
    spec: dict[str, Any] = {"name": name, "shape": list(values.shape), "dtype": "float32"}
    if stored_as == "float32":
        return spec, values.astype("<f4").tobytes()
    spec["quantization"] = {"dtype": stored_as, "original_dtype": "float32"}
    if stored_as == "float16":
        return spec, values.astype("<f2").tobytes()
    lowest = float(values.min())
    scale = (float(values.max()) - lowest) / 255 or 1.0
    spec["quantization"].update(min=lowest, scale=scale)
    return spec, np.rint((values - lowest) / scale).astype(np.uint8).tobytes()
