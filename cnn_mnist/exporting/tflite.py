"""A network for phones and small devices: files of TensorFlow Lite, now LiteRT.

from ai_edge_litert.interpreter import Interpreter

network = Interpreter("model.tflite").get_signature_runner("serving_default")
print(network(image=pixels)["classes"])

Each file takes what a SavedModel's `serving_default` takes, uint8 pixels `[batch, 28, 28, 1]`
of any batch, and gives the same `classes` and `probabilities`: pixels are scaled in the file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from typing import Any

from cnn_mnist.config import Config
from cnn_mnist.exporting import frozen
from cnn_mnist.tf_compat import TFLiteConverter, eager_mode, quiet, tf

FILES: Mapping[str, Mapping[str, Any]] = {
    "model.tflite": {},
    "model_float16.tflite": {"optimizations": [tf.lite.Optimize.DEFAULT], "types": [tf.float16]},
    "model_dynamic_int8.tflite": {"optimizations": [tf.lite.Optimize.DEFAULT]},
}
"""What the converter is told, by the file's name.

`model.tflite` is float32. float16 stores the weights so, and computes in float32 unless the
device does otherwise. Dynamic int8 stores the weights of layers of 1,024 and more in 8 bits, and
rounds what goes into those layers to 8 bits too, by the range that each image has there.
"""


def write(config: Config, checkpoint: str, folder: str) -> None:
    """Writes the three `FILES` of a checkpoint; the same bytes each time.

    Args:
      config: the run.
      checkpoint: the path of one of this network's.
      folder: where to; it is there.

    Raises:
      tf.errors.OpError, OSError: a file cannot be written.
    """
    network = frozen.read(config, checkpoint)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        saved_model = os.path.join(place, "saved_model")
        _save(network, saved_model)
        contents = {name: _converted(saved_model, told) for name, told in FILES.items()}
    for name, content in contents.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)


def _save(network: frozen.Frozen, folder: str) -> None:
    """Writes a SavedModel of constants alone.

    The converter makes a named signature from a SavedModel only, and the exported one has
    checks and further inputs, for which there are no ops here.
    """
    with tf.Graph().as_default(), tf.Session() as session:
        image, answers = network.add_to_graph()
        tf.saved_model.simple_save(session, folder, {"image": image}, answers)


def _converted(saved_model: str, told: Mapping[str, Any]) -> bytes:
    with eager_mode(), quiet.converting():
        converter = TFLiteConverter.from_saved_model(saved_model)
        converter.optimizations = told.get("optimizations", [])
        converter.target_spec.supported_types = told.get("types", [])
        return converter.convert()
