"""Whether this Python can run the command: its version, and the packages that it needs.

Kept to what Python 3.7 reads, so that an old one gets as far as the check.
"""

from __future__ import annotations

import importlib.util
import sys

OLDEST_PYTHON = (3, 10)
PACKAGES = ("absl", "numpy", "tensorflow", "tensorflow_datasets")
"""One missing means that the package was not installed, but only its source is there."""


def problem(version: tuple[int, ...] = sys.version_info[:3]) -> str | None:
    """Returns in one line what is missing and what to do, or None where nothing is."""
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
    """Ends the process with the problem and status 2, before an import fails with a traceback."""
    found = problem()
    if found:
        print(f"cnn-mnist: {found}", file=sys.stderr)
        sys.exit(2)
