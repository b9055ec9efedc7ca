"""Whether this is a clone of the repository, and what the commands are called."""

from __future__ import annotations

import pathlib

_ROOT = pathlib.Path(__file__).resolve().parents[2]

CLONE = _ROOT if (_ROOT / "scripts" / "web").is_file() else None
"""The clone's folder, or None where the package is installed without one."""

PROGRAM = "scripts/web" if CLONE else "python -m cnn_mnist.web"
"""This command."""

MAIN = "scripts/run python -m cnn_mnist.main" if CLONE else "python -m cnn_mnist.main"
"""The command that trains and exports."""
