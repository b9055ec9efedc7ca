"""The command: flags in, one call per verb, a summary printed.

python -m cnn_mnist.main --model_dir=/tmp/mnist --variant=layers
"""

from __future__ import annotations

import functools
import gc
import os
import signal
import sys
import tempfile
from collections.abc import Sequence

if __name__ == "__main__":
    from cnn_mnist.support import installation

    installation.require()

from cnn_mnist.cli import cluster_modes, command_line, modes
from cnn_mnist.cli.command_line import Command
from cnn_mnist.cli.console import (
    Terminated,
    drop_unwritable_output,
    failed_file,
    failed_for_want_of_memory,
    failed_in_tensorflow,
    route_tensorflow_log,
    say_what_can_be_said,
    terminated,
)
from cnn_mnist.cluster import tf_config
from cnn_mnist.errors import LOST_STATUS, ClusterTimeoutError, UserError, one_line
from cnn_mnist.support import malloc, terminal, unfinished
from cnn_mnist.support.progress import Progress, for_stream


def run(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and exits: 0 done, 2 bad input, 128 and the signal's number if stopped."""
    signal.signal(signal.SIGTERM, terminated)
    say_what_can_be_said()
    status = main(sys.argv[1:] if arguments is None else arguments)
    # Otherwise Python looks for garbage in all of TensorFlow once more, which takes a second.
    gc.freeze()
    drop_unwritable_output()
    sys.exit(status)


def main(arguments: Sequence[str]) -> int:
    """Runs the command and returns its exit status."""
    try:
        command = command_line.parse(arguments)
        if command.text is not None:
            print(command.text)
            return 0
        return _run(command, arguments)
    except UserError as error:
        terminal.error(f"cnn-mnist: {one_line(error)}")
        return LOST_STATUS if isinstance(error, ClusterTimeoutError) else 2
    except KeyboardInterrupt as stopped:
        print("\ncnn-mnist: stopped; the same command goes on", file=sys.stderr)
        return 128 + (signal.SIGTERM if isinstance(stopped, Terminated) else signal.SIGINT)
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            return failed_file(error)
        # Whatever read the output has stopped, as in `| head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (MemoryError, RuntimeError) as error:
        return failed_for_want_of_memory(error)
    except Exception as error:
        return failed_in_tensorflow(error)


def _run(command: Command, arguments: Sequence[str]) -> int:
    progress = Progress() if command.verbosity == "quiet" else for_stream()
    if command.mode == "summary" or command.engine != "tensorflow":
        return modes.MODES[command.mode](command, arguments, progress)
    malloc.use_one_arena()
    trains = command.mode in ("train", "train_and_evaluate")
    members = tf_config.cluster_to_train_in() if trains else None
    if members:
        # TensorFlow warns of each call that a session of several tasks gave up as no longer needed.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    _import_tensorflow()
    route_tensorflow_log(progress, command.verbosity)
    _log_kernels()
    _set_threads(command)
    verb = modes.MODES[command.mode]
    if members and not members.is_chief:
        verb = functools.partial(cluster_modes.run, members)
    if not command.dry_run:
        return verb(command, arguments, progress)
    from cnn_mnist.cli import dry_run

    with unfinished.folder(tempfile.gettempdir(), "cnn_mnist_dry_run_") as folder:
        status = verb(dry_run.for_dry_run(command, folder), arguments, progress)
    progress.say("Dry run: nothing was kept")
    return status


def _import_tensorflow() -> None:
    """Imports TensorFlow, which takes seconds, so only when there is work.

    Garbage collection finds nothing during the import and takes a fifth of its time, so it is
    off meanwhile. `freeze` keeps it from looking through the imported objects later.
    """
    gc.disable()
    try:
        from cnn_mnist import tf_compat  # noqa: F401
    finally:
        gc.enable()
        gc.freeze()


def _log_kernels() -> None:
    from cnn_mnist.tf_compat import KERNELS, tf

    tf.logging.info("Kernels: %s", KERNELS)


def _set_threads(command: Command) -> None:
    from cnn_mnist import estimator

    estimator.set_threads(command.config)


if __name__ == "__main__":
    run()
