"""Reads one file of a script for the names of TensorFlow 1 in it."""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import os
import sys
import types
from collections.abc import Iterator
from typing import Any

from cnn_mnist import tf_compat
from cnn_mnist.tf1 import imports, modules, names, python2_names
from cnn_mnist.tf1.findings import Findings, Problem
from cnn_mnist.tf1.names.row import Name

PY2 = "--py2"

# Packages that are installed under another name than they are imported by.
_INSTALLED_AS = {
    "cv2": "opencv-python",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
# Errors whose handlers show that a script expects a name to be missing.
_EXPECTED = {"ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException"}


class Reader(ast.NodeVisitor):
    """Collects the problems of one file.

    Args:
      path: the file.
      folder: the first entry of `sys.path`.
      findings: what is added to.
      tree: the file's tree.
    """

    def __init__(self, path: str, folder: str, findings: Findings, tree: ast.Module) -> None:
        self.own_modules: list[str] = []
        self._path, self._folder, self._findings = path, folder, findings
        # What a name stands for in each scope: a name of TensorFlow 1, or None for all else.
        self._scopes: list[dict[str, str | None]] = [{}]
        self._expected = 0
        self._bound = set(_bound_by(tree))
        # Attributes that the script gives to TensorFlow's modules itself.
        self._assigned: set[str] = set()

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if _is_tensorflow(alias.name):
                old = names.old_name(alias.name)
                self._bind(alias.asname or "tensorflow", old if alias.asname else "tf")
                self._use(old, node)
            else:
                self._bind(alias.asname or alias.name.split(".")[0], None)
                self._import(alias.name, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        for alias in node.names:
            if node.level or not _is_tensorflow(module):
                self._bind(alias.asname or alias.name, None)
                if node.level:
                    self._import_near(node.level, f"{module}.{alias.name}".strip("."))
                else:
                    self._import(f"{module}.{alias.name}", node)
                continue
            old = (
                names.old_name(module)
                if alias.name == "*"
                else f"{names.old_name(module)}.{alias.name}"
            )
            self._bind(alias.asname or alias.name, old)
            self._use(old, node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        old = self._old_name(node)
        if old is not None and not isinstance(node.ctx, ast.Load):
            self._assigned.add(old)
        elif old is None:
            if node.attr in python2_names.METHODS and not _is_six(node.value):
                self._problem(node, f".{node.attr}", "Python 3 does not have this", PY2)
            self.generic_visit(node)
        else:
            self._use(old, node)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._bind(node.id, None)
        elif node.id in python2_names.BUILTINS and node.id not in self._bound:
            self._problem(node, node.id, "Python 3 does not have this", PY2)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Follows `slim = tf.contrib.slim`."""
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)
        old = self._old_name(node.value)
        if old is not None and _names_module(old) and isinstance(node.targets[0], ast.Name):
            self._bind(node.targets[0].id, old)

    def visit_FunctionDef(self, node: Any) -> None:
        self._bind(node.name, None)
        for each in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults):
            if each is not None:
                self.visit(each)
        self._inside(node.args, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._inside(node.args, [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node.name, None)
        for each in (*node.decorator_list, *node.bases):
            self.visit(each)
        self._inside(None, node.body)

    def visit_Try(self, node: ast.Try) -> None:
        expected = any(map(_expects, node.handlers))
        self._expected += expected
        self._visit_all(node.body)
        self._expected -= expected
        self._visit_all([*node.handlers, *node.orelse, *node.finalbody])

    def visit_If(self, node: ast.If) -> None:
        asked = any(
            getattr(part, "id", getattr(part, "attr", "")) in ("hasattr", "__version__", "VERSION")
            for part in ast.walk(node.test)
        )
        self._expected += asked
        self.generic_visit(node)
        self._expected -= asked

    def _inside(self, arguments: ast.arguments | None, body: list[Any]) -> None:
        self._scopes.append({})
        for argument in ast.walk(arguments) if arguments else ():
            if isinstance(argument, ast.arg):
                self._bind(argument.arg, None)
        self._visit_all(body)
        self._scopes.pop()

    def _visit_all(self, nodes: list[Any]) -> None:
        for node in nodes:
            self.visit(node)

    def _bind(self, name: str, old: str | None) -> None:
        self._scopes[-1][name] = old

    def _old_name(self, node: ast.AST) -> str | None:
        """Returns the name of TensorFlow 1 that an expression such as `tf.nn.relu` stands for."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        scope = next((s for s in reversed(self._scopes) if node.id in s), {})
        root = scope.get(node.id)
        return ".".join([root, *parts]) if root else None

    def _use(self, old: str, node: ast.AST) -> None:
        if any(f"{old}.".startswith(f"{name}.") for name in self._assigned):
            return
        row = row_of(old)
        if row is None:
            return
        if row.refused:
            self._problem(node, old, row.refused, row.instead)
        else:
            self._findings.supplied[row.old] = row

    def _import(self, name: str, node: ast.AST) -> None:
        """Follows an import of one of the script's own modules; others have to be installed."""
        top = name.split(".")[0]
        if self._own(self._folder, name):
            return
        if top in sys.builtin_module_names or _is_installed(top):
            return
        if top in python2_names.MODULES:
            self._problem(node, top, "Python 3 does not have this module", PY2)
        else:
            package = _INSTALLED_AS.get(top, top)
            reason = f"this module is not installed: pip install {package}"
            self._problem(node, top, reason, "")

    def _import_near(self, level: int, name: str) -> None:
        folder = os.path.dirname(os.path.abspath(self._path))
        for _ in range(level - 1):
            folder = os.path.dirname(folder)
        self._own(folder, name)

    def _own(self, folder: str, name: str) -> bool:
        """Notes the files of a module and of the packages around it, if they are in the folder."""
        found = False
        for path in _files_of(folder, name):
            found = True
            if path.endswith(".py") and not imports.is_of_a_library(path):
                self.own_modules.append(path)
        return found

    def _problem(self, node: Any, name: str, reason: str, instead: str) -> None:
        if not self._expected:
            problem = Problem(self._path, node.lineno, name, reason, instead)
            self._findings.problems.add(problem)


def _bound_by(tree: ast.Module) -> Iterator[str]:
    """Yields the names that a file binds, in any scope."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.asname or node.name
        elif isinstance(node, ast.arg):
            yield node.arg


def _files_of(folder: str, name: str) -> Iterator[str]:
    places = [folder]
    for part in name.split("."):
        spec = importlib.machinery.PathFinder.find_spec(part, places)
        if spec is None:
            return
        yield spec.origin or ""
        if not spec.submodule_search_locations:
            return
        places = list(spec.submodule_search_locations)


def _is_installed(top: str) -> bool:
    try:
        return importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False


def _is_six(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "six"


def _is_tensorflow(module: str) -> bool:
    return module.split(".")[0] == "tensorflow"


def _names_module(old: str) -> bool:
    value: Any = tf_compat.tf
    for part in old.split(".")[1:]:
        value = getattr(value, part, None)
    return isinstance(value, types.ModuleType) or names.is_public_module(old)


def _expects(handler: ast.ExceptHandler) -> bool:
    """Returns whether a handler is for a name that is missing."""
    if handler.type is None:
        return True
    caught = (getattr(n, "id", getattr(n, "attr", "")) for n in ast.walk(handler.type))
    return not _EXPECTED.isdisjoint(caught)


def row_of(old: str) -> Name | None:
    """Returns the row that supplies or refuses an old name; None if today's API has it itself."""
    today: Any = tf_compat.tf
    name, *parts = old.split(".")
    for part in parts:
        name = f"{name}.{part}"
        row = names.find(name)
        if row is not None:
            return row
        if name.removeprefix("tf.") in modules.OF_THE_PACKAGE:
            return _row_of_file(old)
        below = getattr(today, part, None)
        is_module = isinstance(below, types.ModuleType)
        if not is_module and not names.is_module(name):
            if part.startswith("__") or (today is not None and hasattr(today, part)):
                return None
            return Name(name, refused=modules.missing_reason(name))
        today = below if is_module else None
    return None


def _row_of_file(old: str) -> Name | None:
    """Does the same as `row_of` for a name in one of TensorFlow's own files."""
    value: Any = sys.modules["tensorflow"]
    path = "tensorflow"
    for part in old.split(".")[1:]:
        path = f"{path}.{part}"
        row = names.TABLE.get(names.old_name(path))
        if row is not None:
            return row
        if not hasattr(value, part):
            try:
                importlib.import_module(path)
            except ImportError:
                return Name(old, refused=f"today's TensorFlow has no {path}")
        value = getattr(value, part, None) or sys.modules[path]
        if not isinstance(value, types.ModuleType):
            return None
    return None
