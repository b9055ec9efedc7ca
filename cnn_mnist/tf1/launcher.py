"""Runs a script in this process, as Python would run it, with TensorFlow 1 in place."""

from __future__ import annotations

import dataclasses
import importlib.machinery
import importlib.util
import logging
import os
import re
import sys
import types
import warnings
from collections.abc import Sequence

from cnn_mnist import tf_compat
from cnn_mnist.errors import SettingsError
from cnn_mnist.tf1 import (
    argument_orders,
    compiling,
    flags,
    imports,
    internals,
    numpy_names,
    placement,
    random_seeds,
    resuming,
    supplied,
)


@dataclasses.dataclass(frozen=True)
class Program:
    """What is run: a file, or a module as with Python's `-m`.

    Attributes:
      path: the file.
      source: its text.
      folder: the first entry of `sys.path`.
      module: the dotted name of a module, else None.
    """

    path: str
    source: bytes
    folder: str
    module: importlib.machinery.ModuleSpec | None = None


def script(path: str) -> Program:
    """Reads a script.

    Raises:
      SettingsError: there is no such file, or it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    return Program(path, source, os.path.dirname(os.path.realpath(path)))


def module(name: str) -> Program:
    """Finds a module, or the `__main__` of a package, in the current folder or installed.

    Raises:
      SettingsError: there is no such module, or it is not Python.
    """
    folder = os.getcwd()
    sys.path.insert(0, folder)
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
            if spec is None:
                raise SettingsError(f"-m {name}: this package has no __main__.py to run")
    except ModuleNotFoundError:
        spec = None
    finally:
        sys.path.remove(folder)
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        raise SettingsError(f"-m {name}: there is no such module here or among those installed")
    return dataclasses.replace(script(spec.origin), folder=folder, module=spec)


def run(
    program: Program,
    arguments: Sequence[str],
    tf1_packages: Sequence[str] = (),
    py2: bool = False,
) -> None:
    """Runs a program to its end; what it raises passes through, without the frames of this room.

    Args:
      program: from `script` or `module`.
      arguments: the program's own.
      tf1_packages: see `imports.supply`.
      py2: whether it and its own modules are Python 2.
    """
    _hide_deprecations()
    tf_compat.tf.disable_v2_behavior()
    numpy_names.supply()
    flags.supply()
    placement.supply()
    argument_orders.supply()
    random_seeds.supply()
    resuming.supply()
    if program.module is not None:
        tf1_packages = (*tf1_packages, program.module.name.split(".")[0])
    imports.supply(tf1_packages)
    internals.supply()
    sys.argv = [program.path, *arguments]
    # The first is the folder of this command.
    sys.path[0] = program.folder
    sys.excepthook = _print_the_scripts_frames
    main = _main_module(program)
    compiling.supply(program.folder, py2)
    code = compiling.compiled(program.source, program.path, py2)
    try:
        exec(code, main.__dict__)
    finally:
        sys.stdout.flush()
        supplied.say(supplied.summary())


def _hide_deprecations() -> None:
    """Hides what TensorFlow and tf_keras say of their version 1 API, almost at every call."""
    warnings.filterwarnings("ignore", message=r"`tf\.(layers|nn\.rnn_cell)\.")
    logging.getLogger("tensorflow").addFilter(
        lambda record: not re.search("Instructions for updating|is deprecated", str(record.msg))
    )


def _main_module(program: Program) -> types.ModuleType:
    main = types.ModuleType("__main__")
    main.__file__ = program.path
    main.__builtins__ = __builtins__  # type: ignore[attr-defined]
    main.__spec__ = program.module
    main.__package__ = program.module.parent if program.module else None
    sys.modules["__main__"] = main
    return main


def _print_the_scripts_frames(
    kind: type[BaseException], error: BaseException, trace: types.TracebackType | None
) -> None:
    """Prints an error as Python does, from the script's own first frame on."""
    shown = trace
    while shown is not None and shown.tb_frame.f_code is not run.__code__:
        shown = shown.tb_next
    # Python prints the frames that the error holds, not those that a hook is given.
    error.with_traceback(shown.tb_next if shown else trace)
    sys.__excepthook__(kind, error, error.__traceback__)
