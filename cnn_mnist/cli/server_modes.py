"""What `--mode=evaluate` and `predict` do with `--server`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

import numpy as np

from cnn_mnist.cli import input_images, output
from cnn_mnist.cli.command_line import Command
from cnn_mnist.data import class_names, data_record, images
from cnn_mnist.evaluation import results, served
from cnn_mnist.evaluation.results import Predictions
from cnn_mnist.model_folder import best
from cnn_mnist.serving.server import Server
from cnn_mnist.support.progress import Progress
from cnn_mnist.uncertainty import calibration


def evaluate(command: Command, server: Server, progress: Progress) -> int:
    """Prints accuracy, rate and latency; returns the exit status."""
    found = served.evaluate(command.config, server, command.split, progress)
    if command.format == "json":
        print(json.dumps(found.as_json()))
        return 0
    print(output.evaluation(found.evaluation))
    print(output.server(server, found))
    return 0


def predict(command: Command, server: Server, progress: Progress) -> int:
    """Prints a line for each image, as without a server; returns the exit status."""
    paths, answers, failed = _ask(command, server, progress)
    classes = answers.probabilities.shape[1]
    names = class_names.saved_class_names(command.config.model_dir, classes)
    found = input_images.readings(
        command,
        paths,
        answers,
        lambda pixels: _marked(command, served.predict(server, pixels), pixels),
    )
    for path, reading in zip(paths, found, strict=True):
        print(output.reading(path, reading, names, command.format), flush=True)
    return 2 if failed else 0


def _ask(
    command: Command, server: Server, progress: Progress
) -> tuple[list[str], Predictions, bool]:
    """Sends the files as they are, or pixels where the flags ask for what a server does not do."""
    if command.images and command.invert == "auto":
        paths, contents, failed = input_images.read_files(command, images.as_png_or_jpeg)
        answers = served.predict_files(server, contents)
        # Framed again, for the mark that an answer gets.
        return paths, _marked(command, answers, [_framed(command, path) for path in paths]), failed
    paths, pixels, failed = input_images.read(command, progress)
    if not pixels:
        return paths, Predictions.of_no_image(), failed
    return paths, _marked(command, served.predict(server, np.stack(pixels)), pixels), failed


def _framed(command: Command, path: str) -> np.ndarray:
    digits = data_record.frames_digits(command.config.model_dir)
    return images.read(path, digits=digits, engine="lite")


def _marked(
    command: Command, answers: Predictions, pixels: Sequence[np.ndarray] | np.ndarray
) -> Predictions:
    """Marks a server's answers by the calibration of the model folder, if it has one."""
    if not len(pixels):
        return answers
    found = calibration.read(os.path.join(command.config.model_dir, best.FOLDER))
    return results.marked(answers, np.asarray(pixels), found)
