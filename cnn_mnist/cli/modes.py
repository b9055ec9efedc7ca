"""What each `--mode` does: calls the verb and prints its result."""

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
from cnn_mnist.support import terminal
from cnn_mnist.support.progress import Progress

if TYPE_CHECKING:
    from cnn_mnist.evaluation.results import Evaluation, Predictions
    from cnn_mnist.training.result import TrainResult


def _train_and_evaluate(command: Command, arguments: Sequence[str], progress: Progress) -> int:
    from cnn_mnist import experiment
    from cnn_mnist.cli import output

    began = time.perf_counter()
    command, dataset = _with_train_steps(command, progress)
    if _is_finished(command, progress, dataset):
        return 0
    result = experiment.train_and_evaluate(
        command.config, progress, dataset, command.checkpoint, ["cnn-mnist", *arguments]
    )
    if result.evaluation is None or result.export is None:
        return _stopped(command, result.trained, progress)
    if command.format == "json":
        places = {"model_dir": command.config.model_dir, "export": result.export}
        kept = {name: _kept(command, path) for name, path in places.items()}
        terminal.show(json.dumps({**result.evaluation.as_json(), **kept}))
        return 0
    terminal.show_results(
        output.training(command.config, result.trained, time.perf_counter() - began)
    )
    terminal.show_results(output.evaluation(result.evaluation))
    _print_places(command, result.export)
    return 0


def _train(command: Command, arguments: Sequence[str], progress: Progress) -> int:
    from cnn_mnist import experiment
    from cnn_mnist.cli import output

    began = time.perf_counter()
    command, dataset = _with_train_steps(command, progress)
    if _is_finished(command, progress, dataset):
        return 0
    trained = experiment.train_and_record(
        command.config, "train", ["cnn-mnist", *arguments], progress, dataset
    )
    if trained.stopped_by is not None:
        return _stopped(command, trained, progress)
    terminal.show_results(output.training(command.config, trained, time.perf_counter() - began))
    if not command.dry_run:
        terminal.show_results(f"Model       {os.path.abspath(command.config.model_dir)}")
    return 0


def _with_train_steps(command: Command, progress: Progress) -> tuple[Command, Any]:
    """Turns epochs into steps, which needs the data; returns them too if they were loaded."""
    from cnn_mnist.data import splits

    if command.config.epochs is None:
        return command, None
    dataset = splits.load_dataset(command.config, progress)
    config = splits.with_train_steps(command.config, dataset, progress.say)
    return dataclasses.replace(command, config=config), dataset


def _evaluate(command: Command, arguments: Sequence[str], progress: Progress) -> int:
    from cnn_mnist.cli import output

    if command.server is not None:
        from cnn_mnist.cli import server_modes

        return server_modes.evaluate(command, command.server, progress)
    evaluation = _evaluation(command, progress)
    projected = _projector(command, progress)
    if command.format == "json":
        measured = evaluation.as_json()
        if command.tfjs_model is not None or command.engine != "tensorflow":
            # These models do not record their training steps.
            del measured["step"]
        places = {"projector": _kept(command, projected)} if projected else {}
        terminal.show(json.dumps({**measured, **places}))
    else:
        terminal.show_results(output.evaluation(evaluation))
        if projected:
            _print_place(command, "Projector", projected)
    return 0


def _projector(command: Command, progress: Progress) -> str | None:
    if not command.projector_images:
        return None
    from cnn_mnist.reports import projector

    return projector.write(
        command.config, command.projector_images, command.split, progress, None, command.checkpoint
    )


def _evaluation(command: Command, progress: Progress) -> Evaluation:
    if command.engine == "lite":
        from cnn_mnist.evaluation import lite_model

        return lite_model.evaluate(command.config, command.split, progress, file=command.lite_file)
    if command.engine == "onnx":
        from cnn_mnist.evaluation import onnx_model

        return onnx_model.evaluate(command.config, command.split, progress)
    from cnn_mnist import experiment

    if command.tfjs_model is not None:
        return experiment.evaluate_layers_model(
            command.config, command.tfjs_model, command.split, progress
        )
    return experiment.evaluate(
        command.config, command.split, progress, checkpoint=command.checkpoint
    )


def _predict(command: Command, arguments: Sequence[str], progress: Progress) -> int:
    import numpy as np

    from cnn_mnist.cli import input_images, output
    from cnn_mnist.data import class_names

    if command.server is not None:
        from cnn_mnist.cli import server_modes

        return server_modes.predict(command, command.server, progress)
    predict = _predictor(command)
    pictures = input_images.read(command, progress)
    if pictures.paths:
        wholes = predict(np.stack(pictures.pixels))
        classes = wholes.probabilities.shape[1]
        names = class_names.saved_class_names(command.config.model_dir, classes)
        readings = input_images.readings(command, pictures.digits, wholes, predict)
        for path, found in zip(pictures.paths, readings, strict=True):
            terminal.show(output.reading(path, found, names, command.format), flush=True)
    return 2 if pictures.failed else 0


def _predictor(command: Command) -> Callable[[Any], Predictions]:
    from cnn_mnist.evaluation import LitePredictor, OnnxPredictor

    if command.engine == "lite":
        return LitePredictor(command.config, command.lite_file)
    if command.engine == "onnx":
        return OnnxPredictor(command.config)
    from cnn_mnist import experiment

    return lambda images: experiment.predict(command.config, images, command.checkpoint)


def _report(command: Command, arguments: Sequence[str], progress: Progress) -> int:
    began = time.perf_counter()
    import numpy as np

    from cnn_mnist.cli import input_images, output
    from cnn_mnist.model_folder import checkpoints
    from cnn_mnist.reports import report

    checkpoints.find(command.config, command.checkpoint)
    chosen, failed = None, False
    if command.images:
        pictures = input_images.read(command, progress)
        failed = pictures.failed
        if not pictures.paths:
            return 2
        paths, pixels = input_images.each_digit(command, pictures)
        paths, pixels = input_images.at_most(report.MOST_CHOSEN, paths, pixels, progress)
        chosen = report.Chosen(np.stack(pixels), paths)
    options: dict[str, Any] = {"checkpoint": command.checkpoint, "language": command.language}
    path, evaluation = report.write(command.config, progress, None, chosen, **options, began=began)
    if command.format == "json":
        terminal.show(json.dumps({**evaluation.as_json(), "report": _kept(command, path)}))
    else:
        terminal.show_results(output.evaluation(evaluation))
        _print_place(command, "Report", path)
    _open(command, path)
    return 2 if failed else 0


def _inspect(command: Command, arguments: Sequence[str], progress: Progress) -> int:
    import numpy as np

    from cnn_mnist.cli import input_images
    from cnn_mnist.model_folder import checkpoints
    from cnn_mnist.reports import inspection

    checkpoints.find(command.config, command.checkpoint)
    pictures = input_images.read(command, progress)
    paths, pixels = input_images.at_most(
        inspection.MOST_IMAGES, pictures.paths, pictures.pixels, progress
    )
    if not pixels:
        return 2
    progress.say("Drawing")
    options = (command.checkpoint, command.language)
    path = inspection.write(command.config, np.stack(pixels), paths, *options)
    if command.format == "json":
        terminal.show(json.dumps({"inspect": _kept(command, path)}))
    else:
        _print_place(command, "Inside", path)
    _open(command, path)
    return 2 if pictures.failed else 0


def _kept(command: Command, path: str) -> str | None:
    """Returns an absolute path for JSON, or None after a dry run, which removes the folder."""
    return None if command.dry_run else os.path.abspath(path)


def _print_place(command: Command, label: str, path: str) -> None:
    terminal.show_results(f"{label:<11} {'works' if command.dry_run else os.path.abspath(path)}")


def _open(command: Command, path: str) -> None:
    """Opens a page in the browser with --open, except after a dry run, which keeps no page."""
    import pathlib
    import webbrowser

    if not command.open or command.dry_run:
        return
    path = os.path.abspath(path)
    # A browser in the terminal must not print before the lines above.
    sys.stdout.flush()
    if not webbrowser.open(pathlib.Path(path).as_uri()):
        terminal.note(f"cnn-mnist: --open found no browser; open {path} in one")


def _summary(command: Command, arguments: Sequence[str], progress: Progress) -> int:
    network = command.config.architecture
    picture = summary.draw(command.config) if command.open else None
    terminal.show(summary.layers(network, command.format, picture))
    if picture:
        _open(command, picture)
    return 0


def _export(command: Command, arguments: Sequence[str], progress: Progress) -> int:
    from cnn_mnist import experiment

    exported = experiment.export(command.config, checkpoint=command.checkpoint)
    if command.format == "json":
        terminal.show(json.dumps({"export": _kept(command, exported)}))
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
"""By `--mode`; each returns the exit status."""


def _is_finished(command: Command, progress: Progress, dataset: Any) -> bool:
    """Whether training, evaluation and export are done already; if so, says what to do next."""
    from cnn_mnist.cli import output
    from cnn_mnist.evaluation import results
    from cnn_mnist.model_folder import checkpoints, exports
    from cnn_mnist.training import readiness, resuming

    config = command.config
    readiness.check_trainable(config)
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


def _print_places(command: Command, exported: str) -> None:
    from cnn_mnist.cli import output

    if command.dry_run:
        _print_place(command, "Export", exported)
    else:
        terminal.show_results(output.places(command.config.model_dir, exported))


def _stopped(command: Command, trained: TrainResult, progress: Progress) -> int:
    config = command.config
    assert trained.stopped_by is not None
    progress.say(
        f"Stopped at step {trained.last_step:,} of {config.train_steps:,}, all saved in "
        f"{config.model_dir}; the same command goes on from there"
    )
    return 128 + trained.stopped_by
