"""The verbs `evaluate` and `predict` for an ONNX file, without TensorFlow.

from cnn_mnist import OnnxPredictor, config

predict = OnnxPredictor(config.load("/tmp/mnist"))
print(predict(images).classes)
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.config import Config
from cnn_mnist.errors import ExportError, InstallationError, one_line, wording
from cnn_mnist.evaluation import file_predictor
from cnn_mnist.evaluation.file_predictor import FilePredictor
from cnn_mnist.evaluation.results import Evaluation
from cnn_mnist.model_folder import exports
from cnn_mnist.support import processor
from cnn_mnist.support.progress import Progress

if TYPE_CHECKING:
    from cnn_mnist.data.loading import Dataset

_INPUT = ("image", "tensor(uint8)", [28, 28, 1])
_OUTPUTS = {"classes": "tensor(int64)", "probabilities": "tensor(float)"}
# Of the severities of ONNX Runtime's log, 0 to 4: none of its warnings about a file that it
# refuses, since the error says the same.
_FATAL = 4


class OnnxPredictor(FilePredictor):
    """The float32 ONNX file of the newest export, in memory, called like a function.

    It answers as `Predictor` does, and starts in a fraction of a second, since ONNX Runtime runs
    it. One predictor may be called from several threads, but not from a forked process.

    Args:
      config: the run.

    Attributes:
      path: the file.
      step: the training step of the network; 0 if another program left it out of the metadata.

    Raises:
      ExportError: nothing was exported, the export has no such file, or it is damaged.
      InstallationError: onnxruntime cannot be imported.
    """

    def __init__(self, config: Config) -> None:
        version = exports.newest_with_onnx(config.model_dir)
        path = os.path.join(version, "onnx", exports.ONNX_FILE)
        self._session, classes = _load(path, config.threads or processor.count())
        super().__init__(path, classes, config.eval_batch_size, _step(self._session))

    def _run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        classes, probabilities = self._session.run(list(_OUTPUTS), {"image": images})
        return classes, probabilities


def evaluate(
    config: Config,
    split: str = "test",
    progress: Progress | None = None,
    dataset: Dataset | None = None,
) -> Evaluation:
    """Measures the ONNX file of the newest export, as `evaluate` does a checkpoint.

    Nothing is written to `model_dir`.

    Args:
      config: the run.
      split: one of `config.choices.SPLITS`.
      progress: shows what happens; None for nothing.
      dataset: the data, if it is loaded already.

    Returns:
      What was measured; its `step` is 0.

    Raises:
      ExportError, InstallationError: see `OnnxPredictor`.
      SettingsError: the split is empty or unknown.
      DataError: the data cannot be used.
    """
    return file_predictor.evaluate(OnnxPredictor(config), config, split, progress, dataset)


def _load(path: str, threads: int) -> tuple[Any, int]:
    """Returns a session of the file, and the number of classes."""
    runtime = _runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = _FATAL
    try:
        session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        _check_signature(session)
        # Shows damage that the file's structure does not.
        _, answers = session.run(list(_OUTPUTS), {"image": np.zeros((1, 28, 28, 1), np.uint8)})
    # The errors of ONNX Runtime have no class in common but this one.
    except Exception as error:
        raise ExportError(
            f"{path} cannot be used ({one_line(error)}); {exports.ONNX_EXPORT} writes it again"
        ) from error
    return session, answers.shape[1]


def _step(session: Any) -> int:
    found = session.get_modelmeta().custom_metadata_map.get("step", "")
    return int(found) if found.isdecimal() else 0


def _check_signature(session: Any) -> None:
    inputs = session.get_inputs()
    if [(found.name, found.type, found.shape[1:]) for found in inputs] != [_INPUT]:
        raise ValueError(f"its inputs are {_shown(inputs)}")
    outputs = session.get_outputs()
    if {found.name: found.type for found in outputs} != _OUTPUTS:
        raise ValueError(f"its outputs are {_shown(outputs)}")


def _shown(tensors: Any) -> str:
    shapes = [", ".join(map(str, found.shape)) for found in tensors]
    return ", ".join(
        f"{found.name} {found.type} [{shape}]" for found, shape in zip(tensors, shapes, strict=True)
    )


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise InstallationError(
            f"{wording('OnnxPredictor', '--engine=onnx')} needs ONNX Runtime, and onnxruntime "
            f"cannot be imported ({error}); pip install 'cnn-mnist[onnx]'"
        ) from error
    return onnxruntime
