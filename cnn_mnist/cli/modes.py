"""What each `--mode` does: calls the verb and prints its result."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cnn_mnist.cli import places, summary, training_modes
from cnn_mnist.cli.command_line import Command
from cnn_mnist.support import terminal
from cnn_mnist.support.progress import Progress

if TYPE_CHECKING:
    from cnn_mnist.evaluation.results import Evaluation, Predictions


def _evaluate(command: Command, arguments: Sequence[str], progress: Progress) -> int:
    from cnn_mnist.cli import output

    if command.server is not None:
        from cnn_mnist.cli import server_modes

        return server_modes.evaluate(command, command.server, progress)
    evaluation = _evaluation(command, progress)
    projected = _projector(command, progress)
    if command.format == "json":
        measured = evaluation.as_json()
        if command.tfjs_model is not None or command.engine == "lite":
            # These files do not hold their training step.
            del measured["step"]
        if projected:
            measured["projector"] = places.kept(command, projected)
        terminal.show(json.dumps(measured))
    else:
        terminal.show_results(output.evaluation(evaluation))
        if projected:
            places.show(command, "Projector", projected)
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
        terminal.show(json.dumps({**evaluation.as_json(), "report": places.kept(command, path)}))
    else:
        terminal.show_results(output.evaluation(evaluation))
        places.show(command, "Report", path)
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
        terminal.show(json.dumps({"inspect": places.kept(command, path)}))
    else:
        places.show(command, "Inside", path)
    _open(command, path)
    return 2 if pictures.failed else 0


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
        terminal.show(json.dumps({"export": places.kept(command, exported)}))
    else:
        places.show_export(command, exported)
    return 0


MODES: dict[str, Callable[[Command, Sequence[str], Progress], int]] = {
    "train_and_evaluate": training_modes.train_and_evaluate,
    "train": training_modes.train,
    "evaluate": _evaluate,
    "predict": _predict,
    "export": _export,
    "report": _report,
    "inspect": _inspect,
    "summary": _summary,
}
"""By `--mode`; each returns the exit status."""
