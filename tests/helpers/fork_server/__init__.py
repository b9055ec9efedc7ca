"""The command as a process, forked from one that has imported TensorFlow already.

Importing it takes seconds of every start. `started` keeps one process that has done so; a
test then starts `[*command_line, "--mode=...", ...]` as it would start
`[sys.executable, "-m", "cnn_mnist.main", ...]`. That is `client.py`: it hands its arguments,
environment, folder and open files to the server, which forks; signals go on to the forked
process, and the client ends as that one ends.

What Python decides at its start is the server's and not the test's: the locale, `python`
flags, variables that TensorFlow reads while it is imported; nor has the forked process the
terminal of the test. Tests of those start their own.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import subprocess
import sys
import time

_HERE = pathlib.Path(__file__).resolve().parent
_PATIENCE = 120


@contextlib.contextmanager
def started(folder: pathlib.Path, environment: dict[str, str]):
    """Gives the beginning of a command line, and ends the server afterwards."""
    place = folder / "socket"
    paths = [str(_HERE.parent), *filter(None, [environment.get("PYTHONPATH")])]
    with open(folder / "log", "w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "fork_server", str(place)],
            env={**environment, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_for(place, process, folder / "log")
            yield [sys.executable, "-I", "-S", str(_HERE / "client.py"), str(place)]
        finally:
            process.kill()
            process.wait()


def _wait_for(place: pathlib.Path, process: subprocess.Popen, log: pathlib.Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not place.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"no server of forked processes: {log.read_text()}")
        time.sleep(0.05)
