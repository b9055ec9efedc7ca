"""The modes that train: what they do before and after, and what they print."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnn_mnist.cli import cluster_modes, places
from cnn_mnist.cli.command_line import Command
from cnn_mnist.support import terminal
from cnn_mnist.support.progress import Progress

if TYPE_CHECKING:
    from cnn_mnist.training.result import TrainResult


def train_and_evaluate(command: Command, arguments: Sequence[str], progress: Progress) -> int:
    """Trains, evaluates and exports; returns the exit status."""
    from cnn_mnist import experiment
    from cnn_mnist.cli import output

    began = time.perf_counter()
    begun = _begun(command, progress)
    if begun is None:
        return 0
    command, dataset = begun
    result = experiment.train_and_evaluate(
        command.config, progress, dataset, command.checkpoint, ["cnn-mnist", *arguments]
    )
    if result.evaluation is None or result.export is None:
        return _stopped(command, result.trained, progress)
    if command.format == "json":
        written = {"model_dir": command.config.model_dir, "export": result.export}
        kept = {name: places.kept(command, path) for name, path in written.items()}
        terminal.show(json.dumps({**result.evaluation.as_json(), **kept}))
        return 0
    terminal.show_results(
        output.training(command.config, result.trained, time.perf_counter() - began)
    )
    terminal.show_results(output.evaluation(result.evaluation))
    places.show_export(command, result.export)
    return 0


def train(command: Command, arguments: Sequence[str], progress: Progress) -> int:
    """Trains; returns the exit status."""
    from cnn_mnist import experiment
    from cnn_mnist.cli import output

    began = time.perf_counter()
    begun = _begun(command, progress)
    if begun is None:
        return 0
    command, dataset = begun
    trained = experiment.train_and_record(
        command.config, "train", ["cnn-mnist", *arguments], progress, dataset
    )
    if trained.stopped_by is not None:
        return _stopped(command, trained, progress)
    terminal.show_results(output.training(command.config, trained, time.perf_counter() - began))
    if not command.dry_run:
        terminal.show_results(f"Model       {os.path.abspath(command.config.model_dir)}")
    return 0


def _begun(command: Command, progress: Progress) -> tuple[Command, Any] | None:
    """Returns what `_with_train_steps` does, or None if nothing is left to do, and says so."""
    _check(command)
    command, dataset = _with_train_steps(command, progress)
    if _is_finished(command, progress, dataset):
        cluster_modes.end_the_others(command, progress)
        return None
    return command, dataset


def _check(command: Command) -> None:
    """Checks what needs no data, whose preparation may take a minute."""
    from cnn_mnist.exporting import exporter
    from cnn_mnist.training import trainer

    if command.mode == "train_and_evaluate":
        exporter.check_installed(command.config)
    trainer.check(command.config)


def _with_train_steps(command: Command, progress: Progress) -> tuple[Command, Any]:
    """Turns epochs into steps, which needs the data; returns them too if they were loaded."""
    from cnn_mnist.data import splits

    if command.config.epochs is None:
        return command, None
    dataset = splits.load_dataset(command.config, progress)
    config = splits.with_train_steps(command.config, dataset, progress.say)
    return dataclasses.replace(command, config=config), dataset


def _is_finished(command: Command, progress: Progress, dataset: Any) -> bool:
    """Whether training, evaluation and export are done already; if so, says what to do next."""
    from cnn_mnist.cli import output
    from cnn_mnist.evaluation import results
    from cnn_mnist.model_folder import checkpoints, exports
    from cnn_mnist.training import readiness, resuming

    config = command.config
    resuming.check_same_data(config, dataset, progress)
    step = checkpoints.latest_step(config.model_dir)
    if step is None:
        return False
    if not readiness.is_finished(config):
        progress.say(f"Going on from step {step:,} of {config.train_steps:,}")
        return False
    tested = checkpoints.read(config, command.checkpoint, checkpoints.step_of)
    evaluated = results.recorded_evaluation(config.model_dir)
    is_evaluated = evaluated is not None and evaluated["step"] == tested
    if command.mode == "train_and_evaluate" and not (
        is_evaluated and exports.newest_holds(config.model_dir, config.export_formats)
    ):
        return False
    changed = resuming.changed_settings(config)
    terminal.show(output.finished(config, step, evaluated if is_evaluated else None, changed))
    return True


def _stopped(command: Command, trained: TrainResult, progress: Progress) -> int:
    config = command.config
    assert trained.stopped_by is not None
    progress.say(
        f"Stopped at step {trained.last_step:,} of {config.train_steps:,}, all saved in "
        f"{config.model_dir}; the same command goes on from there"
    )
    return 128 + trained.stopped_by
