"""A network in a file of an export, called like a function, without TensorFlow."""

from __future__ import annotations

import abc
import dataclasses
import os
from typing import TYPE_CHECKING

import numpy as np

from cnn_mnist.config import Config
from cnn_mnist.errors import ProcessError
from cnn_mnist.evaluation import results
from cnn_mnist.evaluation.results import Evaluation, Predictions, check_images, marked
from cnn_mnist.support.progress import Progress
from cnn_mnist.uncertainty import calibration

if TYPE_CHECKING:
    from cnn_mnist.data.loading import Dataset


class FilePredictor(abc.ABC):
    """A file of the newest export, in memory, called like a function.

    Args:
      path: the file; a `calibration.json` beside it is used.
      classes: how many classes the network has.
      batch_size: the most images that are computed at a time.
      step: the training step of the network; 0 if the file does not hold it.

    Attributes:
      path: the file.
      step: see above.
    """

    def __init__(self, path: str, classes: int, batch_size: int, step: int = 0) -> None:
        self.path = path
        self.step = step
        self._classes = classes
        self._batch_size = batch_size
        self._calibration = calibration.read(os.path.dirname(path))
        self._process = os.getpid()

    @abc.abstractmethod
    def _run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns classes and probabilities of uint8 `[count, 28, 28, 1]`, count above 0."""

    def __call__(self, images: np.ndarray) -> Predictions:
        """Says which class each image is, in float32.

        Args:
          images: uint8 `[count, 28, 28, 1]`, 0 is background.

        Raises:
          DataError: `images` has another shape or dtype.
          ProcessError: this process was forked from the predictor's.
        """
        if os.getpid() != self._process:
            # Threads that compute, or that answered at the fork and hold a lock, are missing here.
            raise ProcessError(
                f"this predictor was made in process {self._process}, from which process "
                f"{os.getpid()} was forked; make a predictor in each process"
            )
        images = np.asarray(images)
        check_images(images)
        if not len(images):
            return Predictions.of_no_image(self._classes)
        starts = range(0, len(images), self._batch_size)
        batches = [self._run(images[at : at + self._batch_size]) for at in starts]
        classes, probabilities = (np.concatenate(parts) for parts in zip(*batches, strict=True))
        return marked(Predictions(classes, probabilities), images, self._calibration)


def evaluate(
    predict: FilePredictor,
    config: Config,
    split: str = "test",
    progress: Progress | None = None,
    dataset: Dataset | None = None,
) -> Evaluation:
    """Measures a file as `evaluate` measures a checkpoint; nothing is written to `model_dir`.

    Args:
      predict: the file.
      config: the run.
      split: one of `config.choices.SPLITS`.
      progress: shows what happens; None for nothing.
      dataset: the data, if it is loaded already.

    Returns:
      What was measured; its `step` is 0 if the file does not hold it.

    Raises:
      SettingsError: the split is empty or unknown.
      DataError: the data cannot be used.
    """
    from cnn_mnist.data import data_record, splits

    progress = progress or Progress()
    dataset = dataset or splits.load_dataset(config, progress)
    examples = splits.examples_of(dataset, split, config)
    if mismatch := data_record.measured_mismatch(config, dataset, split, examples):
        progress.say(f"Warning: {mismatch}")
    progress.say(f"Running {predict.path} on {len(examples):,} images")
    found = results.measured(predict(examples.images), examples.labels, split, dataset.class_names)
    return dataclasses.replace(found, step=predict.step)
