"""Runs each measured command in a process of its own, with its time and memory."""

from __future__ import annotations

import dataclasses
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence


@dataclasses.dataclass(frozen=True)
class Finished:
    """A process that ended with status 0.

    Attributes:
      started: seconds since the epoch, just before it was started.
      seconds: from there to its end.
      peak_memory_mib: the most memory it held at once, without processes of its own.
      output: its standard output.
    """

    started: float
    seconds: float
    peak_memory_mib: float
    output: str


class FailedError(Exception):
    """A measured process failed; `status` is the exit status to use."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def run(
    command: Sequence[str],
    folder: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Finished:
    """Runs `command` to its end, in `folder` and with `environment` where given.

    Raises:
      FailedError: it ended with another status than 0; 2 is passed on, as bad input.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.time()
        process = subprocess.Popen(
            command, stdout=output, stderr=errors, cwd=folder, env=environment
        )
        try:
            # Unlike `wait`, it returns the memory of this one process.
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.time() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            raise _failure(command, process.returncode, errors.read())
        unit = 1 if sys.platform == "darwin" else 1024
        return Finished(started, seconds, usage.ru_maxrss * unit / 2**20, output.read())


def _failure(command: Sequence[str], status: int, errors: str) -> FailedError:
    lines = errors.strip().splitlines() or ["it said nothing"]
    if status == 2:
        return FailedError(lines[-1], 2)
    tail = "\n".join(lines[-20:])
    return FailedError(f"{shlex.join(command)} ended with status {status}:\n{tail}", 1)
