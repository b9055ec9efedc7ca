"""The parts of a report that say how a model was made: network, flags, runs, versions."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Sequence
from typing import Any

from cnn_mnist import config as config_lib
from cnn_mnist import plots
from cnn_mnist.config import Config
from cnn_mnist.model_folder import history, validations
from cnn_mnist.model_folder import runs as run_log
from cnn_mnist.model_folder.epochs import Epoch
from cnn_mnist.networks import architecture
from cnn_mnist.reports.html import Picture, Section, Table
from cnn_mnist.reports.texts import Texts
from cnn_mnist.support import processor

MOST_EPOCHS = 50
"""Rows of the table of epochs; `history.csv` has all."""


def training_time(config: Config, texts: Texts) -> str | None:
    """Returns the time of all training runs and the speed of the last; None without a record."""
    found = _training_runs(config)
    if not found:
        return None
    last = found[-1]["trained"]
    time = texts.duration(_total(found, "seconds"))
    if validating := _total(found, "validation_seconds"):
        time = texts("with_validation", time=time, validation=texts.duration(validating))
    if rate := last.get("images_per_second"):
        precision = last.get("precision")
        return texts("training_rate", time=time, rate=f"{rate:,.0f}", precision=precision)
    return time


def _total(found: Sequence[dict[str, Any]], name: str) -> float:
    return sum(run["trained"].get(name) or 0.0 for run in found)


def machine(config: Config, texts: Texts) -> str | None:
    """Returns the processor of the last run and the library it computed with, if recorded."""
    last = _training_runs(config)[-1:]
    if not last or "processor" not in last[0]:
        return None
    processor_name, library = last[0]["processor"], last[0].get("kernels", {}).get("library")
    if not library:
        return str(processor_name)
    return texts("machine_is", processor=processor_name, library=library)


def by_epoch(epochs: Sequence[Epoch], config: Config, texts: Texts) -> list[Table]:
    """Returns the newest epochs, training beside validation; nothing for less than two."""
    if len(epochs) < 2:
        return []
    found = history.validations_of(epochs, validations.read(config.model_dir))
    rows = []
    for epoch, validation in list(zip(epochs, found, strict=True))[-MOST_EPOCHS:]:
        measured = ("–", "–")
        if validation:
            metrics = validation.metrics
            measured = (f"{metrics['loss']:.4f}", f"{metrics['accuracy']:.2%}")
        trained = (f"{epoch.loss:.4f}", f"{epoch.accuracy:.2%}")
        rows.append((f"{epoch.epoch:,}", *trained, *measured, texts.duration(epoch.seconds)))
    return [Table(rows, texts("epochs_heads").split(" | "))]


def network(config: Config, texts: Texts) -> Section:
    """Returns the network as a diagram and as a table."""
    layers = architecture.parse(config.architecture)
    return Section(
        texts("network"),
        config.architecture,
        [
            Picture(
                "network.png",
                plots.network_png(layers, config.preset),
                config.architecture,
                plots.network_png(layers, config.preset, narrow=True),
            ),
            Table(
                architecture.table(layers),
                [texts(f"head_{head}") for head in architecture.TABLE_HEADS],
            ),
        ],
    )


def flags(config: Config, texts: Texts) -> Section:
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
        texts("flags"),
        texts("flags_text", preset=config.preset),
        [Table(rows, [texts(f"head_{head}") for head in ("flag", "this_run", "recipe")])],
    )


def _shown(value: Any) -> str:
    if value is None or value == ():
        return "–"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def runs(config: Config, texts: Texts) -> list[Section]:
    """Returns the runs that trained here and what they ran on; nothing if no run is recorded."""
    found = _training_runs(config)
    if not found:
        return []
    rows = [
        (
            run.get("time", "").replace("T", " ").replace("+00:00", " UTC"),
            shlex.join(run.get("command", [])),
            texts(
                "steps_of_run",
                first=f"{run['trained'].get('first_step', 0):,}",
                last=f"{run['trained'].get('last_step', 0):,}",
            ),
            texts.duration(run["trained"].get("seconds") or 0),
        )
        for run in found
    ]
    last = found[-1]
    versions = [(name, text) for name, text in last.get("versions", {}).items()]
    facts = [
        (texts(key), _machine_fact(last[key], texts))
        for key in ("processor", "kernels")
        if key in last
    ]
    heads = [texts(f"head_{head}") for head in ("ended", "command", "steps", "took")]
    return [
        Section(texts("runs"), "", [Table(rows, heads)]),
        Section(texts("versions"), texts("versions_text"), [Table([*facts, *versions])]),
    ]


def _machine_fact(recorded: Any, texts: Texts) -> str:
    if not isinstance(recorded, dict):
        return str(recorded)
    sets = processor.in_words(recorded.get("instruction_sets", []))
    named = {name: recorded.get(name) for name in ("library", "chosen_by")}
    return texts("kernels_are", sets=sets, **named)


def _training_runs(config: Config) -> list[dict[str, Any]]:
    return [run for run in run_log.read(config.model_dir) if "trained" in run]
