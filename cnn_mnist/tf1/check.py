"""Reads a script and its own modules, without running them, for names that cannot be supplied."""

from __future__ import annotations

import ast
import os

from cnn_mnist.errors import InstallationError, SettingsError
from cnn_mnist.tf1 import python2, source
from cnn_mnist.tf1.findings import Findings, Problem
from cnn_mnist.tf1.launcher import Program


def read(program: Program, py2: bool = False) -> Findings:
    """Reads a program and, recursively, the modules that it imports from its own folder.

    A name within `try` that has a handler for it, or behind a question for the version or with
    `hasattr`, may be missing.

    Raises:
      SettingsError: the text is not Python 2, with `py2`.
      InstallationError: as `python2.converted`.
    """
    findings = Findings()
    left = [program.path]
    # The script has a relative path, and may be imported by its modules too.
    texts: dict[str, bytes | None] = {os.path.realpath(program.path): program.source}
    seen: set[str] = set()
    while left:
        path = left.pop(0)
        whole = os.path.realpath(path)
        if whole in seen:
            continue
        seen.add(whole)
        findings.files.append(path)
        tree = _parsed(path, texts.get(whole), py2, findings)
        if tree is not None:
            reader = source.Reader(path, program.folder, findings, tree)
            reader.visit(tree)
            left += reader.own_modules
    return findings


def _parsed(path: str, text: bytes | None, py2: bool, findings: Findings) -> ast.Module | None:
    if text is None:
        with open(path, "rb") as file:
            text = file.read()
    try:
        return ast.parse(python2.converted(text, path) if py2 else text, path)
    except SyntaxError as error:
        reason = f"it is not Python 3: {error.msg}"
        line = error.lineno or 1
        instead = source.PY2 if not py2 and _is_python2(text, path) else ""
    except UnicodeDecodeError as error:
        reason, line, instead = f"it is not text: {error.reason}", 1, ""
    findings.problems.add(Problem(path, line, "the file", reason, instead))
    return None


def _is_python2(text: bytes, path: str) -> bool:
    try:
        python2.converted(text, path)
    except (SettingsError, InstallationError):
        return False
    return True
