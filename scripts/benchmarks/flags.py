"""The flags of scripts/benchmark."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import rows as rows_lib
from cnn_mnist import config as config_lib
from cnn_mnist.config import choices

ROUNDS = 3
REPEATS = 2
QUICK_ROUNDS = 1
QUICK_STEPS = 100
# The peers' rate leaves the first ten out.
LEAST_STEPS = 20

DESCRIPTION = """\
Measures this project and its peers on this machine, side by side, and prints a table, without a
verdict. Each round runs every row once, in turn, every measurement in a process of its own. The
peers do the same work: network, batches, optimizer, schedule and steps of the default recipe.
Their environment, .venv-peers, is made when one of their rows is chosen (CNN_MNIST_PEERS_VENV
names another folder)."""

EPILOG = """\
images/s leave out compilation (the first step of our rows, the first ten of the peers), validation
and evaluation. Seeds are 1, 2, … by round. Exit status: 0 measured, 1 a row failed, 2 bad flags
or data."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        self.exit(2, f"scripts/benchmark: {message}; --help lists the flags\n")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Returns the flags, with the rows to run in `rows`. Exits if a flag is bad."""
    steps = config_lib.from_preset("").train_steps
    parser = _Parser(
        prog="scripts/benchmark",
        description=DESCRIPTION,
        epilog=EPILOG,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--only", metavar="GROUP[,GROUP...]", help=f"of {_groups()}, or rows of --list")
    add("--list", action="store_true", help="prints groups and rows, without measuring")
    add("--rounds", type=_whole_number(1, 100), help=f"runs of each row (default {ROUNDS})")
    add(
        "--repeats",
        type=_whole_number(0, 100),
        default=REPEATS,
        help=f"times a round that other work disturbed is measured again (default {REPEATS})",
    )
    add("--steps", type=_whole_number(LEAST_STEPS, 1_000_000), help=f"default {steps}")
    add("--quick", action="store_true", help=_quick_help())
    add(
        "--precision",
        choices=choices.PRECISIONS,
        help="of our rows (default auto and float32)",
    )
    add("--data_dir", type=_path, help="where tensorflow-datasets keeps prepared sets")
    add("--json", type=_new_file, metavar="FILE", help="also writes the figures to this file")
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    options.steps = options.steps or (QUICK_STEPS if options.quick else steps)
    options.rows = _chosen(options, parser)
    return options


def row_list(rows: Sequence[rows_lib.Row]) -> str:
    """Returns the groups with their rows as text."""
    width = max(len(row.name) for row in rows)
    lines = []
    for group, summary in rows_lib.GROUPS.items():
        members = [row for row in rows if row.group == group]
        if members:
            lines.append(f"{group}: {summary}")
        for row in members:
            quick = "  [quick]" if row.is_quick else ""
            lines.append(f"  {row.name:{width}}  {row.label}{quick}")
    aliases = (f"{name}: {', '.join(groups)}" for name, groups in rows_lib.ALIASES.items())
    return "\n".join([*lines, *aliases])


def _quick_help() -> str:
    return (
        f"one round of {QUICK_STEPS} steps, under two minutes, of the rows that --list marks, or "
        "of the rows of --only"
    )


def _groups() -> str:
    return ", ".join((*rows_lib.GROUPS, *rows_lib.ALIASES))


def _chosen(options: argparse.Namespace, parser: argparse.ArgumentParser) -> list[rows_lib.Row]:
    rows = rows_lib.all_rows(options.precision)
    if options.only is None:
        return [row for row in rows if row.is_quick or not options.quick]
    wanted: set[str] = set()
    for name in options.only.split(","):
        names = {row.name for row in rows if row.group in rows_lib.ALIASES.get(name, (name,))}
        names |= {row.name for row in rows if row.name == name}
        if not names:
            parser.error(
                f"argument --only: {name!r} is unknown; allowed: {_groups()}, or rows of --list"
            )
        wanted |= names
    return [row for row in rows if row.name in wanted]


def _whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            allowed = f"a whole number from {lowest} to {highest:,}"
            raise argparse.ArgumentTypeError(f"{text!r}; allowed: {allowed}")
        return int(text)

    return parse


def _path(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("is empty; expected a folder")
    return os.path.abspath(os.path.expanduser(text))


def _new_file(text: str) -> str:
    """Checks the file before minutes of measuring, not after."""
    path = _path(text)
    folder = os.path.dirname(path)
    if os.path.isdir(path) or not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be written")
    return path
