"""Compiles the script and its own modules, with what Python or NumPy no longer has."""

from __future__ import annotations

import ast
import builtins
import importlib.abc
import importlib.machinery
import os
import sys
import types
from typing import Any

from cnn_mnist.tf1 import imports, python2

_TO_BYTES = "__array_to_bytes__"


def compiled(source: bytes | str, path: str, py2: bool = False) -> types.CodeType:
    """Compiles a text.

    Args:
      source: the text.
      path: its file, for errors.
      py2: whether it is Python 2.

    Raises:
      SyntaxError: the text is not Python 3.
      SettingsError: with `py2`, the text is not Python 2.
    """
    tree = python2.parsed(source, path) if py2 else ast.parse(source, path)
    setattr(builtins, _TO_BYTES, to_bytes)
    tree = ast.fix_missing_locations(_ToBytes().visit(tree))
    return compile(tree, path, "exec", dont_inherit=True)


def supply(folder: str, py2: bool = False) -> None:
    """Has modules in a folder and below it compiled by `compiled` when they are imported."""
    sys.meta_path.insert(0, _Finder(folder, py2))


def to_bytes(value: Any) -> Any:
    """Returns `value.tostring()`, or `value.tobytes()`, its new name in NumPy and `array`."""
    return value.tostring() if hasattr(value, "tostring") else value.tobytes()


class _ToBytes(ast.NodeTransformer):
    """Replaces `array.tostring()`, as writers of TFRecords have it, by a call of `to_bytes`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        function = node.func
        is_method = isinstance(function, ast.Attribute) and function.attr == "tostring"
        if not is_method or node.args or node.keywords:
            return node
        assert isinstance(function, ast.Attribute)
        call = ast.Call(ast.Name(_TO_BYTES, ast.Load()), [function.value], [])
        return ast.copy_location(call, node)


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, py2: bool) -> None:
        super().__init__(name, path)
        self._py2 = py2

    def get_code(self, fullname: str) -> types.CodeType:
        # Not from a cache, where Python keeps what it compiled itself.
        path = self.get_filename(fullname)
        return compiled(self.get_data(path), path, self._py2)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, folder: str, py2: bool) -> None:
        self._folder = os.path.join(folder, "")
        self._py2 = py2

    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        del target
        places = [self._folder] if path is None else list(path)
        if not all(os.path.join(place, "").startswith(self._folder) for place in places):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, places)
        if spec is None or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            return None
        if imports.is_of_a_library(spec.loader.path):
            return None
        spec.loader = _Loader(fullname, spec.loader.path, self._py2)
        return spec
