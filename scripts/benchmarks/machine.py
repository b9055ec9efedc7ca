"""The machine of a session: what it is, and whether other work disturbed a measurement."""

from __future__ import annotations

import dataclasses
import os
import sys
from typing import Any

from benchmarks import processes
from cnn_mnist.support import processor

MOST_OTHER_WORK = 0.05
"""Share of the processors from which on a measurement counts as disturbed."""
BUSY_LOAD = 0.5
"""Processes for each processor from which on a machine counts as busy before a session."""

_STAT = "/proc/stat"
_KERNELS = "from cnn_mnist.tf_compat import KERNELS; print(KERNELS.library, KERNELS.chosen_by)"


def cores() -> int:
    """Returns how many cores this process may use."""
    return processor.count()


def facts() -> dict[str, Any]:
    """Returns the processor, its instruction sets, cores and load, for the report."""
    return {
        "cpu": processor.name(),
        "instruction_sets": list(processor.decisive_sets()),
        "cores": cores(),
        "load_before": os.getloadavg()[0],
    }


def is_busy(load: float) -> bool:
    """Returns whether a load, in processes, is too much for a measurement."""
    return load > BUSY_LOAD * cores()


def kernels() -> str:
    """Returns which kernels TensorFlow uses in our rows, and who chose them.

    Raises:
      FailedError: TensorFlow cannot be imported.
    """
    library, chosen_by = processes.run([sys.executable, "-c", _KERNELS]).output.split()
    return f"{library}, chosen by {chosen_by}"


@dataclasses.dataclass(frozen=True)
class OtherWork:
    """What else the processors did during a measurement, as shares of all their time.

    Attributes:
      others: time of processes that do not belong to the benchmark.
      stolen: time in which the machine below this virtual one did not let it run.
    """

    others: float
    stolen: float

    @property
    def disturbs(self) -> bool:
        return self.others + self.stolen > MOST_OTHER_WORK

    def __str__(self) -> str:
        return f"other processes took {self.others:.0%} of the processors, {self.stolen:.0%} stolen"


class Watch:
    """Measures other work from its making on, where Linux counts the processors' time."""

    def __init__(self) -> None:
        self._began = _processor_seconds()
        self._own = _own_seconds()

    def other_work(self) -> OtherWork:
        """Returns the other work so far; none on systems that do not count it."""
        ended = _processor_seconds()
        if self._began is None or ended is None:
            return OtherWork(0.0, 0.0)
        total, busy, stolen = (end - began for began, end in zip(self._began, ended, strict=True))
        if total <= 0:
            return OtherWork(0.0, 0.0)
        others = max(0.0, busy - (_own_seconds() - self._own))
        return OtherWork(others / total, stolen / total)


def _processor_seconds() -> tuple[float, float, float] | None:
    """Returns the seconds of all processors together: all, busy, and stolen.

    The columns are those of https://man7.org/linux/man-pages/man5/proc_stat.5.html; the time of
    guests is part of that of users.
    """
    try:
        with open(_STAT, encoding="ascii") as file:
            counts = [int(text) for text in file.readline().split()[1:9]]
        user, nice, system, idle, waiting, hard, soft, stolen = counts
    except (OSError, ValueError):
        return None
    second = os.sysconf("SC_CLK_TCK")
    busy = user + nice + system + hard + soft
    return (busy + idle + waiting + stolen) / second, busy / second, stolen / second


def _own_seconds() -> float:
    """Returns the processor time of this process and of all those that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
