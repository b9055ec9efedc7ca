"""The command: flags in, one call per verb, a summary printed.

python -m cnn_mnist.main --model_dir=/tmp/mnist --variant=layers
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

from cnn_mnist import config as config_lib
from cnn_mnist import flags, progress
from cnn_mnist.errors import UserError
from cnn_mnist.flags import Command
from cnn_mnist.progress import Progress

_DRY_RUN = {
    "train_steps": 6,
    "batch_size": 20,
    "validation_examples": 100,
    "limit_examples": 300,
    "log_every_steps": 3,
    "validate_every_steps": 3,
    "save_summary_steps": 3,
    "warmup_steps": 1,
}


def run(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and exits: 0 done, 2 bad input, 128 and the signal's number if stopped."""
    sys.exit(main(sys.argv[1:] if arguments is None else arguments))


def main(arguments: Sequence[str]) -> int:
    """Runs the command and returns its exit status."""
    try:
        command = flags.parse(arguments)
        if command.text is not None:
            print(command.text)
            return 0
        return _run(command, arguments)
    except UserError as error:
        print(f"cnn-mnist: {_one_line(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ncnn-mnist: stopped; the same command goes on", file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # The reader of our output is gone, as in `| head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(command: Command, arguments: Sequence[str]) -> int:
    told = Progress() if command.verbosity == "quiet" else progress.for_stream()
    from cnn_mnist import tf_compat  # noqa: F401 - takes seconds, so only when there is work

    _route_tensorflow_log(told, command.verbosity)
    verb = _MODES[command.mode]
    if not command.dry_run:
        return verb(command, arguments, told)
    with tempfile.TemporaryDirectory(prefix="cnn_mnist_dry_run_") as folder:
        status = verb(_for_dry_run(command, folder), arguments, told)
    told.say("Dry run: nothing was kept")
    return status


def _for_dry_run(command: Command, folder: str) -> Command:
    """Works in a throw-away folder; modes that need a trained model get a copy of it there."""
    from cnn_mnist import checkpoints

    small: dict[str, Any] = {
        name: value for name, value in _DRY_RUN.items() if name not in command.given
    }
    if command.mode in ("train_and_evaluate", "train"):
        config = dataclasses.replace(command.config, **small)
    else:
        checkpoints.check_trained(command.config)
        checkpoints.copy_newest(command.config.model_dir, folder)
        limit = _DRY_RUN["limit_examples"]
        config = dataclasses.replace(command.config, limit_examples=limit)
    return dataclasses.replace(command, config=dataclasses.replace(config, model_dir=folder))


def _train_and_evaluate(command: Command, arguments: Sequence[str], told: Progress) -> int:
    from cnn_mnist import experiment, summary

    config = command.config
    began = time.time()
    if _says_finished(command, told):
        return 0
    dataset = experiment.load_dataset(config, told)
    trained = experiment.train(config, told, dataset)
    _record(command, arguments, trained=dataclasses.asdict(trained))
    if trained.stopped_by is not None:
        return _stopped(command, trained, told)
    told.say(f"Evaluating on the {len(dataset.test):,} test images")
    evaluation = experiment.evaluate(config, "test", dataset=dataset)
    exported = experiment.export(config)
    if command.format == "json":
        print(
            json.dumps({**evaluation.as_json(), "model_dir": config.model_dir, "export": exported})
        )
        return 0
    print(summary.training(config, trained, time.time() - began))
    print(summary.evaluation(evaluation))
    _print_places(command, exported)
    return 0


def _train(command: Command, arguments: Sequence[str], told: Progress) -> int:
    from cnn_mnist import experiment, summary

    config = command.config
    began = time.time()
    if _says_finished(command, told):
        return 0
    trained = experiment.train(config, told)
    _record(command, arguments, trained=dataclasses.asdict(trained))
    if trained.stopped_by is not None:
        return _stopped(command, trained, told)
    print(summary.training(config, trained, time.time() - began))
    if not command.dry_run:
        print(f"Model       {os.path.abspath(config.model_dir)}")
    return 0


def _evaluate(command: Command, arguments: Sequence[str], told: Progress) -> int:
    from cnn_mnist import experiment, summary

    evaluation = experiment.evaluate(command.config, command.split, told)
    if command.format == "json":
        print(json.dumps(evaluation.as_json()))
    else:
        print(summary.evaluation(evaluation))
    return 0


def _predict(command: Command, arguments: Sequence[str], told: Progress) -> int:
    """Reads all it can: a damaged file among many costs its own line only."""
    import numpy as np

    from cnn_mnist import experiment, images, summary

    names = experiment.class_names(command.config)
    digits = names == tuple(str(number) for number in range(10))
    paths, pixels, failed = [], [], False
    for path in images.find(command.images) if command.images else ():
        try:
            pixels.append(images.read(path, command.invert, digits))
            paths.append(path)
        except UserError as error:
            failed = True
            print(f"cnn-mnist: {_one_line(error)}", file=sys.stderr)
    if not command.images:
        dataset = experiment.load_dataset(command.config, told)
        pixels = list(dataset.test.images[:3])
        paths = [f"test image {number}" for number in range(len(pixels))]
    if pixels:
        answers = experiment.predict(command.config, np.stack(pixels))
        for path, probabilities in zip(paths, answers.probabilities, strict=True):
            print(summary.prediction(path, probabilities, names, command.format), flush=True)
    return 2 if failed else 0


def _export(command: Command, arguments: Sequence[str], told: Progress) -> int:
    from cnn_mnist import experiment

    exported = experiment.export(command.config)
    if command.format == "json":
        print(json.dumps({"export": exported}))
    else:
        _print_places(command, exported)
    return 0


_MODES: dict[str, Callable[[Command, Sequence[str], Progress], int]] = {
    "train_and_evaluate": _train_and_evaluate,
    "train": _train,
    "evaluate": _evaluate,
    "predict": _predict,
    "export": _export,
}


def _says_finished(command: Command, told: Progress) -> bool:
    """Says so and what to do where training, evaluation and export are done already."""
    from cnn_mnist import checkpoints, experiment, results, summary

    config = command.config
    checkpoints.check_trainable(config)
    step = checkpoints.latest_step(config.model_dir)
    if step is None or step < config.train_steps:
        if step:
            told.say(f"Going on from step {step:,} of {config.train_steps:,}")
        return False
    whole = command.mode == "train_and_evaluate"
    evaluated = results.recorded_evaluation(config.model_dir)
    if whole and (
        evaluated is None
        or evaluated["step"] != step
        or not experiment.newest_export(config.model_dir)
    ):
        return False
    place = f"--model_dir={shlex.quote(config.model_dir)}"
    print(f"{config.model_dir} is finished: {step:,} of {config.train_steps:,} steps are trained.")
    if evaluated and evaluated["step"] == step:
        print(f"Test accuracy was {summary.score(evaluated['correct'], evaluated['total'])}.")
    print(f"  to train on         {place} --train_steps={2 * step}")
    print(f"  to evaluate         {place} --mode=evaluate")
    print(f"  to look at images   {place} --mode=predict --images=...")
    print("  to start afresh     another --model_dir, or delete this one")
    return True


def _print_places(command: Command, exported: str) -> None:
    from cnn_mnist import summary

    if command.dry_run:
        print("Export      works")
    else:
        print(summary.places(command.config.model_dir, exported))


def _stopped(command: Command, trained: Any, told: Progress) -> int:
    told.say(
        f"Stopped at step {trained.last_step:,} of {command.config.train_steps:,}, all saved in "
        f"{command.config.model_dir}; the same command goes on from there"
    )
    return 128 + trained.stopped_by


def _record(command: Command, arguments: Sequence[str], **facts: Any) -> None:
    line = ["cnn-mnist", *arguments]
    config_lib.record_run(command.config, command.mode, line, **facts)


def _route_tensorflow_log(told: Progress, verbosity: str) -> None:
    """Sends the `tensorflow` logger through `told`, so that lines and bar do not mix.

    Of its INFO lines only those pass that this package means for the user.
    """

    class ToProgress(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            meant = isinstance(record.msg, progress.LogLine)
            if meant or record.levelno >= logging.WARNING or verbosity == "info":
                text = record.getMessage()
                told.say(text if meant else f"{record.levelname}: {text}")

    logger = logging.getLogger("tensorflow")
    logger.handlers = [ToProgress()]
    logger.propagate = False
    logger.setLevel(logging.WARNING if verbosity == "quiet" else logging.INFO)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


if __name__ == "__main__":
    run()
