"""Functions and small classes of `tf.contrib.eager`."""

from __future__ import annotations

import importlib
from typing import Any

from cnn_mnist.tf_compat import tf


def iterator(dataset: Any) -> Any:
    """Returns an iterator over a dataset, with `next` and `get_next`."""
    return iter(dataset)


def list_devices() -> list[str]:
    """Returns the full names of the devices."""
    names: list[str] = (
        importlib.import_module("tensorflow.python.eager.context").context().devices()
    )
    return names


def get_optimizer_variables(optimizer: Any) -> list[Any]:
    """Returns the variables that an optimizer has made."""
    variables: list[Any] = optimizer.variables()
    return variables


def run(main: Any = None, argv: Any = None) -> None:
    """Switches eager execution on and does what `tf.app.run` does."""
    tf.enable_eager_execution()
    tf.app.run(main, argv)


class Saver:
    """Saves and restores variables by their names.

    Args:
      var_list: the variables, a list or a dict by name.
    """

    def __init__(self, var_list: Any) -> None:
        self._saver = tf.train.Saver(var_list)

    def save(self, file_prefix: str, global_step: Any = None) -> str:
        """Writes a checkpoint, and returns its name."""
        name: str = self._saver.save(None, file_prefix, global_step=global_step)
        return name

    def restore(self, file_prefix: str) -> None:
        """Sets the variables to what a checkpoint holds."""
        self._saver.restore(None, file_prefix)
