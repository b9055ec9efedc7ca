"""What each `--mode` does: calls the verb and prints what came of it."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cnn_mnist.cli import summary
from cnn_mnist.cli.command_line import Command
from cnn_mnist.errors import DivergedError
from cnn_mnist.support.progress import Progress

if TYPE_CHECKING:
    from cnn_mnist.training.result import TrainResult


def _train_and_evaluate(command: Command, arguments: Sequence[str], told: Progress) -> int:
    from cnn_mnist import experiment
    from cnn_mnist.cli import output
    from cnn_mnist.data import splits

    began = time.perf_counter()
    _check_named_checkpoint(command)
    command, dataset = _with_train_steps(command, told)
    config = command.config
    if _says_finished(command, told):
        return 0
    dataset = dataset or splits.load_dataset(config, told)
    try:
        trained = _trained(command, arguments, told, dataset)
    except DivergedError as error:
        _export_best(command, error.result, told, dataset)
        raise
    if trained.stopped_by is not None:
        _export_best(command, trained, told, dataset)
        return _stopped(command, trained, told)
    told.say(f"Evaluating on the {len(dataset.test):,} test images")
    evaluation = experiment.evaluate(config, "test", dataset=dataset, checkpoint=command.checkpoint)
    exported = experiment.export(config, checkpoint=command.checkpoint, dataset=dataset)
    if command.format == "json":
        places = {"model_dir": config.model_dir, "export": exported}
        kept = {name: _kept(command, path) for name, path in places.items()}
        print(json.dumps({**evaluation.as_json(), **kept}))
        return 0
    print(output.training(config, trained, time.perf_counter() - began))
    print(output.evaluation(evaluation))
    _print_places(command, exported)
    return 0


def _train(command: Command, arguments: Sequence[str], told: Progress) -> int:
    from cnn_mnist.cli import output

    began = time.perf_counter()
    command, dataset = _with_train_steps(command, told)
    if _says_finished(command, told):
        return 0
    trained = _trained(command, arguments, told, dataset)
    if trained.stopped_by is not None:
        return _stopped(command, trained, told)
    print(output.training(command.config, trained, time.perf_counter() - began))
    if not command.dry_run:
        print(f"Model       {os.path.abspath(command.config.model_dir)}")
    return 0


def _trained(
    command: Command, arguments: Sequence[str], told: Progress, dataset: Any
) -> TrainResult:
    """Trains, and records the run whether or not it diverged."""
    from cnn_mnist import experiment

    try:
        trained = experiment.train(command.config, told, dataset)
    except DivergedError as error:
        _record(command, arguments, trained=dataclasses.asdict(error.result))
        raise
    _record(command, arguments, trained=dataclasses.asdict(trained))
    return trained


def _check_named_checkpoint(command: Command) -> None:
    """Finds out before training, not after it, that a path names no checkpoint."""
    from cnn_mnist.model_folder import checkpoints

    if command.checkpoint not in ("best", "last"):
        checkpoints.find(command.config, command.checkpoint)


def _with_train_steps(command: Command, told: Progress) -> tuple[Command, Any]:
    """Turns epochs into steps, which takes the data; returns those where they were loaded."""
    from cnn_mnist.data import splits

    if command.config.epochs is None:
        return command, None
    dataset = splits.load_dataset(command.config, told)
    config = splits.with_train_steps(command.config, dataset)
    return dataclasses.replace(command, config=config), dataset


def _evaluate(command: Command, arguments: Sequence[str], told: Progress) -> int:
    from cnn_mnist import experiment
    from cnn_mnist.cli import output, server_modes

    if command.server is not None:
        return server_modes.evaluate(command, command.server, told)
    if command.tfjs_model is not None:
        evaluation = experiment.evaluate_layers_model(
            command.config, command.tfjs_model, command.split, told
        )
    else:
        evaluation = experiment.evaluate(
            command.config, command.split, told, checkpoint=command.checkpoint
        )
    if command.format == "json":
        measured = evaluation.as_json()
        if command.tfjs_model is not None:
            # Of a browser's training nothing says how many there were.
            del measured["step"]
        print(json.dumps(measured))
    else:
        print(output.evaluation(evaluation))
    return 0


def _predict(command: Command, arguments: Sequence[str], told: Progress) -> int:
    import numpy as np

    from cnn_mnist import experiment
    from cnn_mnist.cli import input_images, output, server_modes
    from cnn_mnist.data import class_names

    if command.server is not None:
        return server_modes.predict(command, command.server, told)
    names = class_names.saved_class_names(command.config.model_dir)
    paths, pixels, failed = input_images.read(command, told)
    if pixels:
        answers = experiment.predict(command.config, np.stack(pixels), command.checkpoint)
        for path, probabilities in zip(paths, answers.probabilities, strict=True):
            print(output.prediction(path, probabilities, names, command.format), flush=True)
    return 2 if failed else 0


def _report(command: Command, arguments: Sequence[str], told: Progress) -> int:
    import numpy as np

    from cnn_mnist.cli import input_images, output
    from cnn_mnist.model_folder import checkpoints
    from cnn_mnist.reports import report

    checkpoints.find(command.config, command.checkpoint)
    chosen, failed = None, False
    if command.images:
        paths, pixels, failed = input_images.read(command, told)
        paths, pixels = input_images.at_most(report.MOST_CHOSEN, paths, pixels, told)
        if not pixels:
            return 2
        chosen = report.Chosen(np.stack(pixels), paths)
    path, evaluation = report.write(
        command.config, told, chosen=chosen, checkpoint=command.checkpoint
    )
    if command.format == "json":
        print(json.dumps({**evaluation.as_json(), "report": _kept(command, path)}))
    else:
        print(output.evaluation(evaluation))
        _print_place(command, "Report", path)
    _open(command, path)
    return 2 if failed else 0


def _inspect(command: Command, arguments: Sequence[str], told: Progress) -> int:
    import numpy as np

    from cnn_mnist.cli import input_images
    from cnn_mnist.model_folder import checkpoints
    from cnn_mnist.reports import inspection

    checkpoints.find(command.config, command.checkpoint)
    paths, pixels, failed = input_images.read(command, told)
    paths, pixels = input_images.at_most(inspection.MOST_IMAGES, paths, pixels, told)
    if not pixels:
        return 2
    told.say("Drawing")
    path = inspection.write(command.config, np.stack(pixels), paths, command.checkpoint)
    if command.format == "json":
        print(json.dumps({"inspect": _kept(command, path)}))
    else:
        _print_place(command, "Inside", path)
    _open(command, path)
    return 2 if failed else 0


def _kept(command: Command, path: str) -> str | None:
    """A path as JSON gives it: null where a dry run has removed the folder."""
    return None if command.dry_run else path


def _print_place(command: Command, label: str, path: str) -> None:
    print(f"{label:<11} {'works' if command.dry_run else os.path.abspath(path)}")


def _open(command: Command, path: str) -> None:
    """Opens a page in the browser where asked to; a dry run has kept none."""
    import pathlib
    import webbrowser

    if not command.open or command.dry_run:
        return
    path = os.path.abspath(path)
    # What is printed before must not come after what a browser in the terminal shows.
    sys.stdout.flush()
    if not webbrowser.open(pathlib.Path(path).as_uri()):
        print(f"cnn-mnist: --open found no browser; open {path} in one", file=sys.stderr)


def _summary(command: Command, arguments: Sequence[str], told: Progress) -> int:
    print(summary.layers(command.config.architecture, command.format))
    return 0


def _export(command: Command, arguments: Sequence[str], told: Progress) -> int:
    from cnn_mnist import experiment

    exported = experiment.export(command.config, checkpoint=command.checkpoint)
    if command.format == "json":
        print(json.dumps({"export": _kept(command, exported)}))
    else:
        _print_places(command, exported)
    return 0


MODES: dict[str, Callable[[Command, Sequence[str], Progress], int]] = {
    "train_and_evaluate": _train_and_evaluate,
    "train": _train,
    "evaluate": _evaluate,
    "predict": _predict,
    "export": _export,
    "report": _report,
    "inspect": _inspect,
    "summary": _summary,
}
"""By `--mode`; each gives the exit status."""


def _says_finished(command: Command, told: Progress) -> bool:
    """Says so and what to do where training, evaluation and export are done already."""
    from cnn_mnist.cli import output
    from cnn_mnist.evaluation import results
    from cnn_mnist.model_folder import checkpoints, exports
    from cnn_mnist.training import readiness

    config = command.config
    readiness.check_trainable(config)
    step = checkpoints.latest_step(config.model_dir)
    if step is None:
        return False
    if not readiness.is_finished(config):
        told.say(f"Going on from step {step:,} of {config.train_steps:,}")
        return False
    tested = checkpoints.step_of(checkpoints.find(config, command.checkpoint))
    evaluated = results.recorded_evaluation(config.model_dir)
    is_evaluated = evaluated is not None and evaluated["step"] == tested
    if command.mode == "train_and_evaluate" and not (
        is_evaluated and exports.newest_holds(config.model_dir, config.export_formats)
    ):
        return False
    print(output.finished(config, step, evaluated if is_evaluated else None))
    return True


def _print_places(command: Command, exported: str) -> None:
    from cnn_mnist.cli import output

    if command.dry_run:
        _print_place(command, "Export", exported)
    else:
        print(output.places(command.config.model_dir, exported))


def _export_best(command: Command, trained: Any, told: Progress, dataset: Any) -> None:
    from cnn_mnist import experiment

    if trained.best is None:
        return
    exported = experiment.export(command.config, checkpoint="best", dataset=dataset)
    best = trained.best.validation
    told.say(
        f"The best so far, step {best.step:,} with {best.metrics['accuracy']:.2%} of the "
        f"validation images, is exported to {exported}"
    )


def _stopped(command: Command, trained: Any, told: Progress) -> int:
    config = command.config
    told.say(
        f"Stopped at step {trained.last_step:,} of {config.train_steps:,}, all saved in "
        f"{config.model_dir}; the same command goes on from there"
    )
    return 128 + trained.stopped_by


def _record(command: Command, arguments: Sequence[str], **facts: Any) -> None:
    from cnn_mnist.model_folder import runs

    line = ["cnn-mnist", *arguments]
    runs.record(command.config, command.mode, line, **facts)
