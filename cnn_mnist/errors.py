"""Errors the user can fix; reported as one line, without a traceback.

UserError                     a ValueError; everything below it
├── SettingsError             a flag, an argument, or a field of config.json or of TF_CONFIG
├── DataError                 a data set, an image file, or class names
├── CheckpointError           no checkpoint, a damaged one, another network's, or its folder
├── ExportError               an export that cannot be written, or a model that cannot be read
├── DivergedError             the loss or a weight became NaN or infinite
├── ServerError               a model server, or an answer that does not fit the model
│   ├── ServerUnreachableError    no server at that address
│   ├── ServerTimeoutError        no answer within the time limit
│   └── ServerRefusedError        the server refuses the request, or has no such model
├── ClusterTimeoutError       another task of the cluster does not answer
├── ProcessError              a forked process, in which TensorFlow cannot compute
└── InstallationError         a package or program is missing or does not fit; an ImportError too

A message is written once, with parts such as `given(model_dir="/tmp/x")`. In `str(error)` that is
the argument, `model_dir=/tmp/x`; in `one_line(error)`, which commands print, it is the flag,
`--model_dir=/tmp/x`.
"""

from __future__ import annotations

import re
from typing import Any

from cnn_mnist.support import terminal

_TWO_WORDINGS = re.compile("\1([^\1-\3]*)\2([^\1-\3]*)\3")


def argument(name: str) -> str:
    """Returns the name of an argument for a message; commands show the flag instead."""
    return wording(name, f"--{name}")


def given(**argument_and_value: object) -> str:
    """Returns `name=value` for a message, from one argument; commands show the flag instead."""
    ((name, value),) = argument_and_value.items()
    # The characters that mark two wordings would be taken for such.
    return f"{argument(name)}={terminal.visible(str(value))}"


def wording(python: str, command: str) -> str:
    """Returns a part of a message that commands word differently."""
    return f"\1{python}\2{command}\3"


class UserError(ValueError):
    """A setting, a file or a server that the user can fix cannot be used.

    The message is one line that names the argument, file or field, the value given and the values
    allowed. The command prints `one_line` of it and exits with status 2. Control characters in a
    message are made visible, and a very long one loses its middle: both may come from a file.

    Args:
      message: may have parts from `argument`, `given` and `wording`.

    Attributes:
      both_wordings: the message as it was given, for another error's message.
    """

    def __init__(self, message: str = "") -> None:
        text = _TWO_WORDINGS.sub(r"\1", message)
        super().__init__(terminal.shortened(terminal.lines(text)))
        self.both_wordings = message


class SettingsError(UserError):
    """A flag, an argument or a stored field has a value that is not allowed."""


class DataError(UserError):
    """A data set, an image file or a file of class names cannot be used."""


class CheckpointError(UserError):
    """A `model_dir` has no usable checkpoint, cannot be written, or is being trained in."""


class ExportError(UserError):
    """An export cannot be written, or an exported model cannot be read."""


class DivergedError(UserError):
    """The loss or a weight became NaN or infinite.

    Attributes:
      step: the training step at which it was found.
      what: which value it is, such as `the loss is nan`.
      result: the `TrainResult` so far, if `train` raised the error, else None.
    """

    def __init__(self, step: int, what: str, message: str = "", result: Any = None) -> None:
        super().__init__(message or f"{what} at step {step:,}")
        self.step = step
        self.what = what
        self.result = result


class ServerError(UserError):
    """A model server cannot be used, or its answer does not fit the model."""


class ServerUnreachableError(ServerError):
    """No server answers at the address."""


class ServerTimeoutError(ServerError):
    """The server did not answer within the time limit."""


class ServerRefusedError(ServerError):
    """The server refused the request, or has no such model."""


LOST_STATUS = 138
"""The exit status of a task that waited too long for another one: it asks for a restart.

Kubeflow's TFJob starts a task again whose status is 128 or more, and leaves 138 to programs.
"""


class ClusterTimeoutError(UserError):
    """Another task of the cluster did not answer within the time limit; see `LOST_STATUS`."""


class ProcessError(UserError):
    """This process was forked from one that computed, whose threads are missing here."""


class InstallationError(UserError, ImportError):
    """A package or program is missing or does not fit; the message says what to install."""


def one_line(error: Exception | str) -> str:
    """Returns an error's message on one line, with flags for arguments, as commands print it.

    Control characters are made visible, and a very long one loses its middle.
    """
    if isinstance(error, UserError):
        error = _TWO_WORDINGS.sub(r"\2", error.both_wordings)
    return terminal.line(" ".join(str(error).split()))
