"""The record of validations, `model_dir/validations.jsonl`.

Which validation is best and when to stop depend on this record alone, so that a run that was
stopped and resumed decides the same as one that was not.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os

from cnn_mnist.support.files import append_line, parsed_json

VALIDATIONS_FILE = "validations.jsonl"


@dataclasses.dataclass(frozen=True)
class Validation:
    """One validation: the training steps before it, and a value for each metric."""

    step: int
    metrics: dict[str, float]


def append(model_dir: str, validation: Validation) -> None:
    """Adds a validation to `model_dir/validations.jsonl`."""
    append_line(os.path.join(model_dir, VALIDATIONS_FILE), as_json(validation))


def read(model_dir: str, last_step: int | None = None) -> list[Validation]:
    """Returns the validations up to `last_step` in order of steps, without damaged lines."""
    try:
        path = os.path.join(model_dir, VALIDATIONS_FILE)
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            found = [from_json(line) for line in file]
    except OSError:
        return []
    # If a step has two, from before and after a crash, the later counts.
    by_step = {v.step: v for v in found if v and (last_step is None or v.step <= last_step)}
    return [by_step[step] for step in sorted(by_step)]


def as_json(validation: Validation) -> str:
    """Returns a validation as one line of JSON; NaN and infinity become null."""
    metrics = {k: v if math.isfinite(v) else None for k, v in validation.metrics.items()}
    return json.dumps({"step": validation.step, **metrics})


def from_json(line: str) -> Validation | None:
    """Returns the validation that `as_json` wrote, with NaN for null; None for anything else."""
    try:
        values = parsed_json(line)
        step = int(values.pop("step"))
        metrics = {k: math.nan if v is None else float(v) for k, v in values.items()}
        return Validation(step, metrics)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None
