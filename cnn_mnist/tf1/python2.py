"""Takes source text for Python 2: its syntax, its names, and its division of whole numbers."""

from __future__ import annotations

import ast
import builtins
import functools
import importlib
import io
import sys
import tokenize
import warnings
from typing import Any

import numpy as np

from cnn_mnist.errors import InstallationError, SettingsError
from cnn_mnist.tf_compat import tf

_DIVIDE = "__divide_as_python_2__"


@functools.cache
def converted(source: bytes | str, path: str) -> str:
    """Returns the text in Python 3, by lib2to3; the lines keep their numbers as far as it can.

    Raises:
      SettingsError: the text is not Python 2.
      InstallationError: this Python has no lib2to3, and its copy fissix is not installed.
    """
    tool, errors = _tool()
    text = _decoded(source) if isinstance(source, bytes) else source
    # A file of Windows, or without a last line break, is not in lib2to3's grammar.
    text = text.replace("\r\n", "\n").removesuffix("\n") + "\n"
    try:
        return str(tool.refactor_string(text, path))
    except errors as error:
        raise SettingsError(f"{path} is not Python 2: {error}") from error


def parsed(source: bytes | str, path: str) -> ast.Module:
    """Parses text of Python 2, in which `/` of two whole numbers gives a whole number.

    Raises:
      SettingsError: the text is not Python 2, or its translation is not Python 3.
    """
    text = converted(source, path)
    try:
        tree = ast.parse(text, path)
    except SyntaxError as error:
        raise SettingsError(
            f"{path}:{error.lineno}: its translation to Python 3 fails: {error.msg}"
        ) from error
    if not _divides_truly(tree):
        setattr(builtins, _DIVIDE, divide)
        tree = _Division().visit(tree)
    return tree


def divide(left: Any, right: Any) -> Any:
    """Divides as `/` of Python 2 did: whole numbers, also in arrays and tensors, downwards."""
    return left // right if _is_whole(left) and _is_whole(right) else left / right


def _decoded(source: bytes) -> str:
    """Returns text in the encoding that its first lines name, such as `coding: euc-kr`."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        return source.decode(encoding)
    except (SyntaxError, UnicodeDecodeError):
        return source.decode("latin-1")


def _is_whole(value: Any) -> bool:
    if isinstance(value, (tf.Tensor, tf.Variable)):
        return value.dtype.is_integer
    if isinstance(value, (np.ndarray, np.generic)):
        return np.issubdtype(value.dtype, np.integer)
    return isinstance(value, int)


def _divides_truly(tree: ast.Module) -> bool:
    futures = [n for n in tree.body if isinstance(n, ast.ImportFrom) and n.module == "__future__"]
    return any(alias.name == "division" for future in futures for alias in future.names)


class _Division(ast.NodeTransformer):
    """Replaces `a / b` by a call of `divide`; `a /= b` becomes `a = divide(a, b)` for a name."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        return ast.copy_location(_call(node.left, node.right), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div) or not isinstance(node.target, ast.Name):
            return node
        left = ast.Name(node.target.id, ast.Load())
        return ast.copy_location(ast.Assign([node.target], _call(left, node.value)), node)


def _call(left: ast.expr, right: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(_DIVIDE, ast.Load()), [left, right], [])


@functools.cache
def _tool() -> tuple[Any, tuple[type[Exception], ...]]:
    for package in ("lib2to3", "fissix"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                refactor = importlib.import_module(f"{package}.refactor")
                pgen2 = importlib.import_module(f"{package}.pgen2.driver")
        except ImportError:
            continue
        fixers = refactor.get_fixers_from_package(f"{package}.fixes")
        # It would remove the line that says how to divide.
        fixers.remove(f"{package}.fixes.fix_future")
        errors = (pgen2.parse.ParseError, pgen2.tokenize.TokenError, SyntaxError, ValueError)
        return refactor.RefactoringTool(fixers), errors
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    raise InstallationError(
        f"--py2 needs lib2to3, which Python {version} does not have, or its copy fissix: "
        "pip install 'cnn-mnist[tf1]', or use Python 3.12 or earlier"
    )
