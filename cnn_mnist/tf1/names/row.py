"""One row of the table of old names."""

from __future__ import annotations

import dataclasses
import importlib.util

# The packages that a stand-in can need, and how to install them.
PACKAGES = {
    "tf_slim": ("tf-slim", "pip install 'cnn-mnist[tf1]'"),
    "scipy": ("SciPy", "pip install scipy"),
}


@dataclasses.dataclass(frozen=True)
class Name:
    """An old name, and what stands in for it or why nothing does.

    Attributes:
      old: as in scripts, such as `tf.contrib.layers.flatten`.
      stand_in: where it is, as `package.module:attribute`; a name that begins with `tf.` is one of
        `tensorflow.compat.v1`, such as `tf.nn.rnn_cell.GRUCell`.
      differs: how its results or its behaviour differ from those of TensorFlow 1, if they do.
      refused: why it cannot be supplied, if it cannot.
      instead: what to use instead of a refused name.
      gone: the version of TensorFlow that no longer has it.
      needs: a package that the stand-in imports and that may be missing, such as `tf_slim`.
    """

    old: str
    stand_in: str = ""
    differs: str = ""
    refused: str = ""
    instead: str = ""
    gone: str = "2.0"
    needs: str = ""

    def __post_init__(self) -> None:
        assert bool(self.stand_in) != bool(self.refused), f"{self.old}: a stand-in or a refusal"

    def why_refused(self) -> str:
        """Returns the reason of a refusal and what to use instead; empty for a supplied name."""
        return with_substitute(self.refused, self.instead) if self.refused else ""

    def as_installed(self) -> Name:
        """Returns the row, or a refusal if the package that it needs is missing."""
        if not self.needs or importlib.util.find_spec(self.needs):
            return self
        package, command = PACKAGES[self.needs]
        reason = f"it needs {package}, which is not installed: {command}"
        return dataclasses.replace(self, stand_in="", refused=reason)


def with_substitute(reason: str, instead: str) -> str:
    """Returns a reason and, if there is one, what to use instead."""
    return f"{reason}; use {instead}" if instead else reason


def same(old: str, stand_in: str, names: str, gone: str = "2.0") -> list[Name]:
    """Returns rows for names that are the same in an old module and in another one.

    Args:
      old: the old module, such as `tf.contrib.rnn`.
      stand_in: the other one: `tf.nn.rnn_cell`, or `package.module` of this package.
      names: the names, separated by spaces.
      gone: see `Name`.
    """
    mark = "." if stand_in == "tf" or stand_in.startswith("tf.") else ":"
    return [Name(f"{old}.{name}", f"{stand_in}{mark}{name}", gone=gone) for name in names.split()]


def refused(old: str, names: str, reason: str, instead: str = "") -> list[Name]:
    """Returns rows for names of an old module that are refused for the same reason.

    Args:
      old: the old module, such as `tf.contrib.rnn`.
      names: the names, separated by spaces.
      reason: why they cannot be supplied.
      instead: what to use instead.
    """
    return [Name(f"{old}.{name}", refused=reason, instead=instead) for name in names.split()]
