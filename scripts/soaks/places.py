"""Puts the command in bad places and kills it in every phase; prints a table of what it found.

scripts/soak places
scripts/soak places --only=kill_checkpoint,disk_full --tries=5

Each row says how often it tried, what happened, and whether the promises of docs/guarantees.md
were kept. Below the table stand the promises that were broken.
"""

from __future__ import annotations

import argparse
import dataclasses
import pathlib
import time
import traceback

from soaks import boards, limits, phases, trainings, volumes
from soaks.trainings import Bench, Found

ROWS = {**phases.ROWS, **limits.ROWS, **volumes.ROWS, **boards.ROWS}
"""The rows of the table, in their order; each can be run alone."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds this trial's flags."""
    parser.add_argument("--only", default=",".join(ROWS), help=f"of {', '.join(ROWS)}")
    parser.add_argument(
        "--tries", type=int, default=20, help="of each row; fewer where one is long"
    )
    parser.add_argument("--seed", type=int, default=1, help="decides the moments")


def run(options: argparse.Namespace, folder: pathlib.Path) -> int:
    """Runs the rows, and prints the table; returns 1 if a promise is broken."""
    names = options.only.split(",")
    if unknown := [name for name in names if name not in ROWS]:
        print(f"--only={unknown[0]} is unknown; allowed: {', '.join(ROWS)}")
        return 2
    trainings.show("The training that is left alone ...")
    bench = trainings.bench(folder, options.tries, options.seed)
    print(_line("phase", "tries", "seconds", "result", "what was found"), flush=True)
    broken = [f"{name}: {text}" for name in names for text in _row(name, bench).broken]
    print("\n".join(["", *broken]) if broken else "\nEvery promise was kept")
    return int(bool(broken))


def _row(name: str, bench: Bench) -> Found:
    began = time.monotonic()
    place = bench.folder / name
    place.mkdir(exist_ok=True)
    try:
        found = ROWS[name](dataclasses.replace(bench, folder=place))
    except Exception as error:
        traceback.print_exc()
        found = Found(0, "the trial itself failed", [f"{type(error).__name__}: {error}"])
    result = f"{len(found.broken)} broken" if found.broken else "kept" if found.tries else "skipped"
    seconds = f"{time.monotonic() - began:,.0f}"
    print(_line(name, str(found.tries), seconds, result, found.found), flush=True)
    for text in found.broken[:5]:
        trainings.show(f"  broken: {text}")
    trainings.remove(place)
    return found


def _line(name: str, tries: str, seconds: str, result: str, found: str) -> str:
    return f"{name:<18} {tries:>6} {seconds:>8}  {result:<10} {found}".rstrip()
