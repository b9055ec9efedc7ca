"""The arguments of `python -m cnn_mnist.tf1`."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from cnn_mnist.errors import SettingsError, UserError, one_line
from cnn_mnist.support import terminal
from cnn_mnist.support.suggestions import near_flag
from cnn_mnist.tf1 import listing
from cnn_mnist.tf1.supplied import PROGRAM, say

USAGE = """\
usage: python -m cnn_mnist.tf1 [FLAG]... SCRIPT [ARGUMENT]...
       python -m cnn_mnist.tf1 [FLAG]... -m MODULE [ARGUMENT]...

Runs a TensorFlow 1 script as it is on the installed TensorFlow. `import tensorflow as tf` gives it
the API of TensorFlow 1.15, with tf.estimator, tf.layers, much of tf.contrib, and MNIST without a
download. What cannot be supplied is said before anything runs. cnn-mnist-tf1 is the same command.

  -m MODULE            runs a module, as Python does
  --check              reads the script and its own modules, and says which names cannot be
                       supplied, without running it
  --list               prints the names that are supplied, and those that are refused
  --py2                takes the script for Python 2, also in its own modules
  --run_anyway         runs it although names are missing, which it may never reach
  --tf1_packages=A,B   installed packages that were written for TensorFlow 1 and should see it too

Exit status: the script's; 2 if something is missing or wrong.
"""


_FLAGS = ("check", "list", "py2", "run_anyway", "tf1_packages", "help")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise SettingsError(f"{message}; {near_flag(message, _FLAGS)}--help lists the flags")

    def format_help(self) -> str:
        return USAGE


def run() -> None:
    """Runs the command and exits."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Runs the command; returns the exit status unless the script exits itself."""
    try:
        options, rest = _parsed(arguments)
        return _act(options, rest)
    except UserError as error:
        terminal.error(f"{PROGRAM}: {one_line(error)}")
        return 2


def _parsed(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Returns the flags, and the arguments of the script, which may look like flags too."""
    parser = _Parser(prog=PROGRAM, allow_abbrev=False)
    parser.add_argument("-m", dest="module")
    for name in ("--check", "--list", "--py2", "--run_anyway"):
        parser.add_argument(name, action="store_true")
    parser.add_argument("--tf1_packages", default="")
    own, rest = _split(arguments)
    options = parser.parse_args(own)
    options.tf1_packages = [name for name in options.tf1_packages.split(",") if name]
    options.script = rest.pop(0) if rest and options.module is None else None
    if not options.list and options.module is None and options.script is None:
        raise SettingsError("name a script, or -m and a module; --help lists the flags")
    return options, rest


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Splits the arguments before the script, or behind the module."""
    takes_a_value = ("-m", "--tf1_packages")
    position = 0
    while position < len(arguments) and arguments[position].startswith("-"):
        word = arguments[position]
        position += 2 if word in takes_a_value else 1
        if word.startswith("-m") or word == "--":
            break
    own = [word for word in arguments[:position] if word != "--"]
    return own, list(arguments[position:])


def _act(options: argparse.Namespace, arguments: list[str]) -> int:
    if options.list:
        _print(listing.text())
        return 0
    # These import TensorFlow, which takes seconds; a wrong argument is reported before. There is no
    # garbage to look for among what they make, now or when Python ends.
    gc.disable()
    try:
        from cnn_mnist.tf1 import check, launcher
    except KeyboardInterrupt:
        say("stopped before the script began")
        return 128 + signal.SIGINT
    gc.enable()
    gc.freeze()
    program = launcher.module(options.module) if options.module else launcher.script(options.script)
    findings = check.read(program, options.py2)
    if options.check:
        _print(listing.of_check(findings.files, findings.problems, findings.supplied.values()))
        return 2 if findings.problems else 0
    if findings.problems and not options.run_anyway:
        for problem in sorted(findings.problems):
            say(str(problem))
        say("nothing was run; --run_anyway runs it without what is missing")
        return 2
    launcher.run(program, arguments, options.tf1_packages, options.py2)
    return 0


def _print(text: str) -> None:
    """Prints a text, whose reader, such as `head`, may go before its end."""
    try:
        terminal.show(text, flush=True)
    except BrokenPipeError:
        # Python would fail once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    run()
