"""Calibrates each best checkpoint, so that uncertain answers can be marked."""

from __future__ import annotations

import os

import numpy as np

from cnn_mnist.data.drawn.training import Joined
from cnn_mnist.data.loading import Examples, Selected
from cnn_mnist.model_folder import best
from cnn_mnist.support import files
from cnn_mnist.uncertainty import calibration, familiarity
from cnn_mnist.uncertainty.familiarity import Familiarity

_MOST_IMAGES = 20_000


class Calibrator:
    """Writes `calibration.json` beside the best checkpoint.

    With fewer than `calibration.LEAST_IMAGES` validation images it does nothing.

    Args:
      model_dir: the model folder.
      training: the examples to train on; may be replaced until the first call.
      validation: the examples to validate on.
    """

    def __init__(
        self, model_dir: str, training: Examples | Selected | Joined, validation: Examples
    ) -> None:
        self._model_dir = model_dir
        self.training: Examples | Selected | Joined = training
        self._validation = validation
        self._familiarity: Familiarity | None = None
        self._distances = np.zeros(0)

    def calibrate(self, step: int, probabilities: np.ndarray, labels: np.ndarray) -> None:
        """Calibrates the checkpoint of a step.

        Args:
          step: training steps of the checkpoint.
          probabilities: of the validation images, floats `[count, classes]`.
          labels: of these images, int `[count]`.

        Raises:
          OSError: the file cannot be written.
        """
        if len(labels) < calibration.LEAST_IMAGES:
            return
        if self._familiarity is None:
            self._describe()
        if self._familiarity is not None:
            found = calibration.fit(step, self._familiarity, self._distances, probabilities, labels)
            folder = os.path.join(self._model_dir, best.FOLDER)
            files.make_folder(folder)
            calibration.write(folder, found)

    def _describe(self) -> None:
        """Describes the training images, once: they do not depend on the checkpoint."""
        count = len(self.training)
        chosen = np.linspace(0, count - 1, min(count, _MOST_IMAGES)).astype(np.int64)
        part = self.training.take(chosen)
        self._familiarity = familiarity.fit(part.images, part.labels)
        if self._familiarity is not None:
            self._distances = self._familiarity.distances(self._validation.images)
