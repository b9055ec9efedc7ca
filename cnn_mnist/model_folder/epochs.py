"""The record of epochs, `model_dir/epochs.jsonl`: sums of loss and right answers over training.

A line holds the sums of one epoch up to a step. Training adds a line when an epoch ends and before
each checkpoint, so a run that goes on from a checkpoint has the sums of the epoch that it is in.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable

from cnn_mnist.support import records
from cnn_mnist.support.files import append_line, write_whole

EPOCHS_FILE = "epochs.jsonl"

_SUM = records.number(0, 1e300)
_KINDS = {
    "epoch": records.count(1),
    "begin": records.count(),
    "step": records.count(1),
    "examples": records.count(1),
    "size": records.count(1),
    "loss_sum": _SUM,
    "correct": records.count(),
    "learning_rate": _SUM,
    "seconds": _SUM,
}


@dataclasses.dataclass(frozen=True)
class Epoch:
    """What training measured in one epoch, one pass over the training images.

    Attributes:
      epoch: its number, from 1.
      begin: training steps before its first one.
      step: training steps after its last one so far.
      examples: the images that the sums cover. Fewer than `size` if the epoch has not ended, or if
        the record of a part of it is missing.
      size: the number of training images.
      loss_sum: the losses of these examples, added up.
      correct: how many of them were classified correctly.
      learning_rate: that of the last step.
      seconds: time of training, without validation.
    """

    epoch: int
    begin: int
    step: int
    examples: int
    size: int
    loss_sum: float
    correct: int
    learning_rate: float
    seconds: float

    @property
    def loss(self) -> float:
        """The mean loss of the examples, each at the step that trained on it."""
        return self.loss_sum / self.examples

    @property
    def accuracy(self) -> float:
        """The rate of correct answers, from 0 to 1, each at the step that trained on it."""
        return self.correct / self.examples

    def is_same(self, other: Epoch) -> bool:
        """Returns whether both are of one epoch, perhaps at different steps of it."""
        return (self.epoch, self.size) == (other.epoch, other.size)


def append(model_dir: str, epoch: Epoch) -> None:
    """Adds a line to `model_dir/epochs.jsonl`.

    Raises:
      OSError: the file cannot be written.
    """
    append_line(os.path.join(model_dir, EPOCHS_FILE), _as_json(epoch))


def write(model_dir: str, lines: Iterable[Epoch]) -> None:
    """Writes `model_dir/epochs.jsonl` anew, whole or not at all.

    Raises:
      OSError: the file cannot be written.
    """
    text = "".join(_as_json(line) + "\n" for line in lines)
    write_whole(os.path.join(model_dir, EPOCHS_FILE), text)


def read_lines(model_dir: str, last_step: int | None = None) -> list[Epoch]:
    """Returns all lines up to `last_step`, several for an epoch, in order of steps.

    Damaged lines are left out, with a warning.
    """
    found = records.lines(os.path.join(model_dir, EPOCHS_FILE), _from_json)
    chosen = [line for line in found if last_step is None or line.step <= last_step]
    return sorted(chosen, key=lambda line: line.step)


def read(model_dir: str) -> list[Epoch]:
    """Returns the epochs of a folder, oldest first; the last one may not have ended."""
    return begun(newest(read_lines(model_dir)))


def newest(lines: Iterable[Epoch]) -> list[Epoch]:
    """Returns the last line of each epoch.

    Epochs are counted from the step, the batch size and the number of training images. If these
    change between two runs, a number may come twice or be left out.
    """
    found: list[Epoch] = []
    for line in lines:
        if found and found[-1].is_same(line):
            found[-1] = line
        else:
            found.append(line)
    return found


def begun(found: Iterable[Epoch]) -> list[Epoch]:
    """Returns the epochs without those that have only what was left over of the batch before.

    Four epochs of 5,500 images in batches of 512 end within a batch, whose last 16 images belong
    to a fifth epoch.
    """
    kept: list[Epoch] = []
    for epoch in found:
        is_rest = epoch.examples < epoch.size and bool(kept) and kept[-1].step == epoch.step
        if not is_rest:
            kept.append(epoch)
    return kept


def _as_json(epoch: Epoch) -> str:
    return json.dumps(dataclasses.asdict(epoch))


def _from_json(line: str) -> Epoch:
    values = records.parsed(line)
    records.check(values, _KINDS)
    epoch = Epoch(**{name: values[name] for name in _KINDS})
    for low, high in (("begin", "step"), ("correct", "examples"), ("examples", "size")):
        if values[low] > values[high]:
            raise ValueError(f"{low} is {values[low]:,}, more than {high}, {values[high]:,}")
    return epoch
