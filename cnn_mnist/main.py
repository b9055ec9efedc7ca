"""The command: flags in, one call per verb, a summary printed.

python -m cnn_mnist.main --model_dir=/tmp/mnist --variant=layers
"""

from __future__ import annotations

import dataclasses
import errno
import gc
import io
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from types import FrameType
from typing import Any

from cnn_mnist.cli import command_line, modes
from cnn_mnist.cli.command_line import Command
from cnn_mnist.errors import UserError, one_line
from cnn_mnist.support import progress
from cnn_mnist.support.progress import Progress

_DRY_RUN: dict[str, Any] = {
    "train_steps": 6,
    "epochs": None,
    "batch_size": 20,
    "limit_examples": 300,
    "log_every_steps": 3,
    "validate_every_steps": 3,
    "save_summary_steps": 3,
    "warmup_steps": 1,
}
_DRY_RUN_VALIDATION_EXAMPLES = 100
# A traceback is for faults of this program; these are of the place it is told to work in.
_OF_THE_PLACE = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.EMFILE,
    errno.ENAMETOOLONG,
}


def run(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and exits: 0 done, 2 bad input, 128 and the signal's number if stopped."""
    signal.signal(signal.SIGTERM, _terminated)
    _say_what_can_be_said()
    status = main(sys.argv[1:] if arguments is None else arguments)
    # Else Python looks through all of TensorFlow for garbage once more, which takes a second.
    gc.freeze()
    sys.exit(status)


def _say_what_can_be_said() -> None:
    """In a locale of plain C, and of a path that is no text, `?` stands for the rest."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def main(arguments: Sequence[str]) -> int:
    """Runs the command and returns its exit status."""
    try:
        command = command_line.parse(arguments)
        if command.text is not None:
            print(command.text)
            return 0
        return _run(command, arguments)
    except UserError as error:
        print(f"cnn-mnist: {one_line(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stopped:
        print("\ncnn-mnist: stopped; the same command goes on", file=sys.stderr)
        return 128 + (signal.SIGTERM if isinstance(stopped, _Terminated) else signal.SIGINT)
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            return _failed_file(error)
        # The reader of our output is gone, as in `| head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _failed_file(error: OSError) -> int:
    """A full disk, a folder that went away: whatever file it was, the system says it best."""
    if error.errno not in _OF_THE_PLACE:
        raise error
    place = f"{os.fsdecode(error.filename)} " if error.filename else ""
    print(f"cnn-mnist: {place}cannot be used: {error.strerror}", file=sys.stderr)
    return 2


class _Terminated(KeyboardInterrupt):
    """SIGTERM, where no training is there to hear it."""


def _terminated(number: int, frame: FrameType | None) -> None:
    # A second one ends the process at once.
    signal.signal(number, signal.SIG_DFL)
    raise _Terminated


def _run(command: Command, arguments: Sequence[str]) -> int:
    told = Progress() if command.verbosity == "quiet" else progress.for_stream()
    if command.mode == "summary":
        return modes.MODES["summary"](command, arguments, told)
    _import_tensorflow()
    _route_tensorflow_log(told, command.verbosity)
    _set_threads(command)
    verb = modes.MODES[command.mode]
    if not command.dry_run:
        return verb(command, arguments, told)
    with tempfile.TemporaryDirectory(prefix="cnn_mnist_dry_run_") as folder:
        status = verb(_for_dry_run(command, folder), arguments, told)
    told.say("Dry run: nothing was kept")
    return status


def _import_tensorflow() -> None:
    """Takes seconds, so only when there is work.

    Python looks for garbage among the objects that importing makes, of which none is: a fifth
    of the time. Frozen, they are left alone afterwards too.
    """
    gc.disable()
    try:
        from cnn_mnist import tf_compat  # noqa: F401
    finally:
        gc.enable()
        gc.freeze()


def _set_threads(command: Command) -> None:
    from cnn_mnist import estimator

    estimator.set_threads(command.config)


def _for_dry_run(command: Command, folder: str) -> Command:
    """Works in a throw-away folder; modes that need a trained model get a copy of it there."""
    from cnn_mnist.cli import dry_run

    small = {"limit_examples": _DRY_RUN["limit_examples"]}
    if command.mode in ("train_and_evaluate", "train"):
        small = {name: value for name, value in _DRY_RUN.items() if name not in command.given}
    elif command.server is None and command.tfjs_model is None:
        dry_run.copy_for_dry_run(command.config, command.checkpoint, folder)
    config = dataclasses.replace(
        command.config,
        **small,
        model_dir=folder,
        validation_examples=min(command.config.validation_examples, _DRY_RUN_VALIDATION_EXAMPLES),
        train_examples=None,
    )
    return dataclasses.replace(command, config=config)


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
    # What asks a server again does not have to say so each time.
    logging.getLogger("urllib3").setLevel(logging.INFO if verbosity == "info" else logging.ERROR)


if __name__ == "__main__":
    run()
