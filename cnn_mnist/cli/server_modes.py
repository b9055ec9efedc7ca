"""What `--mode=evaluate` and `predict` do with `--server`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

import numpy as np

from cnn_mnist.cli import input_images, output
from cnn_mnist.cli.command_line import Command
from cnn_mnist.data import class_names
from cnn_mnist.evaluation import results, served
from cnn_mnist.evaluation.results import Predictions
from cnn_mnist.model_folder import best
from cnn_mnist.serving.server import Server
from cnn_mnist.support import terminal
from cnn_mnist.support.progress import Progress
from cnn_mnist.uncertainty import calibration


def evaluate(command: Command, server: Server, progress: Progress) -> int:
    """Prints accuracy, rate and latency; returns the exit status."""
    found = served.evaluate(command.config, server, command.split, progress)
    if command.format == "json":
        terminal.show(json.dumps(found.as_json()))
        return 0
    terminal.show_results(output.evaluation(found.evaluation))
    terminal.show_results(output.server(server, found))
    return 0


def predict(command: Command, server: Server, progress: Progress) -> int:
    """Prints a line for each image, as without a server; returns the exit status."""
    pictures, answers = _ask(command, server, progress)
    classes = answers.probabilities.shape[1]
    names = class_names.saved_class_names(command.config.model_dir, classes)
    readings = input_images.readings(
        command,
        pictures.digits,
        answers,
        lambda pixels: _marked(command, served.predict(server, pixels), pixels),
    )
    for path, found in zip(pictures.paths, readings, strict=True):
        terminal.show(output.reading(path, found, names, command.format), flush=True)
    return 2 if pictures.failed else 0


def _ask(
    command: Command, server: Server, progress: Progress
) -> tuple[input_images.Pictures, Predictions]:
    """Sends the files as they are, or pixels where the flags ask for what a server does not do."""
    if command.images and command.invert == "auto" and not input_images.name_csv_files(command):
        paths, files, failed = input_images.read_files(command, input_images.reader_of(command))
        answers = served.predict_files(server, [content for content, _, _ in files])
        # What the server frames is framed here too, for the mark that an answer gets.
        pictures = input_images.Pictures(
            paths, [pixels for _, pixels, _ in files], [digits for _, _, digits in files], failed
        )
        return pictures, _marked(command, answers, pictures.pixels)
    pictures = input_images.read(command, progress)
    if not pictures.paths:
        return pictures, Predictions.of_no_image()
    answers = served.predict(server, np.stack(pictures.pixels))
    return pictures, _marked(command, answers, pictures.pixels)


def _marked(
    command: Command, answers: Predictions, pixels: Sequence[np.ndarray] | np.ndarray
) -> Predictions:
    """Marks a server's answers by the calibration of the model folder, if it has one."""
    if not len(pixels):
        return answers
    found = calibration.read(os.path.join(command.config.model_dir, best.FOLDER))
    return results.marked(answers, np.asarray(pixels), found)
