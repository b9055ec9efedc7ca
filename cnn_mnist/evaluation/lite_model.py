"""The verbs `evaluate` and `predict` for a TensorFlow Lite file, without TensorFlow.

from cnn_mnist import LitePredictor, config

predict = LitePredictor(config.load("/tmp/mnist"))
print(predict(images).classes)
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.config import Config
from cnn_mnist.errors import (
    ExportError,
    InstallationError,
    SettingsError,
    one_line,
    wording,
)
from cnn_mnist.evaluation import file_predictor
from cnn_mnist.evaluation.file_predictor import FilePredictor
from cnn_mnist.evaluation.results import Evaluation
from cnn_mnist.model_folder import exports
from cnn_mnist.support import processor, standard_error
from cnn_mnist.support.progress import Progress

if TYPE_CHECKING:
    from cnn_mnist.data.loading import Dataset

_NOTICE = re.compile("INFO: ")


class LitePredictor(FilePredictor):
    """A TensorFlow Lite file of the newest export, in memory, called like a function.

    The float32 file answers as `Predictor` does. It starts in a fraction of a second, since
    LiteRT's interpreter runs it. One predictor may be called from several threads, which take
    turns, but not from a forked process.

    Args:
      config: the run.
      file: one of `config.choices.LITE_FILES`.

    Attributes:
      path: the file.

    Raises:
      SettingsError: `file` is unknown.
      ExportError: nothing was exported, the export has no such file, or it is damaged.
      InstallationError: ai-edge-litert cannot be imported.
    """

    def __init__(self, config: Config, file: str = "float32") -> None:
        if file not in exports.TFLITE_FILES:
            raise SettingsError(
                f"{wording(f'file={file}', f'--lite_file={file}')} is unknown; allowed: "
                f"{', '.join(exports.TFLITE_FILES)}"
            )
        path = exports.newest_tflite(config.model_dir, exports.TFLITE_FILES[file])
        self._runner, classes = _load(path, config.threads or processor.count())
        # The interpreter holds the values of one call at a time.
        self._lock = threading.Lock()
        super().__init__(path, classes, config.eval_batch_size)

    def _run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with self._lock:
            answers = self._runner(image=images)
        # int32 in the file; files of older versions have int64.
        return answers["classes"].astype(np.int64), answers["probabilities"]


def evaluate(
    config: Config,
    split: str = "test",
    progress: Progress | None = None,
    dataset: Dataset | None = None,
    file: str = "float32",
) -> Evaluation:
    """Measures a TensorFlow Lite file of the newest export, as `evaluate` does a checkpoint.

    Nothing is written to `model_dir`.

    Args:
      config: the run.
      split: one of `config.choices.SPLITS`.
      progress: shows what happens; None for nothing.
      dataset: the data, if it is loaded already.
      file: one of `config.choices.LITE_FILES`.

    Returns:
      What was measured; its `step` is 0, since the file does not hold it.

    Raises:
      ExportError, InstallationError: see `LitePredictor`.
      SettingsError: the split is empty or unknown, or `file` is unknown.
      DataError: the data cannot be used.
    """
    predict = LitePredictor(config, file)
    return file_predictor.evaluate(predict, config, split, progress, dataset)


def _load(path: str, threads: int) -> tuple[Callable[..., Mapping[str, np.ndarray]], int]:
    """Returns the file's signature `serving_default` as a function, and the number of classes."""
    interpreter = _interpreter()
    try:
        with standard_error.without(_NOTICE):
            network = interpreter(path, num_threads=threads)
            run = network.get_signature_runner("serving_default")
            # Shows damage that the file's structure does not.
            answers = run(image=np.zeros((1, 28, 28, 1), np.uint8))
        if sorted(answers) != ["classes", "probabilities"]:
            raise ValueError(f"its outputs are {', '.join(sorted(answers))}")
    except (ValueError, RuntimeError, TypeError) as error:
        raise ExportError(
            f"{path} cannot be used ({one_line(error)}); {exports.TFLITE_EXPORT} writes it again"
        ) from error
    return run, answers["probabilities"].shape[1]


def _interpreter() -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise InstallationError(
            f"{wording('LitePredictor', '--engine=lite')} needs LiteRT's interpreter, and "
            f"ai-edge-litert cannot be imported ({error}); pip install 'cnn-mnist[lite]'"
        ) from error
    return Interpreter
