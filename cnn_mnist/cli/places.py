"""Where a mode wrote something: as text and as JSON, also after a dry run, which keeps nothing."""

from __future__ import annotations

import os

from cnn_mnist.cli.command_line import Command
from cnn_mnist.support import terminal


def kept(command: Command, path: str) -> str | None:
    """Returns an absolute path for JSON, or None after a dry run, which removes the folder."""
    return None if command.dry_run else os.path.abspath(path)


def show(command: Command, label: str, path: str) -> None:
    """Prints a line with a label and a path; after a dry run only that it works."""
    terminal.show_results(f"{label:<11} {'works' if command.dry_run else os.path.abspath(path)}")


def show_export(command: Command, exported: str) -> None:
    """Prints where the model and its export are, and how to look at them."""
    from cnn_mnist.cli import output

    if command.dry_run:
        show(command, "Export", exported)
    else:
        terminal.show_results(output.places(command.config.model_dir, exported))
