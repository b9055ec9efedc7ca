"""The record of validations, `model_dir/validations.jsonl`.

Which validation is best and when to stop depend on this record alone, so that a run that was
stopped and resumed decides the same as one that was not.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os

from cnn_mnist.config.choices import METRICS
from cnn_mnist.support import records
from cnn_mnist.support.files import append_line

VALIDATIONS_FILE = "validations.jsonl"

# Null stands for NaN, as the rate of a class without images is.
_NUMBER = records.optional(records.number())
_RATE = records.optional(records.RATE)
_KINDS = {"step": records.count(), "accuracy": _RATE, "loss": _NUMBER}


@dataclasses.dataclass(frozen=True)
class Validation:
    """One validation: the training steps before it, and a value for each metric."""

    step: int
    metrics: dict[str, float]


def append(model_dir: str, validation: Validation) -> None:
    """Adds a validation to `model_dir/validations.jsonl`."""
    append_line(os.path.join(model_dir, VALIDATIONS_FILE), as_json(validation))


def read(model_dir: str, last_step: int | None = None) -> list[Validation]:
    """Returns the validations up to `last_step` in order of steps.

    Damaged lines are left out, with a warning.
    """
    found = records.lines(os.path.join(model_dir, VALIDATIONS_FILE), from_json)
    # If a step has two, from before and after a crash, the later counts.
    by_step = {v.step: v for v in found if last_step is None or v.step <= last_step}
    return [by_step[step] for step in sorted(by_step)]


def as_json(validation: Validation) -> str:
    """Returns a validation as one line of JSON; NaN and infinity become null."""
    metrics = {k: v if math.isfinite(v) else None for k, v in validation.metrics.items()}
    return json.dumps({"step": validation.step, **metrics})


def from_json(line: str) -> Validation:
    """Returns the validation that `as_json` wrote, with NaN for null.

    Raises:
      ValueError: it is anything else; the message says what.
    """
    values = records.parsed(line)
    others = {name: _RATE if name in METRICS else _NUMBER for name in values}
    records.check(values, {**others, **_KINDS})
    step = values.pop("step")
    return Validation(step, {k: math.nan if v is None else float(v) for k, v in values.items()})
