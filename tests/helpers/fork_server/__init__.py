"""Runs the command in a process forked from one that has already imported TensorFlow.

Importing TensorFlow takes seconds at every start. `started` keeps one process that has imported
it; a test then starts `[*command_line, "--mode=...", ...]` as it would start
`[sys.executable, "-m", "cnn_mnist.main", ...]`. The first words run `client.py`, which passes its
arguments, environment, folder and open files to the server. The server forks; the client passes
signals on to the forked process, and ends as that process ends.

The forked process has the server's locale, `python` flags, and variables that TensorFlow reads
while it is imported, not the test's; nor has it the test's terminal. Tests of those start Python
themselves.
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
def started(
    folder: pathlib.Path,
    environment: dict[str, str],
    *preloaded: str,
    command: str = "cnn_mnist.main",
):
    """Yields the first words of the command line, and stops the server afterwards.

    Args:
      folder: for the server's socket and log.
      environment: of the server.
      preloaded: the modules to import before the first fork; none for `PRELOADED` of the server.
      command: the module whose `run` a forked process calls.
    """
    place = folder / "socket"
    paths = [str(_HERE.parent), *filter(None, [environment.get("PYTHONPATH")])]
    with open(folder / "log", "w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "fork_server", str(place), command, *preloaded],
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
            raise RuntimeError(f"the fork server did not start: {log.read_text()}")
        time.sleep(0.05)
