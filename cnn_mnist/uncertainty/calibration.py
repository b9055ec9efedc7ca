"""Marks answers as uncertain, by a measure that was calibrated on the validation images."""

from __future__ import annotations

import dataclasses
import json
import math
import os

import numpy as np

from cnn_mnist.support import records
from cnn_mnist.support.files import write_whole
from cnn_mnist.uncertainty import temperature as temperatures
from cnn_mnist.uncertainty.familiarity import Familiarity

FILE = "calibration.json"
FLAGGED = 0.012
"""The part of the validation images that is marked uncertain."""
LEAST_IMAGES = 500
"""With fewer validation images too few are marked to set a threshold by."""

BLANK = 25
"""No pixel of a blank image is lighter: a tenth of white, where framing has no ink either."""

_FORMAT = 2
_KINDS = {
    "format": records.Kind(f"{_FORMAT}", lambda value: type(value) is int and value == _FORMAT),
    "step": records.count(),
    "temperature": records.number(1e-6),
    "entropy": records.list_of(records.number()),
    "distance": records.list_of(records.number()),
    "threshold": records.number(1e-6),
}
_ENTROPY_SHARE = 0.5
_HIGH = 0.99


@dataclasses.dataclass(frozen=True)
class Marks:
    """What is known of each answer besides its class.

    Attributes:
      blank: bool `[count]`, whether nothing is drawn.
      uncertain: bool `[count]`, whether the answer is not to be relied on; never for a blank
        image.
      confidences: float64 `[count]`, the calibrated probability of the class.
      scores: float64 `[count]`, the measure; above 1 an answer is uncertain.
    """

    blank: np.ndarray
    uncertain: np.ndarray
    confidences: np.ndarray
    scores: np.ndarray


@dataclasses.dataclass(frozen=True)
class Calibration:
    """What marks the answers of one checkpoint.

    The measure adds half of the entropy of the calibrated probabilities and the distance from
    the training images, each from 0 for the median of the validation images to 1 for what only
    one in a hundred exceeds.

    Attributes:
      step: training steps of the checkpoint.
      temperature: see `uncertainty.temperature`.
      familiarity: describes the training images.
      entropy: the median and the high value.
      distance: the median and the high value.
      threshold: answers whose measure is above it are uncertain.
    """

    step: int
    temperature: float
    familiarity: Familiarity
    entropy: tuple[float, float]
    distance: tuple[float, float]
    threshold: float

    def marks(self, images: np.ndarray, probabilities: np.ndarray) -> Marks:
        """Marks answers.

        Args:
          images: uint8 `[count, 28, 28, 1]`, 0 is background.
          probabilities: the network's, floats `[count, classes]`.
        """
        calibrated = temperatures.tempered(probabilities, self.temperature)
        scores = _measure(
            _entropies(calibrated),
            self.familiarity.distances(images),
            self.entropy,
            self.distance,
        )
        blank = are_blank(images)
        classes = np.argmax(probabilities, axis=1)
        return Marks(
            blank,
            (scores > self.threshold) & ~blank,
            calibrated[np.arange(len(classes)), classes],
            scores / self.threshold,
        )


def are_blank(images: np.ndarray) -> np.ndarray:
    """Returns whether nothing is drawn on each image, bool `[count]`."""
    return images.max(axis=(1, 2, 3), initial=0) <= BLANK


def fit(
    step: int,
    familiarity: Familiarity,
    distances: np.ndarray,
    probabilities: np.ndarray,
    labels: np.ndarray,
) -> Calibration:
    """Calibrates a checkpoint on validation images.

    Args:
      step: training steps of the checkpoint.
      familiarity: describes the training images.
      distances: of the validation images, float64 `[count]`.
      probabilities: the network's, floats `[count, classes]`.
      labels: int `[count]`.
    """
    temperature = _digits(temperatures.fit(probabilities, labels))
    entropies = _entropies(temperatures.tempered(probabilities, temperature))
    entropy, distance = _range(entropies), _range(distances)
    measured = _measure(entropies, distances, entropy, distance)
    # The measure of the image that is the first not to be marked.
    place = math.ceil((1 - FLAGGED) * len(measured)) - 1
    threshold = _digits(float(np.sort(measured)[place]) + 1e-4)
    return Calibration(step, temperature, familiarity, entropy, distance, threshold)


def _entropies(probabilities: np.ndarray) -> np.ndarray:
    logarithms = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
    return -(probabilities * logarithms).sum(axis=1)


def _range(values: np.ndarray) -> tuple[float, float]:
    middle, high = float(np.median(values)), float(np.quantile(values, _HIGH))
    # Validation images that all give the same would make every difference infinite.
    return _digits(middle), _digits(max(high, middle + 1e-3 * max(1.0, abs(middle))))


def _measure(
    entropies: np.ndarray,
    distances: np.ndarray,
    entropy: tuple[float, float],
    distance: tuple[float, float],
) -> np.ndarray:
    by_entropy = (entropies - entropy[0]) / (entropy[1] - entropy[0])
    by_distance = (distances - distance[0]) / (distance[1] - distance[0])
    return _ENTROPY_SHARE * by_entropy + by_distance


def _digits(value: float) -> float:
    return float(f"{value:.6g}")


def write(folder: str, calibration: Calibration) -> None:
    """Writes `calibration.json` into a folder.

    Raises:
      OSError: it cannot be written.
    """
    values = {
        "format": _FORMAT,
        "step": calibration.step,
        "temperature": calibration.temperature,
        "entropy": list(calibration.entropy),
        "distance": list(calibration.distance),
        "threshold": calibration.threshold,
        **calibration.familiarity.as_json(),
    }
    write_whole(os.path.join(folder, FILE), json.dumps(values) + "\n")


def read(folder: str, step: int | None = None) -> Calibration | None:
    """Returns the calibration in a folder.

    Args:
      folder: a model folder's `best`, or a folder of an export.
      step: training steps of the checkpoint that it has to belong to; None for any.

    Returns:
      None if there is none, or it belongs to another checkpoint; None also if it is damaged or
      of another version, with a warning.
    """
    found = records.whole(os.path.join(folder, FILE), _from_json)
    return found if found is None or step in (None, found.step) else None


def of_checkpoint(checkpoint: str, step: int) -> Calibration | None:
    """Returns the calibration beside a checkpoint, or None if it has none.

    Args:
      checkpoint: its path.
      step: its training steps.
    """
    return read(os.path.dirname(checkpoint), step)


def _from_json(text: str) -> Calibration:
    values = records.parsed(text)
    records.check(values, _KINDS)
    entropy, distance = (_low_and_high(name, values[name]) for name in ("entropy", "distance"))
    return Calibration(
        values["step"],
        values["temperature"],
        Familiarity.from_json(values),
        entropy,
        distance,
        values["threshold"],
    )


def _low_and_high(name: str, values: list[float]) -> tuple[float, float]:
    if len(values) != 2 or values[0] >= values[1]:
        raise ValueError(f"{name} is {records.shown(values)}; allowed: two numbers, a higher last")
    return values[0], values[1]
