"""Commands in a shell: what they are called, how their words are quoted, how one takes over."""

from __future__ import annotations

import os
import pathlib
import re
import signal
from collections.abc import Sequence

import cnn_mnist

_ROOT = pathlib.Path(cnn_mnist.__file__).resolve().parents[1]

CLONE = _ROOT if (_ROOT / "scripts" / "run").is_file() else None
"""The clone's folder, or None where the package is installed without one."""

MAIN = "scripts/run python -m cnn_mnist.main" if CLONE else "python -m cnn_mnist.main"
"""The command that trains and exports."""


def name_of(script: str, module: str) -> str:
    """Returns what a command is called: in a clone by its script, else by its module."""
    return f"scripts/{script}" if CLONE else f"python -m {module}"


def quoted(text: str) -> str:
    """Returns a word as bash reads it, always on one line."""
    if not text.isprintable():
        return "$'" + "".join(map(_escaped, os.fsencode(text))) + "'"
    return re.sub(r"([^\w@%+=:,./-])", r"\\\1", text) or "''"


def _escaped(byte: int) -> str:
    return chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\{byte:03o}"


def die_by_ctrl_c() -> None:
    """Lets Ctrl-C end this process as it ends a shell script, without a traceback."""
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def replace_process(command: Sequence[str]) -> None:
    """Runs a command, found on PATH, in place of this process.

    Raises:
      OSError: it cannot be run.
    """
    # Python ignores these, and a command inherits what is ignored.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.execvp(command[0], list(command))
