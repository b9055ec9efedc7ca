"""The history of a training by epoch, as Keras has it: `history.csv` and `history.json`.

Both are made from the records of epochs and validations.
"""

from __future__ import annotations

import bisect
import dataclasses
import json
import math
import os
from collections.abc import Sequence

from cnn_mnist.config import Config
from cnn_mnist.model_folder import epochs as epochs_lib
from cnn_mnist.model_folder import validations as validations_lib
from cnn_mnist.model_folder.epochs import Epoch
from cnn_mnist.model_folder.validations import Validation
from cnn_mnist.support.files import write_whole

CSV_FILE = "history.csv"
JSON_FILE = "history.json"


@dataclasses.dataclass(frozen=True)
class History:
    """A training by epoch, in the form of `keras.callbacks.History`.

    Attributes:
      epoch: the number of each epoch, from 1.
      history: by name a value for each epoch. `loss` and `accuracy` are the means over the training
        images, each at the step that trained on it; `val_loss` and `val_accuracy` those of the
        validation images at `val_step`, near the epoch's end, NaN without one; `learning_rate` that
        of the last step; `seconds` the time of training without validation; `step` the training
        steps at the end; `examples` the images that the means cover.
    """

    epoch: list[int]
    history: dict[str, list[float]]


def history(config: Config) -> History:
    """Returns the history of the training in `config.model_dir`.

    It is empty for a folder that was not trained in. The last epoch may not have ended: `examples`
    then says how many images it covers so far.
    """
    validations = validations_lib.read(config.model_dir)
    return _history_of(epochs_lib.read(config.model_dir), validations)


def write(model_dir: str, epochs: Sequence[Epoch], validations: Sequence[Validation]) -> None:
    """Writes `history.csv` and `history.json`, each whole or not at all.

    Raises:
      OSError: a file cannot be written.
    """
    made = _history_of(epochs, validations)
    columns: dict[str, list[float]] = {"epoch": [*made.epoch], **made.history}
    blank = {
        name: [None if math.isnan(value) else value for value in values]
        for name, values in columns.items()
    }
    rows = zip(*blank.values(), strict=True)
    lines = [",".join(blank), *(",".join(map(_cell, row)) for row in rows)]
    write_whole(os.path.join(model_dir, CSV_FILE), "\n".join(lines) + "\n")
    write_whole(os.path.join(model_dir, JSON_FILE), json.dumps(blank) + "\n")


def _cell(value: float | None) -> str:
    return "" if value is None else repr(value)


def _history_of(epochs: Sequence[Epoch], validations: Sequence[Validation]) -> History:
    found = validations_of(epochs, validations)
    return History(
        [epoch.epoch for epoch in epochs],
        {
            "loss": [epoch.loss for epoch in epochs],
            "accuracy": [epoch.accuracy for epoch in epochs],
            "val_loss": [_metric(validation, "loss") for validation in found],
            "val_accuracy": [_metric(validation, "accuracy") for validation in found],
            "learning_rate": [epoch.learning_rate for epoch in epochs],
            "seconds": [round(epoch.seconds, 3) for epoch in epochs],
            "step": [epoch.step for epoch in epochs],
            "val_step": [v.step if v else math.nan for v in found],
            "examples": [epoch.examples for epoch in epochs],
        },
    )


def _metric(validation: Validation | None, name: str) -> float:
    value = validation.metrics[name] if validation else math.nan
    return value if math.isfinite(value) else math.nan


def validations_of(
    epochs: Sequence[Epoch], validations: Sequence[Validation]
) -> list[Validation | None]:
    """Returns the validation at the end of each epoch, or None for an epoch without one.

    Validations come every so many steps, so there may be none at the very end. The nearest one
    counts, before or after it, if it is at most half the epoch away and not nearer to the end of
    another epoch.

    Args:
      epochs: in order of steps.
      validations: in order of steps.
    """
    ends = [epoch.step for epoch in epochs]
    found: list[Validation | None] = [None] * len(ends)
    for validation in validations:
        place = _nearest(ends, validation.step)
        if place is None:
            continue
        away, epoch, other = abs(ends[place] - validation.step), epochs[place], found[place]
        is_near = 2 * away <= epoch.step - epoch.begin
        if is_near and (other is None or away < abs(ends[place] - other.step)):
            found[place] = validation
    return found


def _nearest(ends: Sequence[int], step: int) -> int | None:
    """Returns the place of the end that is nearest to a step: the later one of equal distances."""
    if not ends:
        return None
    after = bisect.bisect_left(ends, step)
    near = [ends[place] for place in (after - 1, after) if 0 <= place < len(ends)]
    end = min(near, key=lambda end: (abs(end - step), -end))
    return bisect.bisect_right(ends, end) - 1
