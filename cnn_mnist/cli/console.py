"""The command and its terminal: what is printed and how, which errors are one line, SIGTERM."""

from __future__ import annotations

import errno
import io
import logging
import os
import signal
import sys
from types import FrameType

from cnn_mnist.support import progress, terminal
from cnn_mnist.support.progress import Progress

# Errors of the environment: reported in one line instead of a traceback.
_OF_THE_ENVIRONMENT = {
    # The disk.
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EOVERFLOW),
    # Permissions.
    *(errno.EACCES, errno.EPERM),
    # What is in the place: nothing, a file for a folder, the reverse, links in a circle.
    *(errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ELOOP),
    *(errno.ENAMETOOLONG, errno.EMLINK, errno.EXDEV, errno.EBUSY, errno.ETXTBSY),
    # A network's or a user's file system.
    *(errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN, errno.EHOSTDOWN, errno.EREMOTEIO),
    *(errno.ENXIO, errno.ENODEV, errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS),
    # What processes and the system may have.
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN),
}


def say_what_can_be_said() -> None:
    """Prints `?` for characters that the locale cannot encode, also in paths that are not text."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def drop_unwritable_output() -> None:
    """Discards output that cannot be written any more, as when the terminal was closed.

    Otherwise Python fails to write it when it ends, and exits with status 120.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is None or stream.closed:
            continue
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def failed_file(error: OSError) -> int:
    """Reports a file that cannot be used, as on a full disk, and returns the exit status.

    Raises:
      OSError: the error is not one of the environment.
    """
    if error.errno not in _OF_THE_ENVIRONMENT:
        raise error
    place = "a file"
    if isinstance(error.filename, str | bytes | os.PathLike):
        place = os.fsdecode(error.filename)
    terminal.error(f"cnn-mnist: {place} cannot be used: {error.strerror}")
    return 2


def failed_for_want_of_memory(error: MemoryError | RuntimeError) -> int:
    """Reports memory or threads that the system refuses, and returns the exit status.

    Raises:
      RuntimeError: the error is another one.
    """
    # Python has no class for a thread that cannot be started; its stack has no room.
    if isinstance(error, RuntimeError) and str(error) != "can't start new thread":
        raise error
    message = "out of memory; the same command goes on where there is more"
    if not isinstance(error, MemoryError):
        message = "out of memory or threads; the same command goes on where there is more"
    terminal.error(f"cnn-mnist: {message}")
    return 2


def failed_in_tensorflow(error: Exception) -> int:
    """Reports a file that TensorFlow cannot use, and returns the exit status.

    Raises:
      Exception: the error is another one.
    """
    if "tensorflow" not in sys.modules:
        raise error
    from cnn_mnist.model_folder import write_errors
    from cnn_mnist.tf_compat import tf

    if not isinstance(error, tf.errors.OpError) or not write_errors.is_about_writing(error):
        raise error
    terminal.error(f"cnn-mnist: a file cannot be used: {write_errors.reason_of(error)}")
    return 2


class Terminated(KeyboardInterrupt):
    """Raised by SIGTERM outside training."""


def terminated(number: int, frame: FrameType | None) -> None:
    """Handles SIGTERM: the first signal ends the command cleanly, a second one at once."""
    signal.signal(number, signal.SIG_DFL)
    raise Terminated


def route_tensorflow_log(target: Progress, verbosity: str) -> None:
    """Sends the `tensorflow` logger through `target`, so that lines and bar do not mix.

    Of its INFO lines only those pass that this package writes for the user.
    """

    class ToProgress(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            meant = isinstance(record.msg, progress.LogLine)
            if meant or record.levelno >= logging.WARNING or verbosity == "info":
                text = record.getMessage()
                for line in (text if meant else f"{record.levelname}: {text}").split("\n"):
                    target.say(line)

    logger = logging.getLogger("tensorflow")
    logger.handlers = [ToProgress()]
    logger.propagate = False
    logger.setLevel(logging.WARNING if verbosity == "quiet" else logging.INFO)
    # Retries need not be logged each time.
    logging.getLogger("urllib3").setLevel(logging.INFO if verbosity == "info" else logging.ERROR)
