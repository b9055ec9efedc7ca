"""Writes the warm-up requests, which a server runs before it answers the first real request.

TensorFlow allocates memory and chooses kernels when a signature first runs, so
`tensorflow_model_server` reads such requests from the export
(https://www.tensorflow.org/tfx/serving/saved_model_warmup).
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping

import numpy as np
from PIL import Image

from cnn_mnist.exporting import signatures
from cnn_mnist.networks.architecture import IMAGE_SHAPE
from cnn_mnist.tf_compat import tf

FILE = os.path.join("assets.extra", "tf_serving_warmup_requests")
BATCHES = (1, 32)
"""The batch sizes that each signature is run with."""


def write(folder: str, model_name: str = "mnist") -> None:
    """Adds warm-up requests to a SavedModel: a TFRecord file of PredictionLog messages.

    It holds one for each signature and batch size.
    """
    path = os.path.join(folder, FILE)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with tf.io.TFRecordWriter(path) as writer:
        for signature, example in _examples().items():
            for size in BATCHES:
                batch = np.stack([example] * size)
                inputs = {signatures.INPUTS[signature]: batch}
                writer.write(_prediction_log(model_name, signature, inputs))


def _examples() -> dict[str, np.ndarray]:
    """Returns an image for each signature: a grey square, large enough to be framed."""
    pixels = np.zeros(IMAGE_SHAPE, np.uint8)
    pixels[8:20, 8:20] = 200
    file = io.BytesIO()
    Image.fromarray(np.kron(pixels[..., 0], np.ones((4, 4), np.uint8))).save(file, "PNG")
    return {
        signatures.DEFAULT_SIGNATURE: pixels,
        "image_bytes": np.array(file.getvalue(), object),
        "float_image": (pixels / np.float32(255)).astype(np.float32),
    }


def _prediction_log(model: str, signature: str, inputs: Mapping[str, np.ndarray]) -> bytes:
    """Returns a serialized PredictionLog, encoded here because its package needs gRPC.

    The field numbers are those of tensorflow_serving/apis/prediction_log.proto, predict.proto
    and model.proto.
    """
    spec = _field(1, model.encode()) + _field(3, signature.encode())
    request = _field(1, spec)
    for name, value in inputs.items():
        tensor = tf.make_tensor_proto(value).SerializeToString()
        request += _field(2, _field(1, name.encode()) + _field(2, tensor))
    return _field(6, _field(1, request))


def _field(number: int, content: bytes) -> bytes:
    """Returns a length-delimited field (https://protobuf.dev/programming-guides/encoding)."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    return bytes([*encoded, value])
