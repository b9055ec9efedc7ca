"""Runs the trainings of a sweep as processes, some at a time, and passes signals on to them."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType

from cnn_mnist.support import terminal
from cnn_mnist.support.progress import duration
from cnn_mnist.sweep import results
from cnn_mnist.sweep.grid import Run
from cnn_mnist.sweep.results import Result

OUTPUT_FILE = "output.log"
"""What a run prints, in its folder."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SECONDS_BETWEEN_LOOKS = 0.05


@dataclasses.dataclass
class _Process:
    run: Run
    number: int
    process: subprocess.Popen[bytes]
    output: str
    begins_at: int
    began: float
    signals: int = 0


class Runner:
    """Runs a sweep; use it as a context manager, which restores the handlers of signals.

    A signal is passed on to the runs that are under way, which save and end. Then no other run
    begins. Each run has a session of its own, so that Ctrl-C in a terminal reaches it once.

    Attributes:
      signal: the signal that stopped the sweep, or None.
    """

    def __init__(
        self, runs: Sequence[Run], jobs: int, say: Callable[[str], None], command: Sequence[str]
    ) -> None:
        """Prepares the runs.

        Args:
          runs: all runs of the sweep.
          jobs: how many go at a time.
          say: receives a line when a run begins and ends.
          command: the words before the arguments of a run.
        """
        self.signal: int | None = None
        self._signals = 0
        self._runs = runs
        self._jobs = jobs
        self._say = say
        self._command = list(command)
        self._under_way: list[_Process] = []
        self._before: dict[int, object] = {}

    def __enter__(self) -> Runner:
        for number in _SIGNALS:
            # nohup, and shells for background commands, have signals ignored; leave that.
            if signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._pass_on)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def results(self) -> list[Result]:
        """Runs what is not finished, and returns a result for each run, in their order."""
        found: dict[str, Result] = {}
        waiting = []
        for number, run in enumerate(self._runs, 1):
            done = results.finished(run)
            if done is None:
                waiting.append((number, run))
            else:
                found[run.name] = done
        if found:
            self._say(f"{len(found)} of {len(self._runs)} runs are finished already")
        while self._under_way or (waiting and self.signal is None):
            while waiting and len(self._under_way) < self._jobs and self.signal is None:
                self._start(*waiting.pop(0))
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            for each in [each for each in self._under_way if each.process.poll() is not None]:
                self._under_way.remove(each)
                found[each.run.name] = self._ended(each)
        return [found.get(run.name, Result(run, "not run")) for run in self._runs]

    def _start(self, number: int, run: Run) -> None:
        os.makedirs(run.config.model_dir, exist_ok=True)
        path = os.path.join(run.config.model_dir, OUTPUT_FILE)
        with open(path, "ab") as output:
            begins_at = output.tell()
            process = subprocess.Popen(
                [*self._command, *run.arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        each = _Process(run, number, process, path, begins_at, time.monotonic())
        self._under_way.append(each)
        # One may have come while the process was being started.
        self._forward(each)
        self._say(f"Run {number} of {len(self._runs)} begins: {run.name}")

    def _ended(self, each: _Process) -> Result:
        seconds = time.monotonic() - each.began
        label = f"Run {each.number} of {len(self._runs)}"
        status = each.process.returncode
        found = results.finished(each.run) if status == 0 else None
        if found is not None and found.test is not None:
            self._say(f"{label} ended after {duration(seconds)}: test accuracy {found.test:.2%}")
            return dataclasses.replace(found, seconds=seconds)
        if self.signal is not None:
            self._say(f"{label} stopped: {each.run.name}")
            return Result(each.run, "stopped", seconds=seconds)
        reason = _last_line(each) or f"it ended with exit status {status}"
        self._say(f"{label} failed: {each.run.name}: {reason} (its output is in {each.output})")
        return Result(each.run, "failed", reason, seconds=seconds)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        self.signal = number
        self._signals += 1
        for each in self._under_way:
            self._forward(each)

    def _forward(self, each: _Process) -> None:
        """Sends a run the newest signal once; a second one would end it without saving."""
        if self.signal is not None and each.signals < self._signals:
            each.signals = self._signals
            each.process.send_signal(self.signal)


def _last_line(each: _Process) -> str:
    with open(each.output, "rb") as file:
        file.seek(each.begins_at)
        lines = file.read().decode(errors="replace").split("\n")
    found = [line for line in lines if line.strip()]
    return terminal.line(found[-1].removeprefix("cnn-mnist: ")) if found else ""


def main_command() -> list[str]:
    """Returns the words that run the command that trains, in this Python."""
    return [sys.executable, "-m", "cnn_mnist.main"]
