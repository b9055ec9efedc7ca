"""Who sees TensorFlow 1: the script and its own modules, and no installed library.

Libraries such as TensorFlow Datasets import `tensorflow` too, and need today's. `sys.modules` has
that one. An `import tensorflow` in the script's own files gives `modules.tensorflow()` instead.
"""

from __future__ import annotations

import builtins
import functools
import importlib.abc
import importlib.machinery
import importlib.util
import os
import site
import sys
import sysconfig
import types
from collections.abc import Sequence
from typing import Any

import cnn_mnist
from cnn_mnist.tf1 import modules, names, supplied

# Below `tensorflow` these are imported as they are. Others may be of the version 1 API.
_FILES = ("contrib", "examples", *modules.OF_THE_PACKAGE)


class _OldModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds `tensorflow.contrib` and other modules that TensorFlow no longer has.

    It is the last finder, and so finds none that TensorFlow does have.
    """

    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        old = names.old_name(fullname)
        if not fullname.startswith("tensorflow.") or old == "tf.python":
            return None
        row = names.find(old)
        if row is not None and row.refused:
            raise ImportError(supplied.refusal(old, row), name=fullname)
        if not names.is_module(old):
            return None
        return importlib.util.spec_from_loader(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return modules.OldModule(names.old_name(spec.name))

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def supply(tf1_packages: Sequence[str] = ()) -> None:
    """Gives TensorFlow 1 to all files that are not of an installed library.

    Args:
      tf1_packages: installed packages that were written for TensorFlow 1 and get it too.
    """
    sys.meta_path.append(_OldModules())
    import_before = builtins.__import__

    def import_for_scripts(
        name: str,
        globals: Any = None,
        locals: Any = None,
        fromlist: Any = (),
        level: int = 0,
    ) -> Any:
        if level or not f"{name}.".startswith("tensorflow.") or not _is_old(globals, tf1_packages):
            return import_before(name, globals, locals, fromlist, level)
        if fromlist:
            found = _of_the_api(name)
            return found or import_before(name, globals, locals, fromlist, level)
        if name != "tensorflow" and _of_the_api(name) is None:
            import_before(name, globals, locals, fromlist, level)
        return modules.tensorflow()

    builtins.__import__ = import_for_scripts


def _of_the_api(name: str) -> types.ModuleType | None:
    """Returns a module such as `tensorflow.keras.layers` as the version 1 API has it, or None."""
    parts = name.split(".")[1:]
    if parts and parts[0] in _FILES:
        return None
    found: Any = modules.tensorflow()
    for part in parts:
        found = getattr(found, part, None)
    return found if isinstance(found, types.ModuleType) else None


def _is_old(globals: Any, tf1_packages: Sequence[str]) -> bool:
    """Returns whether the code with these globals was written for TensorFlow 1."""
    globals = globals or {}
    if str(globals.get("__name__", "")).split(".")[0] in tf1_packages:
        return True
    file = globals.get("__file__") or ""
    return not is_of_a_library(file)


@functools.cache
def is_of_a_library(file: str) -> bool:
    """Returns whether a file belongs to Python, to an installed package, or to this one."""
    return os.path.abspath(file).startswith(_library_folders())


@functools.cache
def _library_folders() -> tuple[str, ...]:
    installed = {sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")}
    installed |= {*site.getsitepackages(), site.getusersitepackages()}
    installed.add(os.path.dirname(cnn_mnist.__file__))
    return tuple(sorted(os.path.join(os.path.abspath(folder), "") for folder in installed))
