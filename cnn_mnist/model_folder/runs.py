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
from cnn_mnist.support import processor
from cnn_mnist.support.files import append_line, parsed_json

RUNS_FILE = "runs.jsonl"


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
    """Returns the lines of `model_dir/runs.jsonl`, oldest first; damaged lines are left out."""
    try:
        path = os.path.join(model_dir, RUNS_FILE)
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            lines = file.readlines()
    except OSError:
        return []
    return [run for run in map(_parsed, lines) if run is not None]


def earlier_data_set(model_dir: str, step: int) -> str | None:
    """Returns the data set that a step was trained on, if the newest training had another one.

    Older versions of this package trained any data in any folder. Returns None also for a step
    of a run that was killed, which has no line.
    """
    found = []
    for run in read(model_dir):
        try:
            trained, name = run["trained"], str(run["config"]["dataset"])
            found.append((int(trained["first_step"]), int(trained["last_step"]), name))
        except (KeyError, TypeError, ValueError):
            continue
    of_step = [name for first, last, name in found if first < step <= last]
    return of_step[-1] if of_step and of_step[-1] != found[-1][2] else None


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        run = parsed_json(line)
    except ValueError:
        return None
    return run if isinstance(run, dict) else None
