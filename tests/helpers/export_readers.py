"""Programs other than this package that read an export, as functions of its folder.

Each function takes the folder of a SavedModel, the name of a signature and a folder to write in,
and returns a function from a batch of the signature's input to its `classes` and `probabilities`.
It skips the test that calls it where its program is not installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from cnn_mnist.exporting import signatures
from cnn_mnist.tf_compat import TFLiteConverter, quiet, tf

Answers = Mapping[str, np.ndarray]
Reader = Callable[[str, str, str], Callable[[np.ndarray], Answers]]

IMAGE_SHAPE = "[-1,28,28,1]"
"""For converters that cannot read the unknown rank of `float_image`."""


def tensorflow_1(folder: str, signature: str, place: str) -> Callable[[np.ndarray], Answers]:
    """`tf.compat.v1.saved_model.loader.load`."""
    session = tf.Session(graph=tf.Graph())
    with session.graph.as_default():
        loaded = tf.saved_model.loader.load(session, ["serve"], folder).signature_def[signature]
    outputs = {key: info.name for key, info in loaded.outputs.items()}
    given = loaded.inputs[signatures.INPUTS[signature]].name
    return lambda values: session.run(outputs, {given: values})


def tensorflow_2(folder: str, signature: str, place: str) -> Callable[[np.ndarray], Answers]:
    """`tf.saved_model.load`."""
    return _eager(_loaded(folder, signature), signature)


def xla(folder: str, signature: str, place: str) -> Callable[[np.ndarray], Answers]:
    """`tf.function(..., jit_compile=True)` around the loaded signature."""
    import tensorflow

    return _eager(
        tensorflow.function(_loaded(folder, signature), jit_compile=True, autograph=False),
        signature,
    )


def keras_3(folder: str, signature: str, place: str) -> Callable[[np.ndarray], Answers]:
    """Keras 3's `TFSMLayer`."""
    keras = pytest.importorskip("keras", minversion="3.0", exc_type=ImportError)
    if keras.backend.backend() != "tensorflow":
        pytest.skip(f"Keras runs on {keras.backend.backend()}, not on TensorFlow")
    layer = keras.layers.TFSMLayer(folder, call_endpoint=signature)

    def ask(values: np.ndarray) -> Answers:
        return {name: np.asarray(output) for name, output in layer(values).items()}

    return ask


def tensorflow_lite(folder: str, signature: str, place: str) -> Callable[[np.ndarray], Answers]:
    """TensorFlow Lite's converter, and the interpreter of LiteRT."""
    interpreter = pytest.importorskip("ai_edge_litert.interpreter", exc_type=ImportError)
    with quiet.converting():
        content = TFLiteConverter.from_saved_model(folder, signature_keys=[signature]).convert()
    network = interpreter.Interpreter(model_content=content)
    run = network.get_signature_runner(signature)
    return lambda values: run(**{signatures.INPUTS[signature]: values})


def onnx_runtime(folder: str, signature: str, place: str) -> Callable[[np.ndarray], Answers]:
    """tf2onnx as a command, and ONNX Runtime."""
    pytest.importorskip("tf2onnx", exc_type=ImportError)
    onnxruntime = pytest.importorskip("onnxruntime", exc_type=ImportError)
    path = os.path.join(place, f"{signature}.onnx")
    command = [sys.executable, "-m", "tf2onnx.convert", f"--saved-model={folder}", "--tag=serve"]
    command += [f"--signature_def={signature}", f"--output={path}"]
    if signature == "float_image":
        command.append(f"--inputs=float_image:0{IMAGE_SHAPE}")
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert ran.returncode == 0, ran.stderr
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    assert given.shape[1:] == [28, 28, 1]
    names = [output.name for output in session.get_outputs()]
    return lambda values: dict(zip(names, session.run(names, {given.name: values}), strict=True))


def openvino(folder: str, signature: str, place: str) -> Callable[[np.ndarray], Answers]:
    """OpenVINO, which reads `serving_default` from the folder, others from the loaded signature."""
    runtime = pytest.importorskip("openvino", exc_type=ImportError)
    if signature == signatures.DEFAULT_SIGNATURE:
        model = runtime.convert_model(folder)
    else:
        loaded = _loaded(folder, signature)
        model = runtime.convert_model(loaded, input=[-1, 28, 28, 1])
    compiled = runtime.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def ask(values: np.ndarray) -> Answers:
        # Copied, because the next request writes into the same memory.
        found = {key.get_any_name(): array.copy() for key, array in compiled(values).items()}
        return {"classes": found["classes"], "probabilities": found["probabilities"]}

    return ask


READERS: Mapping[str, Reader] = {
    "TensorFlow 1 loader": tensorflow_1,
    "TensorFlow 2 loader": tensorflow_2,
    "XLA": xla,
    "Keras 3": keras_3,
    "TensorFlow Lite": tensorflow_lite,
    "ONNX Runtime": onnx_runtime,
    "OpenVINO": openvino,
}


def _loaded(folder: str, signature: str) -> Any:
    import tensorflow

    loaded = tensorflow.saved_model.load(folder)
    found = loaded.signatures[signature]
    # The variables belong to what was loaded, not to the signature.
    found.owner = loaded
    return found


def _eager(function: Any, signature: str) -> Callable[[np.ndarray], Answers]:
    def ask(values: np.ndarray) -> Answers:
        answers = function(**{signatures.INPUTS[signature]: tf.constant(values)})
        return {name: output.numpy() for name, output in answers.items()}

    return ask
