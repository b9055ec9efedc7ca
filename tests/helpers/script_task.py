"""Runs a Python file with its arguments, in a process of the fork server."""

from __future__ import annotations

import os
import runpy
import sys


def run() -> None:
    """Does what `python FILE ARGUMENT...` does, whose words are the arguments."""
    sys.argv = sys.argv[1:]
    sys.path.insert(0, os.path.dirname(sys.argv[0]))
    runpy.run_path(sys.argv[0], run_name="__main__")
