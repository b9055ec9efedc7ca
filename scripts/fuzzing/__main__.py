"""The command scripts/fuzz_idx: starts the worker, waits for it and prints its result."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
_MEBIBYTE = 1 << 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status: 0 no fault, 1 a fault, 2 cannot run."""
    options = _parse(arguments)
    if importlib.util.find_spec("atheris") is None:
        print("scripts/fuzz_idx: atheris is not installed: pip install atheris", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="fuzz_idx_") as scratch:
        log = pathlib.Path(scratch, "log")
        status = _run_worker(options, scratch, log)
        text = log.read_text("utf-8", "replace")
        try:
            summary = json.loads(pathlib.Path(scratch, "summary.json").read_text())
        except FileNotFoundError:
            print(text[-5000:], file=sys.stderr)
            print(
                f"scripts/fuzz_idx: the worker ended with status {status}, perhaps by too much "
                f"time or memory; an input that ended it is in {options.faults}",
                file=sys.stderr,
            )
            return 1
    _report(summary, text, options.faults)
    return 1 if summary["faults"] else 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        self.exit(2, f"scripts/fuzz_idx: {message}; --help lists the flags\n")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(
        prog="scripts/fuzz_idx",
        description="Fuzzes the reader of IDX files, guided by code coverage. Exit status: 0 no "
        "fault, 1 an input is neither read nor refused in one line, or takes too much time or "
        "memory, 2 bad flags or no atheris.",
        allow_abbrev=False,
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=_positive(float), help="how long (default 5)")
    length.add_argument("--runs", type=_positive(int), help="how many inputs")
    parser.add_argument(
        "--corpus", help="folder of inputs to begin with, which keeps new ones (default: temporary)"
    )
    parser.add_argument(
        "--faults",
        default="fuzz_idx_faults",
        help="folder for inputs that show a fault (default %(default)s, made for the first one)",
    )
    return parser.parse_args(arguments)


def _positive(kind: Callable[[str], float]) -> Callable[[str], float]:
    def read(text: str) -> float:
        with contextlib.suppress(ValueError):
            if 0 < (number := kind(text)) < 1e15:
                return number
        raise argparse.ArgumentTypeError(f"must be a positive number, not {text!r}")

    return read


def _run_worker(options: argparse.Namespace, scratch: str, log: pathlib.Path) -> int:
    settings = {
        "scratch": scratch,
        "corpus": os.path.abspath(options.corpus or os.path.join(scratch, "corpus")),
        "faults": os.path.abspath(options.faults),
        "runs": options.runs,
        "seconds": None if options.runs else 60 * (options.minutes or 5),
    }
    path = os.pathsep.join([str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])])
    with open(log, "wb") as file:
        return subprocess.run(
            [sys.executable, str(HERE / "worker.py"), json.dumps(settings)],
            stdout=file,
            stderr=file,
            env={**os.environ, "PYTHONPATH": path},
        ).returncode


def _report(summary: dict[str, Any], log: str, folder: str) -> None:
    rate = summary["tried"] / max(summary["seconds"], 1e-9)
    memory, before = summary["memory"] / _MEBIBYTE, summary["memory_at_start"] / _MEBIBYTE
    slowest = summary["slowest"]
    print(f"inputs    {summary['tried']:,} in {summary['seconds']:.0f} s, {rate:,.0f} a second")
    print(f"read      {summary['read']:,}")
    print(f"refused   {summary['refused']:,}")
    # The last such line of libFuzzer.
    if found := re.findall(r"cov: (\d+) ft: (\d+)", log):
        print(f"coverage  {found[-1][0]} edges, {found[-1][1]} features")
    print(f"slowest   {slowest['seconds']:.3f} s of processor time, {slowest['bytes']:,} bytes")
    print(f"memory    at most {memory:,.0f} MiB, {memory - before:,.0f} more than at the start")
    print(f"faults    {len(summary['faults'])}")
    for name, fault in summary["faults"].items():
        print(f"  {fault['count']:,} times {fault['what']}: {os.path.join(folder, name)}")


if __name__ == "__main__":
    # Ends like Ctrl-C, so that the worker stops and its folder is removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
