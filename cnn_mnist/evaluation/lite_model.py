"""The verbs `evaluate` and `predict` for a TensorFlow Lite file, without TensorFlow.

from cnn_mnist import LitePredictor, config

predict = LitePredictor(config.load("/tmp/mnist"))
print(predict(images).classes)
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.config import Config
from cnn_mnist.errors import (
    ExportError,
    InstallationError,
    ProcessError,
    SettingsError,
    one_line,
    wording,
)
from cnn_mnist.evaluation import results
from cnn_mnist.evaluation.results import Evaluation, Predictions, check_images, marked
from cnn_mnist.model_folder import exports
from cnn_mnist.support import processor, standard_error
from cnn_mnist.support.progress import Progress
from cnn_mnist.uncertainty import calibration

if TYPE_CHECKING:
    from cnn_mnist.data.loading import Dataset

_NOTICE = re.compile("INFO: ")


class LitePredictor:
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
        self.path = exports.newest_tflite(config.model_dir, exports.TFLITE_FILES[file])
        self._batch_size = config.eval_batch_size
        self._calibration = calibration.read(os.path.dirname(self.path))
        self._run, self._classes = _load(self.path, config.threads or processor.count())
        # The interpreter holds the values of one call at a time.
        self._lock = threading.Lock()
        self._process = os.getpid()

    def __call__(self, images: np.ndarray) -> Predictions:
        """Says which class each image is.

        Args:
          images: uint8 `[count, 28, 28, 1]`, 0 is background.

        Raises:
          DataError: `images` has another shape or dtype.
          ProcessError: this process was forked from the predictor's.
        """
        if os.getpid() != self._process:
            # A thread that was answering at the fork is missing here, and its lock stays held.
            raise ProcessError(
                f"this predictor was made in process {self._process}, from which process "
                f"{os.getpid()} was forked; make a predictor in each process"
            )
        images = np.asarray(images)
        check_images(images)
        if not len(images):
            return Predictions.of_no_image(self._classes)
        starts = range(0, len(images), self._batch_size)
        with self._lock:
            batches = [self._run(image=images[at : at + self._batch_size]) for at in starts]
        found = Predictions(
            # int32 in the file; files of older versions have int64.
            np.concatenate([batch["classes"] for batch in batches]).astype(np.int64),
            np.concatenate([batch["probabilities"] for batch in batches]),
        )
        return marked(found, images, self._calibration)


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
    from cnn_mnist.data import data_record, splits

    progress = progress or Progress()
    predict = LitePredictor(config, file)
    dataset = dataset or splits.load_dataset(config, progress)
    examples = splits.examples_of(dataset, split, config)
    if mismatch := data_record.measured_mismatch(config, dataset, split, examples):
        progress.say(f"Warning: {mismatch}")
    progress.say(f"Running {predict.path} on {len(examples):,} images")
    return results.measured(predict(examples.images), examples.labels, split, dataset.class_names)


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
