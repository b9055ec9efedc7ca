"""The record of the runs in a `model_dir`: command lines, settings, versions, results."""

from __future__ import annotations

import dataclasses
import datetime
import importlib.metadata
import json
import os
import platform
from collections.abc import Sequence
from typing import Any

from cnn_mnist.config import Config
from cnn_mnist.support import processor, records
from cnn_mnist.support.files import append_line

RUNS_FILE = "runs.jsonl"

_SECONDS = records.optional(records.number(0))
_TRAINED = {
    "first_step": records.count(),
    "last_step": records.count(),
    "seconds": _SECONDS,
    "validation_seconds": _SECONDS,
    "images_per_second": _SECONDS,
    "precision": records.TEXT,
}
_KERNELS = {
    "library": records.TEXT,
    "chosen_by": records.TEXT,
    "instruction_sets": records.list_of(records.TEXT),
}
_KINDS = {
    "time": records.TEXT,
    "mode": records.TEXT,
    "command": records.list_of(records.TEXT),
    "config": {"dataset": records.TEXT},
    "versions": records.by_name(records.TEXT),
    "processor": records.TEXT,
    "kernels": _KERNELS,
    "trained": _TRAINED,
}
"""What a line may have that this package reads again."""


def record(config: Config, mode: str, command: Sequence[str], **facts: Any) -> None:
    """Adds a line to `model_dir/runs.jsonl`: command line, settings, versions,
    processor and time.

    Args:
      config: the run.
      mode: what was run, such as `train`.
      command: the words of the command line.
      facts: further fields of the line, such as results.

    Raises:
      OSError: the file cannot be written.
    """
    line = {
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "mode": mode,
        "command": list(command),
        "config": dataclasses.asdict(config),
        "versions": installed_versions(),
        "processor": processor.name(),
        **facts,
    }
    path = os.path.join(config.model_dir, RUNS_FILE)
    append_line(path, json.dumps(_without_nan(line)))


def _without_nan(line: dict[str, Any]) -> Any:
    """Replaces NaN and infinity, which Python writes but JSON does not have, by None."""
    return json.loads(json.dumps(line), parse_constant=lambda name: None)


def installed_versions() -> dict[str, str]:
    """Returns the versions of Python, of the platform and of installed packages.

    These are the packages that a result may depend on. None of them is imported.
    """
    versions = {"python": platform.python_version(), "platform": platform.platform()}
    packages = ("cnn-mnist", "tensorflow", "tensorflow-cpu", "tf-keras", "tensorflow-estimator")
    for package in (*packages, "tensorflow-datasets", "numpy", "protobuf"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def read(model_dir: str) -> list[dict[str, Any]]:
    """Returns the lines of `model_dir/runs.jsonl`, oldest first.

    Damaged lines are left out, with a warning, and fields of a line that have another kind of
    value than `record` writes.
    """
    path = os.path.join(model_dir, RUNS_FILE)
    return records.lines(path, lambda line: _parsed(path, line))


def earlier_data_set(model_dir: str, step: int) -> str | None:
    """Returns the data set that a step was trained on, if the newest training had another one.

    Older versions of this package trained any data in any folder. Returns None also for a step
    of a run that was killed, which has no line.
    """
    found = []
    for run in read(model_dir):
        trained, name = run.get("trained", {}), run.get("config", {}).get("dataset")
        if name is not None and {"first_step", "last_step"} <= set(trained):
            found.append((trained["first_step"], trained["last_step"], name))
    of_step = [name for first, last, name in found if first < step <= last]
    return of_step[-1] if of_step and of_step[-1] != found[-1][2] else None


def _parsed(path: str, line: str) -> dict[str, Any]:
    """Returns a line without the fields that have another kind of value."""
    run, wrong = records.fitting(records.parsed(line), _KINDS)
    for reason in wrong:
        records.warn(f"{path}: {reason}; the field is left out")
    return run
