"""Shell commands: their names, quoting, Ctrl-C, and running one in place of this process."""

from __future__ import annotations

import os
import pathlib
import re
import signal
from collections.abc import Sequence

import cnn_mnist

_ROOT = pathlib.Path(cnn_mnist.__file__).resolve().parents[1]

CLONE = _ROOT if (_ROOT / "scripts" / "run").is_file() else None
"""The clone's folder, or None if the package was installed without one."""

MAIN = "scripts/run python -m cnn_mnist.main" if CLONE else "python -m cnn_mnist.main"
"""The command that trains and exports."""


def name_of(script: str, module: str) -> str:
    """Returns the command that the user types: the script in a clone, else the module."""
    return f"scripts/{script}" if CLONE else f"python -m {module}"


def quoted(text: str) -> str:
    """Quotes a word for bash, always on one line."""
    if not text.isprintable():
        return "$'" + "".join(map(_escaped, os.fsencode(text))) + "'"
    return re.sub(r"([^\w@%+=:,./-])", r"\\\1", text) or "''"


def _escaped(byte: int) -> str:
    return chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\{byte:03o}"


def die_by_ctrl_c() -> None:
    """Makes Ctrl-C end this process without a traceback, as it ends a shell script."""
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def replace_process(command: Sequence[str]) -> None:
    """Runs a command, found on PATH, in place of this process.

    Raises:
      OSError: the command cannot be run.
    """
    # Python ignores these signals, and the command would inherit that.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.execvp(command[0], list(command))
