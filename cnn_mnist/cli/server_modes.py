"""What `--mode=evaluate` and `predict` do with `--server`."""

from __future__ import annotations

import json

import numpy as np

from cnn_mnist.cli import input_images, output
from cnn_mnist.cli.command_line import Command
from cnn_mnist.data import class_names, images
from cnn_mnist.evaluation import served
from cnn_mnist.evaluation.results import Predictions
from cnn_mnist.serving.server import Server
from cnn_mnist.support.progress import Progress


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
    names = class_names.saved_class_names(command.config.model_dir)
    paths, answers, failed = _ask(command, server, progress)
    for path, probabilities in zip(paths, answers.probabilities, strict=True):
        print(output.prediction(path, probabilities, names, command.format), flush=True)
    return 2 if failed else 0


def _ask(
    command: Command, server: Server, progress: Progress
) -> tuple[list[str], Predictions, bool]:
    """Sends the files as they are, or pixels where the flags ask for what a server does not do."""
    if command.images and command.invert == "auto":
        paths, contents, failed = input_images.read_files(command, images.as_png_or_jpeg)
        return paths, served.predict_files(server, contents), failed
    paths, pixels, failed = input_images.read(command, progress)
    if not pixels:
        return paths, Predictions.of_no_image(), failed
    return paths, served.predict(server, np.stack(pixels)), failed
