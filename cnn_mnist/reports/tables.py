"""The parts of a report that say how a model was made: network, flags, runs, versions."""

from __future__ import annotations

import dataclasses
import shlex
from typing import Any

from cnn_mnist import config as config_lib
from cnn_mnist import plots
from cnn_mnist.config import Config
from cnn_mnist.model_folder import runs as run_log
from cnn_mnist.networks import architecture
from cnn_mnist.reports.html import Picture, Section, Table
from cnn_mnist.support import processor
from cnn_mnist.support.progress import duration


def training_time(config: Config) -> str | None:
    """Returns the time of all training runs and the speed of the last; None without a record."""
    found = _training_runs(config)
    if not found:
        return None
    last = found[-1]["trained"]
    text = duration(sum(run["trained"].get("seconds") or 0 for run in found))
    if rate := last.get("images_per_second"):
        text += f", {rate:,.0f} images a second in {last.get('precision')}"
    return text


def network(config: Config) -> Section:
    """Returns the network as a diagram and as a table."""
    layers = architecture.parse(config.architecture)
    return Section(
        "Network",
        config.architecture,
        [
            Picture("network.png", plots.network_png(layers, config.preset), config.architecture),
            Table(architecture.table(layers), architecture.TABLE_HEADS),
        ],
    )


def flags(config: Config) -> Section:
    """Returns every setting, and the recipe's value where this run differs."""
    recipe = dataclasses.asdict(config_lib.from_preset(config.model_dir, config.preset))
    rows = []
    for name, value in dataclasses.asdict(config).items():
        if name in config_lib.NOT_STORED:
            continue
        usual = recipe[name]
        derived = name in ("train_steps", "validate_every_steps") and not usual
        rows.append(
            (f"--{name}", _shown(value), "" if value == usual or derived else _shown(usual))
        )
    return Section(
        "Flags",
        f"The last column says what the recipe {config.preset} has where this run differs.",
        [Table(rows, ("flag", "this run", "the recipe"))],
    )


def _shown(value: Any) -> str:
    if value is None or value == ():
        return "–"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def runs(config: Config) -> list[Section]:
    """Returns the runs that trained here and what they ran on; nothing if no run is recorded."""
    found = _training_runs(config)
    if not found:
        return []
    rows = [
        (
            run.get("time", "").replace("T", " ").replace("+00:00", " UTC"),
            shlex.join(run.get("command", [])),
            f"{run['trained'].get('first_step', 0):,} to {run['trained'].get('last_step', 0):,}",
            duration(run["trained"].get("seconds") or 0),
        )
        for run in found
    ]
    last = found[-1]
    versions = [(name, text) for name, text in last.get("versions", {}).items()]
    machine = [(key, _machine_fact(last[key])) for key in ("processor", "kernels") if key in last]
    return [
        Section("Runs", "", [Table(rows, ("ended", "command", "steps", "training took"))]),
        Section("Machine and versions", "Of the last run.", [Table([*machine, *versions])]),
    ]


def _machine_fact(recorded: Any) -> str:
    if not isinstance(recorded, dict):
        return str(recorded)
    sets = processor.in_words(recorded.get("instruction_sets", []))
    return f"{recorded.get('library')}, chosen by {recorded.get('chosen_by')}; {sets}"


def _training_runs(config: Config) -> list[dict[str, Any]]:
    return [run for run in run_log.read(config.model_dir) if "trained" in run]
