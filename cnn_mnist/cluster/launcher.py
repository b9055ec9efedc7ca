"""Starts every task of a cluster on this machine, and shows what they print as one log."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType
from typing import IO, Any

from cnn_mnist.errors import SettingsError
from cnn_mnist.support import processor, terminal

PROGRAM = "cnn-mnist-cluster"
MOST_TASKS = 64

USAGE = """\
usage: python -m cnn_mnist.cluster [--workers=N] [--ps=N] [--evaluator] -- [FLAG]...

Trains with a chief, N workers and N parameter servers, all on this machine:

    python -m cnn_mnist.cluster --workers=2 --ps=1 -- --model_dir=/tmp/cluster

  --workers=1  workers beside the chief, which computes too
  --ps=1       parameter servers, which hold the weights; 0: every task has all weights, and they
               train synchronously
  --evaluator  also a task that measures each checkpoint on the test images

The flags behind -- are those of python -m cnn_mnist.main; its --help lists them. The tasks share
the cores, unless --threads is given. Each line says which task printed it, but for the results of
the chief, which are the output of this command. Ctrl-C and SIGTERM have the chief save and all
tasks end; a second one ends them at once.

Exit status: the chief's; 1 if a parameter server failed, 2 wrong arguments.
"""

_COLOURS = {"chief": 36, "worker": 33, "ps": 35, "evaluator": 32}
_ASK_EVERY = 0.05
_PATIENCE = 60.0
"""Seconds in which the others end once the chief has."""


@dataclasses.dataclass(frozen=True)
class Options:
    """What to start.

    Attributes:
      workers: how many workers.
      ps: how many parameter servers.
      evaluator: whether there is one.
      flags: of the command, for each task.
    """

    workers: int
    ps: int
    evaluator: bool
    flags: tuple[str, ...]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise SettingsError(f"{message}; --help lists the flags")


def parse(arguments: Sequence[str]) -> Options | None:
    """Returns what to start, or None for the help.

    Raises:
      SettingsError: an argument is unknown, or a number is out of range.
    """
    ours, flags = _parted(arguments)
    parser = _Parser(prog=PROGRAM, add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--workers", type=_count, default=1)
    parser.add_argument("--ps", type=_count, default=1)
    parser.add_argument("--evaluator", action="store_true")
    found = parser.parse_args(ours)
    if found.help:
        return None
    if not found.ps and not found.workers:
        raise SettingsError("--ps=0 --workers=0 leaves the chief alone; give 1 or more of one")
    return Options(found.workers, found.ps, found.evaluator, tuple(flags))


def _parted(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Returns what is before the first `--`, and what is behind it."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_TASKS:
        raise argparse.ArgumentTypeError(f"{text!r}; allowed: 0 to {MOST_TASKS}")
    return int(text)


def run(options: Options) -> int:
    """Starts the tasks, waits for all, and returns the exit status."""
    with _Cluster(options) as cluster:
        return cluster.wait()


class _Cluster:
    def __init__(self, options: Options) -> None:
        self._options = options
        self._tasks: dict[str, subprocess.Popen[str]] = {}
        self._readers: list[threading.Thread] = []
        self._printing = threading.Lock()
        self._signals = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Cluster:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._pass_on)
        kinds = {"chief": 1, "worker": self._options.workers, "ps": self._options.ps}
        kinds["evaluator"] = int(self._options.evaluator)
        cluster = free_addresses({kind: count for kind, count in kinds.items() if count})
        self._width = max(len(f"{kind} {len(of_kind) - 1}") for kind, of_kind in cluster.items())
        # The chief last: it would say that it waits for the others.
        for kind in ("ps", "evaluator", "worker", "chief"):
            for index in range(len(cluster.get(kind, ()))):
                self._start(kind, index, cluster)
        return self

    def __exit__(self, *exception: object) -> None:
        for task in self._tasks.values():
            if task.poll() is None:
                task.kill()
            task.wait()
        for reader in self._readers:
            reader.join()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def wait(self) -> int:
        """Waits for the chief and then for the others; returns the exit status."""
        chief = self._tasks["chief 0"]
        while chief.poll() is None:
            if failed := self._failed_server():
                terminal.error(f"{PROGRAM}: {failed} failed, so the cluster ends")
                return 1
            time.sleep(_ASK_EVERY)
        end = time.monotonic() + _PATIENCE
        for task in self._tasks.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                task.wait(max(end - time.monotonic(), 0.1))
        return chief.returncode if chief.returncode >= 0 else 128 - chief.returncode

    def _failed_server(self) -> str | None:
        servers = (item for item in self._tasks.items() if item[0].startswith("ps"))
        return next((name for name, task in servers if task.poll() not in (None, 0)), None)

    def _start(self, kind: str, index: int, cluster: dict[str, list[str]]) -> None:
        name = f"{kind} {index}"
        task = {"type": kind, "index": index}
        process = subprocess.Popen(
            [sys.executable, "-m", "cnn_mnist.main", *self._flags()],
            env={**os.environ, "TF_CONFIG": json.dumps({"cluster": cluster, "task": task})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            # Ctrl-C in a terminal reaches the chief once, by this process.
            start_new_session=True,
        )
        self._tasks[name] = process
        for stream, is_result in ((process.stdout, kind == "chief"), (process.stderr, False)):
            reader = threading.Thread(target=self._show, args=(name, stream, is_result))
            reader.start()
            self._readers.append(reader)

    def _flags(self) -> list[str]:
        flags = [*self._options.flags]
        if not any(flag.split("=")[0] == "--threads" for flag in flags):
            computing = self._options.workers + 1
            flags.append(f"--threads={max(1, processor.count() // computing)}")
        return flags

    def _show(self, name: str, stream: IO[str], is_result: bool) -> None:
        prefix = f"{name:<{self._width}} | "
        if terminal.has_colours(sys.stderr):
            prefix = f"\033[{_COLOURS[name.split()[0]]}m{prefix}\033[0m"
        for text in stream:
            with self._printing:
                if is_result:
                    print(text, end="", flush=True)
                else:
                    print(prefix, text, sep="", end="", file=sys.stderr, flush=True)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1
        chief = self._tasks.get("chief 0")
        if self._signals == 1 and chief and chief.poll() is None:
            chief.send_signal(number)
            return
        for task in self._tasks.values():
            task.kill()


def free_addresses(counts: dict[str, int]) -> dict[str, list[str]]:
    """Returns free addresses of this machine for so many tasks of each kind."""
    cluster: dict[str, list[str]] = {}
    with contextlib.ExitStack() as stack:
        for kind, count in counts.items():
            for _ in range(count):
                bound = stack.enter_context(socket.socket())
                bound.bind(("127.0.0.1", 0))
                cluster.setdefault(kind, []).append(f"127.0.0.1:{bound.getsockname()[1]}")
    return cluster
