"""What `evaluate` and `predict` give back, and the record of an evaluation in `model_dir`."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from cnn_mnist.errors import DataError, argument
from cnn_mnist.networks.architecture import CLASSES, IMAGE_SHAPE
from cnn_mnist.support import confusion_matrix, records
from cnn_mnist.support.files import write_whole
from cnn_mnist.uncertainty import calibration
from cnn_mnist.uncertainty.calibration import Calibration

_READ_AGAIN = {"step": records.count(), "correct": records.count(), "total": records.count(1)}


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """What `evaluate` measured.

    Attributes:
      split: one of `config.choices.SPLITS`.
      step: training steps of the checkpoint.
      correct: images whose class the network says.
      total: images in all.
      loss: mean cross-entropy, each image counted once.
      class_names: a name for each class.
      confusion_matrix: int64 `[classes, classes]`, row is the label.
    """

    split: str
    step: int
    correct: int
    total: int
    loss: float
    class_names: tuple[str, ...]
    confusion_matrix: np.ndarray

    @property
    def accuracy(self) -> float:
        """The rate of correct images."""
        return self.correct / self.total

    @property
    def class_accuracy(self) -> np.ndarray:
        """The rate for each label, float64 `[classes]`, NaN for a label without images."""
        return confusion_matrix.class_accuracies(self.confusion_matrix)

    def as_json(self) -> dict[str, Any]:
        """Everything as numbers, texts and lists; a rate that does not exist is None."""
        rates = zip(self.class_names, self.class_accuracy.tolist(), strict=True)
        return {
            "split": self.split,
            "step": self.step,
            "accuracy": self.accuracy,
            "correct": self.correct,
            "total": self.total,
            "loss": self.loss,
            "class_accuracy": {name: None if rate != rate else rate for name, rate in rates},
            "confusion_matrix": self.confusion_matrix.tolist(),
        }


@dataclasses.dataclass(frozen=True)
class Predictions:
    """What `predict` gives for each image.

    Attributes:
      classes: the most probable class, int64 `[count]`.
      probabilities: float32 `[count, classes]`.
      blank: bool `[count]`, whether nothing is drawn; None if that is not known.
      uncertain: bool `[count]`, whether an answer is not to be relied on; None without a
        calibration.
      confidences: float64 `[count]`, the calibrated probability of each class; None without a
        calibration.
      scores: float64 `[count]`, how unlike certain answers each is, above 1 uncertain; None
        without a calibration.
    """

    classes: np.ndarray
    probabilities: np.ndarray
    blank: np.ndarray | None = None
    uncertain: np.ndarray | None = None
    confidences: np.ndarray | None = None
    scores: np.ndarray | None = None

    def at(self, numbers: Sequence[int] | np.ndarray) -> Predictions:
        """Returns the predictions for some of the images."""
        chosen = np.asarray(numbers, np.int64)
        names = [field.name for field in dataclasses.fields(self)]
        known = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return dataclasses.replace(self, **{name: known[name][chosen] for name in known})

    def mark(self, number: int) -> str:
        """Returns `nothing is drawn` or `uncertain` for one of the images, or an empty text."""
        if self.blank is not None and self.blank[number]:
            return "nothing is drawn"
        return "uncertain" if self.uncertain is not None and self.uncertain[number] else ""

    @classmethod
    def of_no_image(cls, classes: int = CLASSES) -> Predictions:
        """For a call without images, which a convolution refuses."""
        return cls(np.zeros(0, np.int64), np.zeros((0, classes), np.float32))


def marked(predictions: Predictions, images: np.ndarray, found: Calibration | None) -> Predictions:
    """Returns predictions with what else is known of each.

    Args:
      predictions: one for each image.
      images: uint8 `[count, 28, 28, 1]`, 0 is background.
      found: the checkpoint's calibration, or None.
    """
    if found is None or not len(images):
        return dataclasses.replace(predictions, blank=calibration.are_blank(images))
    marks = found.marks(images, predictions.probabilities)
    return dataclasses.replace(
        predictions,
        blank=marks.blank,
        uncertain=marks.uncertain,
        confidences=marks.confidences,
        scores=marks.scores,
    )


def measured(
    predictions: Predictions, labels: np.ndarray, split: str, class_names: tuple[str, ...]
) -> Evaluation:
    """Measures predictions; `step` of the result is 0, since they do not say it.

    Args:
      predictions: one for each image of a split.
      labels: int `[count]`.
      split: one of `config.choices.SPLITS`.
      class_names: a name for each class.

    Raises:
      DataError: the model has another number of classes than the data.
    """
    check_classes(predictions.probabilities.shape[1], class_names)
    matrix = confusion_matrix.count(labels, predictions.classes, len(class_names))
    of_label = predictions.probabilities[np.arange(len(labels)), labels]
    return Evaluation(
        split=split,
        step=0,
        correct=int(np.trace(matrix)),
        total=len(labels),
        loss=float(-np.log(np.maximum(of_label, np.finfo(np.float32).tiny)).mean()),
        class_names=class_names,
        confusion_matrix=matrix,
    )


def check_classes(count: int, class_names: tuple[str, ...]) -> None:
    """Checks that a model has as many classes as the data.

    Raises:
      DataError: it has not.
    """
    if count != len(class_names):
        raise DataError(
            f"the model has {count} classes, and the data has {len(class_names)}; give the "
            f"{argument('dataset')} that it was trained with"
        )


def check_images(images: np.ndarray) -> None:
    """Checks that images can be predicted: uint8 `[count, 28, 28, 1]`.

    Raises:
      DataError: they have another shape or dtype.
    """
    if images.dtype != np.uint8 or images.shape[1:] != IMAGE_SHAPE:
        raise DataError(
            f"images are {images.dtype} {list(images.shape)}; expected uint8 [count, 28, 28, 1]"
        )


def record_evaluation(model_dir: str, result: Evaluation) -> None:
    """Writes `model_dir/evaluation_<split>.json`."""
    text = json.dumps(result.as_json(), indent=2) + "\n"
    write_whole(evaluation_path(model_dir, result.split), text)


def recorded_evaluation(model_dir: str, split: str = "test") -> dict[str, Any] | None:
    """Returns what `record_evaluation` last wrote about a split, or None.

    None also, with a warning, for what does not have the counts that it writes.
    """
    return records.whole(evaluation_path(model_dir, split), _evaluation_from_json)


def _evaluation_from_json(text: str) -> dict[str, Any]:
    found = records.parsed(text)
    records.check(found, _READ_AGAIN)
    if found["correct"] > found["total"]:
        raise ValueError("more images are correct than there are")
    return found


def evaluation_path(model_dir: str, split: str) -> str:
    """Returns where the record of a split's evaluation lies."""
    return os.path.join(model_dir, f"evaluation_{split}.json")
