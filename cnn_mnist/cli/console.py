"""The command and its terminal: what is printed and how, which errors are one line, SIGTERM."""

from __future__ import annotations

import errno
import io
import logging
import os
import signal
import sys
from types import FrameType

from cnn_mnist.support import progress
from cnn_mnist.support.progress import Progress

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


def say_what_can_be_said() -> None:
    """In a locale of plain C, and of a path that is no text, `?` stands for the rest."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def failed_file(error: OSError) -> int:
    """A full disk, a folder that went away: whatever file it was, the system says it best."""
    if error.errno not in _OF_THE_PLACE:
        raise error
    place = f"{os.fsdecode(error.filename)} " if error.filename else ""
    print(f"cnn-mnist: {place}cannot be used: {error.strerror}", file=sys.stderr)
    return 2


class Terminated(KeyboardInterrupt):
    """SIGTERM, where no training is there to hear it."""


def terminated(number: int, frame: FrameType | None) -> None:
    """Handles SIGTERM: the first ends the command in order, a second one at once."""
    signal.signal(number, signal.SIG_DFL)
    raise Terminated


def route_tensorflow_log(told: Progress, verbosity: str) -> None:
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
