"""The table of TensorFlow 1's names that today's TensorFlow lacks, and what stands in for them.

A module of this package has the rows of one family. Names are written as scripts write them, with
`tf` for `tensorflow`. A name that is in no row, but in `tensorflow.compat.v1`, is taken from there.
"""

from __future__ import annotations

import functools

from cnn_mnist.tf1.names import aliases, contrib, examples, internals
from cnn_mnist.tf1.names.row import Name

__all__ = [
    "ROWS",
    "TABLE",
    "Name",
    "family_of",
    "find",
    "import_name",
    "is_module",
    "is_public_module",
    "modules",
    "old_name",
]

ROWS: tuple[Name, ...] = (*aliases.ROWS, *contrib.ROWS, *examples.ROWS, *internals.ROWS)
TABLE: dict[str, Name] = {row.old: row.as_installed() for row in ROWS}


def old_name(import_name: str) -> str:
    """Returns `tf.contrib.rnn` for `tensorflow.contrib.rnn`."""
    return "tf" + import_name.removeprefix("tensorflow")


def import_name(old: str) -> str:
    """Returns `tensorflow.contrib.rnn` for `tf.contrib.rnn`."""
    return "tensorflow" + old.removeprefix("tf")


@functools.cache
def modules() -> frozenset[str]:
    """Returns the old names of all modules that hold a name of the table."""
    found = set()
    for old in TABLE:
        parts = old.split(".")
        found |= {".".join(parts[:length]) for length in range(1, len(parts))}
    return frozenset(found)


def find(old: str) -> Name | None:
    """Returns the row for an old name, such as `tf.contrib.layers.flatten`, or None.

    A name below a refused one, such as `tf.contrib.tpu.TPUConfig`, is refused in the same words.
    """
    for name in _spellings(old):
        if name in TABLE:
            return TABLE[name]
        parts = name.split(".")
        for length in range(len(parts) - 1, 1, -1):
            row = TABLE.get(".".join(parts[:length]))
            if row is not None and row.refused:
                return row
    return None


def is_public_module(old: str) -> bool:
    """Returns whether this is the old name of a module that holds names of the table."""
    return any(name in modules() for name in _spellings(old))


def is_module(old: str) -> bool:
    """Returns whether a module of this old name can be imported.

    Any can whose file lay behind a family of the table: its names are looked up when they are used.
    """
    behind = ".python." in f"{old}." and family_of(old) in modules()
    return is_public_module(old) or (behind and old.rpartition(".")[2].islower())


def family_of(old: str) -> str:
    """Returns a name's family: `tf.contrib.learn` for all below it."""
    parts = old.split(".")
    return ".".join(parts[:3] if parts[:2] == ["tf", "contrib"] else parts[:2])


def _spellings(old: str) -> list[str]:
    """Returns the names that one of a file stands for, the likeliest first.

    Scripts also imported from the files behind the public names:
    `tf.contrib.learn.python.learn.learn_runner.run` is `tf.contrib.learn.learn_runner.run`.
    """
    found = [old]
    family, private, rest = old.partition(".python.")
    if private and family == family_of(old):
        parts = rest.split(".")
        found += [".".join([family, *parts[start:]]) for start in range(len(parts))]
    return found
