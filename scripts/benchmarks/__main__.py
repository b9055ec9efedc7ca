"""The command scripts/benchmark: measures this project and its peers.

This process does not import TensorFlow: its children would inherit its peak of memory.
"""

from __future__ import annotations

import pathlib
import signal
import sys
from typing import Any

# Run as a folder, `benchmarks` is on the search path itself; as a package it has to be found.
sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])

from benchmarks.command import main  # noqa: E402


def _exit_on(number: int, frame: Any) -> None:
    """Ends like an error, so that processes are stopped and the folder is removed."""
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _exit_on)
    sys.exit(main(sys.argv[1:]))
