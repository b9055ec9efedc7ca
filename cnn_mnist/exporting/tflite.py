"""Writes TensorFlow Lite (now LiteRT) files, for phones and small devices.

Example:

from ai_edge_litert.interpreter import Interpreter

network = Interpreter("model.tflite").get_signature_runner("serving_default")
print(network(image=pixels)["classes"])

Each file has the input of a SavedModel's `serving_default`, uint8 pixels `[batch, 28, 28, 1]` with
any batch size, and the same outputs, `classes` and `probabilities`. The file scales the pixels.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from typing import Any

from cnn_mnist.config import Config
from cnn_mnist.exporting import frozen
from cnn_mnist.model_folder import exports
from cnn_mnist.tf_compat import TFLiteConverter, eager_mode, quiet, tf

FILES: Mapping[str, Mapping[str, Any]] = {
    exports.TFLITE_FILE: {},
    "model_float16.tflite": {"optimizations": [tf.lite.Optimize.DEFAULT], "types": [tf.float16]},
    "model_dynamic_int8.tflite": {"optimizations": [tf.lite.Optimize.DEFAULT]},
}
"""The converter's options, by file name.

`model.tflite` is float32. `model_float16.tflite` stores the weights in float16, and computes in
float32 unless the device chooses otherwise. `model_dynamic_int8.tflite` stores weights in 8 bits in
layers of at least 1,024 weights, and rounds the inputs of those layers to 8 bits, by the range
of each image's values there.
"""


def write(config: Config, checkpoint: str, folder: str) -> None:
    """Writes the three `FILES` of a checkpoint; always the same bytes.

    Args:
      config: the run.
      checkpoint: the path of a checkpoint of this network.
      folder: where to write; it must exist.

    Raises:
      tf.errors.OpError, OSError: a file cannot be written.
    """
    network = frozen.read(config, checkpoint)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        saved_model = os.path.join(place, "saved_model")
        _save(network, saved_model)
        contents = {name: _converted(saved_model, options) for name, options in FILES.items()}
    for name, content in contents.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)


def _save(network: frozen.Frozen, folder: str) -> None:
    """Writes a SavedModel without variables, for the converter.

    The converter makes a named signature only from a SavedModel. This one has no checks of its
    input, which the converter would drop.
    """
    with tf.Graph().as_default(), tf.Session() as session:
        image, outputs = network.add_to_graph()
        tf.saved_model.simple_save(session, folder, {"image": image}, outputs)


def _converted(saved_model: str, options: Mapping[str, Any]) -> bytes:
    with eager_mode(), quiet.converting():
        converter = TFLiteConverter.from_saved_model(saved_model)
        converter.optimizations = options.get("optimizations", [])
        converter.target_spec.supported_types = options.get("types", [])
        return converter.convert()
