"""Runs the TensorFlow 1 scripts of tests/tf1/scripts by the launcher, as a user does."""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import functools
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import fork_server
from places import REPOSITORY

FOLDER = REPOSITORY / "tests" / "tf1" / "scripts"


@dataclasses.dataclass(frozen=True)
class Script:
    """A script, and what it must print.

    Attributes:
      name: the file.
      at_least: for each text, such as `accuracy`, the least that the last number behind it may be.
      at_most: for each text, the most that it may be.
      lines: lines that it prints.
      supplied: old names that the last line of the launcher must list.
      arguments: of the script.
      flags: of the launcher.
    """

    name: str
    at_least: dict[str, float] = dataclasses.field(default_factory=dict)
    at_most: dict[str, float] = dataclasses.field(default_factory=dict)
    lines: tuple[str, ...] = ()
    supplied: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


@functools.cache
def _launcher() -> list[str]:
    """Returns the first words of the launcher's command, without the time to import TensorFlow."""
    folder = pathlib.Path(tempfile.mkdtemp())
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environment["PYTHONPATH"] = str(REPOSITORY)
    ending = contextlib.ExitStack()
    atexit.register(shutil.rmtree, folder)
    atexit.register(ending.close)
    estimator = "tensorflow_estimator.python.estimator.estimator"
    preloaded = ("cnn_mnist.tf1.check", "cnn_mnist.tf1.launcher", "tf_keras", estimator)
    preloaded = tuple(name for name in preloaded if importlib.util.find_spec(name.split(".")[0]))
    command = "cnn_mnist.tf1.command_line"
    return ending.enter_context(
        fork_server.started(folder, environment, *preloaded, command=command)
    )


def launched(*words: str, folder: pathlib.Path, **variables: str):
    """Runs the launcher in a folder; returns the ended process with its output as text."""
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    # tf_compat sets it when it is imported, which was in the server.
    environment["TF_USE_LEGACY_KERAS"] = "1"
    return subprocess.run(
        [*_launcher(), *words],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(REPOSITORY), "HOME": str(folder), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


def check(script: Script, folder: pathlib.Path) -> str:
    """Runs a script in an empty folder and checks what it prints; returns that."""
    assert script.at_least or script.at_most or script.lines, "nothing is expected of it"
    path = str(FOLDER / script.name)
    ran = launched(*script.flags, path, *script.arguments, folder=folder)
    output = ran.stdout + ran.stderr
    assert ran.returncode == 0, output
    for text, least in script.at_least.items():
        print(f"{script.name}: {text} {number_behind(text, output)}, at least {least}")
        assert number_behind(text, output) >= least, (text, output)
    for text, most in script.at_most.items():
        assert number_behind(text, output) <= most, (text, output)
    for line in script.lines:
        assert line in output.splitlines(), (line, output)
    last = ran.stderr.splitlines()[-1]
    assert last.startswith("cnn-mnist-tf1: "), output
    names = set(re.findall(r"tf\.[\w.]+", last))
    assert set(script.supplied) <= names, last
    return output


def number_behind(text: str, output: str) -> float:
    """Returns the last number that is printed behind a text, such as `accuracy: 0.97`."""
    found = re.findall(rf"{re.escape(text)}\W*?(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)", output)
    assert found, (text, output)
    return float(found[-1])
