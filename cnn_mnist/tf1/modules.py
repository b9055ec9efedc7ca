"""The modules that a TensorFlow 1 script sees: `tensorflow` with the version 1 API, and below it.

`tensorflow()` is what `import tensorflow as tf` gives. Its attributes come from the table of old
names, else from `tensorflow.compat.v1`. `tensorflow.contrib` and others that exist no more hold
names of the table alone.
"""

from __future__ import annotations

import functools
import importlib
import sys
import types
from typing import Any

from cnn_mnist import tf_compat
from cnn_mnist.tf1 import names, supplied
from cnn_mnist.tf1.names.row import Name

OFFERED_VERSION = "1.15.5"
"""`tf.__version__` for scripts: the last release that had the API which they see."""

# Not part of the version 1 API, but importable from it then and now.
OF_THE_PACKAGE = ("compat", "core", "python", "tools")


class OldModule(types.ModuleType):
    """A module of TensorFlow 1 whose attributes are looked up in the table of old names.

    Args:
      old: its old name, such as `tf.contrib.layers`.
      today: the module of today's version 1 API with the same name, if there is one.
    """

    def __init__(self, old: str, today: types.ModuleType | None = None) -> None:
        super().__init__(names.import_name(old), getattr(today, "__doc__", None))
        self._old = old
        self._today = today
        self.__path__: list[str] = []

    def __getattr__(self, attribute: str) -> Any:
        if self._old == "tf" and attribute in ("__version__", "VERSION"):
            return _offered_version(attribute)
        if attribute.startswith("__") and attribute.endswith("__"):
            raise AttributeError(f"module {self.__name__} has no attribute {attribute}")
        value = self._found(attribute)
        # The next look-up does not come here.
        self.__dict__[attribute] = value
        return value

    def __dir__(self) -> list[str]:
        below = {old for old in (*names.TABLE, *names.modules()) if old.startswith(f"{self._old}.")}
        found = {old.removeprefix(f"{self._old}.").split(".")[0] for old in below}
        return sorted(found | set(dir(self._today) if self._today else ()))

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        # A function that the table lacks, imported from a file behind a public name.
        raise AttributeError(missing(self._old))

    def _found(self, attribute: str) -> Any:
        old = f"{self._old}.{attribute}"
        row = names.find(old)
        if row is not None:
            return value_of(row)
        today = getattr(self._today, attribute, None)
        if names.is_public_module(old):
            return module(old, today if isinstance(today, types.ModuleType) else None)
        if today is None and not hasattr(self._today, attribute):
            raise AttributeError(missing(old))
        return today


def value_of(row: Name) -> Any:
    """Returns what stands in for a name, and records that it is used.

    Raises:
      AttributeError: the name is refused.
    """
    if row.refused:
        raise AttributeError(supplied.refusal(row.old, row))
    supplied.record(row)
    return look_up(row.stand_in)


def look_up(stand_in: str) -> Any:
    """Returns the value at `package.module:attribute`, or at a `tf.` name of the version 1 API."""
    module_name, _, path = stand_in.partition(":")
    if not path:
        return functools.reduce(getattr, stand_in.split(".")[1:], tf_compat.tf)
    return functools.reduce(getattr, path.split("."), importlib.import_module(module_name))


def missing(old: str) -> str:
    """Returns the text for a name that is neither in the table nor in today's version 1 API."""
    return f"{old} cannot be supplied: {missing_reason(old)}"


def missing_reason(old: str) -> str:
    """Returns why such a name cannot be supplied."""
    if old.startswith(("tf.contrib.", "tf.examples.")):
        return "nothing stands in for it"
    return "today's tensorflow.compat.v1 has no such name"


@functools.cache
def tensorflow() -> types.ModuleType:
    """Returns the module that a script gets from `import tensorflow`."""
    package = sys.modules["tensorflow"]
    served = OldModule("tf", tf_compat.tf)
    for attribute in ("__file__", "__path__", "__spec__", "__loader__"):
        setattr(served, attribute, getattr(package, attribute))
    for attribute in OF_THE_PACKAGE:
        if hasattr(package, attribute):
            setattr(served, attribute, getattr(package, attribute))
    return served


@functools.cache
def module(old: str, today: types.ModuleType | None = None) -> types.ModuleType:
    """Returns the module of an old name; one and the same for every import of it."""
    if today is not None:
        return OldModule(old, today)
    return importlib.import_module(names.import_name(old))


def _offered_version(attribute: str) -> str:
    supplied.say_once(
        f"tf.{attribute} is {OFFERED_VERSION}, whose API the script sees; "
        f"TensorFlow {tf_compat.tf.VERSION} runs it"
    )
    return OFFERED_VERSION
