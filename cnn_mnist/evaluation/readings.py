"""Reads pictures that may show several digits."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from cnn_mnist.data.framing.constants import SIZE
from cnn_mnist.data.framing.several_digits import Found
from cnn_mnist.evaluation.results import Predictions

Box = tuple[float, float, float, float]
"""Top, left, bottom and right, as parts of a picture's height and width."""

_CERTAIN_SHARE = 0.6
_CERTAIN_PROBABILITY = 0.5


@dataclasses.dataclass(frozen=True)
class Reading:
    """What a picture was read as.

    Attributes:
      answers: one for the whole picture, or one for each digit in the order of reading.
      boxes: where each digit is; None if the picture was read as a whole.
      images: uint8 `[digits, 28, 28, 1]`; None if the picture was read as a whole.
    """

    answers: Predictions
    boxes: tuple[Box, ...] | None = None
    images: np.ndarray | None = None

    def rows(self) -> list[list[int]]:
        """Returns the numbers of the digits in each row, from above, each from the left."""
        rows: list[list[int]] = []
        for number, box in enumerate(self.boxes or ()):
            if rows and box[1] >= self.boxes[rows[-1][-1]][1]:  # type: ignore[index]
                rows[-1].append(number)
            else:
                rows.append([number])
        return rows

    def text(self, names: Sequence[str]) -> str:
        """Returns the digits as they are written, with a space between rows."""
        classes = self.answers.classes
        return " ".join("".join(names[classes[n]] for n in row) for row in self.rows())


def read(
    found: Sequence[Sequence[Found]],
    wholes: Predictions,
    predict: Callable[[np.ndarray], Predictions],
    digits: str = "auto",
) -> list[Reading]:
    """Reads pictures as one digit or as several.

    Args:
      found: the digits of each picture, from `data.framing.several_digits`.
      wholes: the answer for each picture as a whole.
      predict: answers for images, uint8 `[count, 28, 28, 1]`.
      digits: `many`; or `auto`, which reads several if most of them are certain, and more so
        than the picture as a whole.
    """
    if digits == "auto":
        found = [parts if len(parts) > 1 else [] for parts in found]
    images = [part.image for parts in found for part in parts]
    answers = predict(np.stack(images)) if images else Predictions.of_no_image()
    readings, first = [], 0
    for number, parts in enumerate(found):
        of_parts = answers.at(range(first, first + len(parts)))
        first += len(parts)
        whole = wholes.at([number])
        is_several = digits == "many" or (parts and are_several(of_parts, whole))
        readings.append(_several(of_parts, parts) if is_several else Reading(whole))
    return readings


def _several(answers: Predictions, parts: Sequence[Found]) -> Reading:
    images = np.array([part.image for part in parts], np.uint8).reshape(-1, SIZE, SIZE, 1)
    return Reading(answers, tuple(part.box for part in parts), images)


def are_several(parts: Predictions, whole: Predictions) -> bool:
    """Returns whether the parts of a picture are better answers than the picture as a whole.

    A single digit with a gap in it is more certain as a whole than in parts.
    """
    doubts, most = _doubts(parts)
    certain = np.count_nonzero(doubts <= most) / len(doubts)
    return bool(certain >= _CERTAIN_SHARE and np.median(doubts) < _doubts(whole)[0][0])


def _doubts(answers: Predictions) -> tuple[np.ndarray, float]:
    """Returns how doubtful each answer is, and the most that a certain one is."""
    if answers.scores is not None:
        return answers.scores, 1.0
    return 1 - answers.probabilities.max(axis=1), 1 - _CERTAIN_PROBABILITY
