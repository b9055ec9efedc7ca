"""What `check` finds in a script."""

from __future__ import annotations

import dataclasses
import os

from cnn_mnist.tf1.names.row import Name, with_substitute


@dataclasses.dataclass(frozen=True, order=True)
class Problem:
    """A name that cannot be supplied: where it is, why, and what to use instead."""

    file: str
    line: int
    name: str
    reason: str
    instead: str = ""

    def __str__(self) -> str:
        file = os.path.relpath(self.file)
        file = self.file if file.startswith(os.pardir) else file
        return f"{file}:{self.line}: {self.name}: {with_substitute(self.reason, self.instead)}"


@dataclasses.dataclass
class Findings:
    """What was found in a script and its own modules.

    Attributes:
      files: the files that were read.
      problems: what cannot be supplied.
      supplied: the rows of the table that are used.
    """

    files: list[str] = dataclasses.field(default_factory=list)
    problems: set[Problem] = dataclasses.field(default_factory=set)
    supplied: dict[str, Name] = dataclasses.field(default_factory=dict)
