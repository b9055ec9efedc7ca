"""Checks that this Python can run the command: its version and the packages it needs.

Uses only the syntax of Python 3.7, so that an old Python can run the check.
"""

from __future__ import annotations

import importlib.util
import sys

from cnn_mnist.support import terminal

OLDEST_PYTHON = (3, 10)
PACKAGES = ("absl", "numpy", "tensorflow", "tensorflow_datasets")
"""If one of these is missing, cnn_mnist was not installed and only its source is there."""


def problem(version: tuple[int, ...] = sys.version_info[:3]) -> str | None:
    """Returns one line that says what is missing and what to do, or None if nothing is."""
    if tuple(version[:2]) < OLDEST_PYTHON:
        return (
            f"Python {version[0]}.{version[1]} is too old; Python 3.10 to 3.13 is needed, and "
            "scripts/run looks for one"
        )
    for name in PACKAGES:
        if importlib.util.find_spec(name) is None:
            return (
                f"{sys.executable} has no package {name}; in a clone, run scripts/run python -m "
                "cnn_mnist.main, which installs what is needed; elsewhere, pip install cnn-mnist"
            )
    return None


def require() -> None:
    """Prints the problem, if any, and exits with status 2, before an import fails."""
    found = problem()
    if found:
        terminal.error(f"cnn-mnist: {found}")
        sys.exit(2)
