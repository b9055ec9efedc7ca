"""What the validation images gave, which time was best, and when to stop.

Every decision is a function of the record in `model_dir/validations.jsonl`, so a run
that was stopped and goes on decides as one that was not.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Sequence

from cnn_mnist.errors import UserError
from cnn_mnist.networks.architecture import CLASSES
from cnn_mnist.support.files import append_line, parsed_json

VALIDATIONS_FILE = "validations.jsonl"
MODES = ("auto", "max", "min")

METRICS: dict[str, str] = {
    "accuracy": "max",
    "loss": "min",
    "lowest_class_accuracy": "max",
    **{f"class_accuracy/{label}": "max" for label in range(CLASSES)},
}
"""What `--monitor` may name, and whether more (`max`) or less (`min`) is better."""


@dataclasses.dataclass(frozen=True)
class Validation:
    """One measurement: the training steps before it, and a value for each of `METRICS`."""

    step: int
    metrics: dict[str, float]


@dataclasses.dataclass(frozen=True)
class Monitor:
    """Judges validations by one metric.

    Attributes:
      metric: one of `METRICS`.
      mode: one of `MODES`; `auto` takes the metric's own direction.
      patience: validations without an improvement after which training stops; 0 for never.
      min_delta: an improvement by no more than this does not count for `patience`.
    """

    metric: str
    mode: str = "auto"
    patience: int = 0
    min_delta: float = 0.0

    @property
    def higher_is_better(self) -> bool:
        """Whether more is better."""
        return (METRICS[self.metric] if self.mode == "auto" else self.mode) == "max"

    def improves(self, new: Validation, old: Validation | None, by: float = 0.0) -> bool:
        """Whether `new` is better than `old` by more than `by`.

        NaN and infinity, which the record does not tell apart, are worse than anything.
        So is a model whose loss is no finite number, whatever its accuracy: it diverged.
        """
        value = new.metrics.get(self.metric, math.nan)
        if not math.isfinite(value) or not math.isfinite(new.metrics.get("loss", 0.0)):
            return False
        before = math.nan if old is None else old.metrics.get(self.metric, math.nan)
        if not math.isfinite(before):
            return True
        # In this order, so that rounding decides as it does in Keras.
        return value - by > before if self.higher_is_better else value + by < before

    def best(self, history: Sequence[Validation]) -> Validation | None:
        """Returns the best of all, the earliest of equals; None where there is none."""
        best = None
        for validation in history:
            if self.improves(validation, best):
                best = validation
        return best

    def waited(self, history: Sequence[Validation]) -> int:
        """Returns how many validations have passed since the last that improved enough.

        As Keras's `EarlyStopping` counts
        (https://www.tensorflow.org/api_docs/python/tf/keras/callbacks/EarlyStopping).
        """
        reference, waited = None, 0
        for validation in history:
            if self.improves(validation, reference, self.min_delta if reference else 0.0):
                reference, waited = validation, 0
            else:
                waited += 1
        return waited

    def stops(self, history: Sequence[Validation]) -> bool:
        """Whether training should stop after these validations."""
        return 0 < self.patience <= self.waited(history)


def check_metric(label: str, name: str) -> None:
    """Checks that a metric exists; `label` begins the message.

    Raises:
      UserError: there is no such metric; the message lists those there are.
    """
    if not isinstance(name, str) or name not in METRICS:
        named = [metric for metric in METRICS if "/" not in metric]
        raise UserError(
            f"{label} is {name!r}; allowed: {', '.join(named)}, "
            f"class_accuracy/0 to class_accuracy/{CLASSES - 1}"
        )


def append(model_dir: str, validation: Validation) -> None:
    """Adds a line to `model_dir/validations.jsonl`."""
    append_line(os.path.join(model_dir, VALIDATIONS_FILE), as_json(validation))


def read(model_dir: str, last_step: int | None = None) -> list[Validation]:
    """Returns the record in order of steps, up to `last_step`; lines cut off are left out."""
    try:
        path = os.path.join(model_dir, VALIDATIONS_FILE)
        with open(path, encoding="utf-8", errors="replace") as file:
            found = [from_json(line) for line in file]
    except OSError:
        return []
    # Of two at one step, before and after a crash, the later counts.
    by_step = {v.step: v for v in found if v and (last_step is None or v.step <= last_step)}
    return [by_step[step] for step in sorted(by_step)]


def as_json(validation: Validation) -> str:
    """Returns one line of JSON; NaN and infinity, which JSON does not have, become null."""
    metrics = {k: v if math.isfinite(v) else None for k, v in validation.metrics.items()}
    return json.dumps({"step": validation.step, **metrics})


def from_json(line: str) -> Validation | None:
    """Reads what `as_json` wrote; None where it is something else."""
    try:
        values = parsed_json(line)
        step = int(values.pop("step"))
        metrics = {k: math.nan if v is None else float(v) for k, v in values.items()}
        return Validation(step, metrics)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None
