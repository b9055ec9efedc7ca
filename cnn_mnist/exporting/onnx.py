"""Writes ONNX files, for ONNX Runtime, onnxruntime-web, OpenVINO and other readers.

Example:

import onnxruntime

network = onnxruntime.InferenceSession("model.onnx")
print(network.run(["classes"], {"image": pixels}))

Each file has the input of a SavedModel's `serving_default`, uint8 pixels `[batch, 28, 28, 1]` with
any batch size, and the same outputs, `classes` and `probabilities`. The file scales the pixels.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np

import cnn_mnist
from cnn_mnist.config import Config
from cnn_mnist.data import class_names, data_record
from cnn_mnist.errors import InstallationError, given
from cnn_mnist.exporting import frozen
from cnn_mnist.model_folder import checkpoints, exports
from cnn_mnist.tf_compat import quiet

FILES = (exports.ONNX_FILE, "model_int8.onnx")
"""`model.onnx` is float32.

`model_int8.onnx` stores the weights of convolutions and dense layers in 8 bits, and rounds the
inputs of those layers to 8 bits, in ranges that were measured on training images. The outputs of
dense layers, and so the probabilities, are computed in float32.
"""

OPSET = 13
"""The version of ONNX's operators (https://onnx.ai/onnx/operators).

It is the first whose QuantizeLinear has a scale for each channel. Nothing here needs a newer one,
which fewer readers take.
"""

# Images that are run at once while ranges are measured, so that their values take little memory.
_BATCH = 50
_NUMBER = re.compile(r"__(\d+)")
_QUANTIZED = ("Conv", "MatMul", "Gemm", "MaxPool")
_UNQUANTIZED_OUTPUTS = ("MatMul", "Gemm")


def check_installed() -> None:
    """Checks that the packages of the extra `onnx` can be imported.

    Raises:
      InstallationError: they cannot; the message says what to install.
    """
    try:
        import onnx  # noqa: F401
        import onnxruntime.quantization  # noqa: F401
        import tf2onnx.convert  # noqa: F401
    except ImportError as error:
        raise InstallationError(
            f"{given(export_formats='onnx')} needs tf2onnx, onnx and onnxruntime, and not all can "
            f"be imported ({error}); pip install 'cnn-mnist[onnx]'"
        ) from error


def write(config: Config, checkpoint: str, folder: str, images: np.ndarray) -> None:
    """Writes the two `FILES` of a checkpoint; always the same bytes.

    Args:
      config: the run.
      checkpoint: the path of a checkpoint of this network.
      folder: where to write; it must exist.
      images: uint8 `[count, 28, 28, 1]`, on which the int8 file's ranges are measured.

    Raises:
      DataError: the file of class names in `model_dir` does not hold a name for each class.
      InstallationError: see `check_installed`.
      OSError: a file cannot be written.
    """
    check_installed()
    described = _description(config, checkpoint)
    network = frozen.read(config, checkpoint)
    with tempfile.TemporaryDirectory(dir=folder) as place, _quietly():
        converted = _converted(network)
        quantized = _quantized(converted, images, place)
    for name, model in zip(FILES, (converted, quantized), strict=True):
        _describe(model, described)
        with open(os.path.join(folder, name), "wb") as file:
            file.write(model.SerializeToString())


def _description(config: Config, checkpoint: str) -> dict[str, str]:
    """Returns the `metadata_props` of both files."""
    framed = "a digit framed as MNIST's are" if data_record.frames_digits(config.model_dir) else ""
    names = class_names.saved_class_names(config.model_dir, config.classes)
    return {
        "class_names": json.dumps(names, ensure_ascii=False),
        "preprocessing": "Give pixels from 0, the background, to 255"
        + (f", of {framed}" if framed else "")
        + "; the network scales them itself.",
        "variant": config.variant,
        "step": str(checkpoints.step_of(checkpoint)),
    }


def _describe(model: Any, properties: dict[str, str]) -> None:
    """Adds the description, and removes what the converter and the quantizer say of themselves."""
    from onnx import helper

    model.producer_name, model.producer_version = "cnn_mnist", cnn_mnist.__version__
    model.graph.name = "cnn_mnist"
    model.doc_string = model.graph.doc_string = ""
    helper.set_model_props(model, properties)


def _converted(network: frozen.Frozen) -> Any:
    """Returns the network as a `ModelProto` in float32."""
    from tf2onnx import convert

    names = {network.image: "image", **{name: output for output, name in network.outputs.items()}}
    model, _ = convert.from_graph_def(
        network.graph_def,
        input_names=[network.image],
        output_names=list(network.outputs.values()),
        opset=OPSET,
        tensors_to_rename=names,
    )
    # The converter gives each tensor's batch a name of its own.
    for tensor in (*model.graph.input, *model.graph.output):
        tensor.type.tensor_type.shape.dim[0].dim_param = "batch"
    _renumber(model.graph)
    return model


def _renumber(graph: Any) -> None:
    """Numbers the names from 0 on; the converter goes on with those of its last conversion."""
    numbers: dict[str, int] = {}

    def renumbered(name: str) -> str:
        return _NUMBER.sub(lambda found: f"__{numbers.setdefault(found[1], len(numbers))}", name)

    for node in graph.node:
        node.name = renumbered(node.name)
        node.input[:] = map(renumbered, node.input)
        node.output[:] = map(renumbered, node.output)
    for named in (*graph.initializer, *graph.value_info):
        named.name = renumbered(named.name)


def _quantized(converted: Any, images: np.ndarray, place: str) -> Any:
    """Returns the network as a `ModelProto` in int8, by ONNX Runtime's quantizer.

    Args:
      converted: the network in float32.
      images: uint8 `[count, 28, 28, 1]`.
      place: a folder for temporary files.
    """
    import onnx
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    float32, prepared, int8 = (os.path.join(place, name) for name in ("1.onnx", "2.onnx", "3.onnx"))
    # As a file: the quantizer would move the weights out of a model that it is given in memory.
    onnx.save(converted, float32)
    # Shapes are known without the symbolic inference, which needs one more package.
    quant_pre_process(float32, prepared, skip_symbolic_shape=True)
    quantization.quantize_static(
        prepared,
        int8,
        _reader(images),
        quant_format=quantization.QuantFormat.QDQ,
        op_types_to_quantize=list(_QUANTIZED),
        per_channel=True,
        # Weights of 7 bits: x86 processors without VNNI add pairs of products in 16 bits, which
        # overflow with weights of 8 bits and uint8 inputs. 98.98 % were right in place of 99.10 %.
        reduce_range=True,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
        extra_options={"OpTypesToExcludeOutputQuantization": list(_UNQUANTIZED_OUTPUTS)},
    )
    return onnx.load(int8)


def _reader(images: np.ndarray) -> Any:
    """Returns what gives the quantizer the images, batch by batch."""
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._starts = iter(range(0, len(images), _BATCH))

        def get_next(self) -> dict[str, np.ndarray] | None:
            start = next(self._starts, None)
            return None if start is None else {"image": images[start : start + _BATCH]}

    return Reader()


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Hides what the converter and the quantizer say about their own work."""
    logger = logging.getLogger("tf2onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with quiet.converting():
            yield
    finally:
        logger.setLevel(level)
