"""Another Python process beside a test, which has said that it is ready."""

from __future__ import annotations

import contextlib
import subprocess
import sys


@contextlib.contextmanager
def running(code, argument, ready, environment):
    """Gives a process that runs some code, once it printed the line `ready`; ends it after."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, argument],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        assert process.stdout.readline() == f"{ready}\n"
        yield process
    finally:
        process.kill()
        process.wait()
