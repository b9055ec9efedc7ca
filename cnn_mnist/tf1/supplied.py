"""Which names a run was supplied with, and what it has to know of them."""

from __future__ import annotations

from cnn_mnist.support import terminal
from cnn_mnist.tf1.names.row import Name

PROGRAM = "cnn-mnist-tf1"

_used: dict[str, Name] = {}
_said: set[str] = set()


def say(line: str) -> None:
    """Prints a line about the run to stderr, where it does not mix with the script's output."""
    terminal.note(f"{PROGRAM}: {line}")


def say_once(line: str) -> None:
    """Prints a line unless the run has printed it before."""
    if line not in _said:
        _said.add(line)
        say(line)


def record(name: Name) -> None:
    """Notes that the script uses a name, and says once how it differs, if it does."""
    if name.old not in _used:
        _used[name.old] = name
        if name.differs:
            say(f"{name.old} differs: {name.differs}")


def summary() -> str:
    """Returns the line for the end of a run: the names that were supplied."""
    if not _used:
        return "no names were supplied beyond tensorflow.compat.v1 and tf.estimator"
    return f"supplied {', '.join(sorted(_used))}"


def refusal(name: str, row: Name) -> str:
    """Returns the text for a name that cannot be supplied: the reason and what to use."""
    return f"{name} cannot be supplied: {row.why_refused()}"
