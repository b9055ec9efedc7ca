"""One row of the table of old names."""

from __future__ import annotations

import dataclasses


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
    """

    old: str
    stand_in: str = ""
    differs: str = ""
    refused: str = ""
    instead: str = ""
    gone: str = "2.0"

    def __post_init__(self) -> None:
        assert bool(self.stand_in) != bool(self.refused), f"{self.old}: a stand-in or a refusal"


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
