"""Writes TensorFlow Lite (now LiteRT) files, for phones and small devices.

Example:

from ai_edge_litert.interpreter import Interpreter

network = Interpreter("model.tflite").get_signature_runner("serving_default")
print(network(image=pixels)["classes"])

Each file has the input of a SavedModel's `serving_default`, uint8 pixels `[batch, 28, 28, 1]`, and
outputs of the same names, `classes` (int32) and `probabilities` (float32). The file scales the
pixels. It declares a batch of one image, and computes others after its input is resized.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cnn_mnist.config import Config
from cnn_mnist.exporting import frozen
from cnn_mnist.model_folder import exports
from cnn_mnist.tf_compat import TFLiteConverter, eager_mode, quiet, tf

FILES: Mapping[str, Mapping[str, Any]] = {
    exports.TFLITE_FILES["float32"]: {},
    exports.TFLITE_FILES["float16"]: {
        "optimizations": [tf.lite.Optimize.DEFAULT],
        "types": [tf.float16],
    },
    exports.TFLITE_FILES["dynamic_int8"]: {"optimizations": [tf.lite.Optimize.DEFAULT]},
    exports.TFLITE_FILES["int8"]: {
        "optimizations": [tf.lite.Optimize.DEFAULT],
        "integers": True,
    },
}
"""The converter's options, by file name.

`model.tflite` is float32. `model_float16.tflite` stores the weights in float16, and computes in
float32 unless the device chooses otherwise. `model_dynamic_int8.tflite` stores weights in 8 bits in
layers of at least 1,024 weights, and rounds the inputs of those layers to 8 bits, by the range
of each image's values there. `model_int8.tflite` computes everything in 8 bits, with ranges that
were measured on training images; accelerators without floats take it.
"""
_BATCH = 50


def write(config: Config, checkpoint: str, folder: str, images: np.ndarray) -> None:
    """Writes the `FILES` of a checkpoint; always the same bytes.

    Args:
      config: the run.
      checkpoint: the path of a checkpoint of this network.
      folder: where to write; it must exist.
      images: training images, on which ranges are measured, uint8 `[count, 28, 28, 1]`.

    Raises:
      tf.errors.OpError, OSError: a file cannot be written.
    """
    network = frozen.read(config, checkpoint)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        folders = {scaled: os.path.join(place, str(scaled)) for scaled in (False, True)}
        for scaled, saved_model in folders.items():
            _save(network.of_one_image(scaled), saved_model)
        contents = {
            name: _converted(folders[options.get("integers", False)], options, images)
            for name, options in FILES.items()
        }
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
        # LiteRT.js takes neither int64 nor a batch of unknown size.
        outputs["classes"] = tf.cast(outputs["classes"], tf.int32, "classes")
        tf.saved_model.simple_save(session, folder, {"image": image}, outputs)


def _converted(saved_model: str, options: Mapping[str, Any], images: np.ndarray) -> bytes:
    with eager_mode(), quiet.converting():
        converter = TFLiteConverter.from_saved_model(saved_model)
        converter.optimizations = options.get("optimizations", [])
        converter.target_spec.supported_types = options.get("types", [])
        if options.get("integers"):
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = tf.uint8
            converter.representative_dataset = lambda: _representative(images)
        return converter.convert()


def _representative(images: np.ndarray) -> Iterator[dict[str, np.ndarray]]:
    """Yields batches of scaled images, whose values together range from 0 to 1.

    With this range the scale of the input is 1/255, so that a file of 8 bits takes pixels as the
    others do. Images without black or white get a pixel of each in a corner of the first.
    """
    if images.min() > 0 or images.max() < 255:
        images = images.copy()
        images[0, 0, :2, 0] = 0, 255
    # The converter takes batches of one size, so the last is filled up with the first images.
    for start in range(0, len(images), _BATCH):
        batch = images.take(range(start, start + _BATCH), axis=0, mode="wrap")
        yield {"image": batch.astype(np.float32) / 255}
