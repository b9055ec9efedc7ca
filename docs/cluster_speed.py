"""Says how fast a cluster trains, and when one more task no longer pays.

python docs/cluster_speed.py

docs/clusters.md explains the assumptions, and compares the model with what was measured.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

BATCH = 100
"""Images of a batch."""
WEIGHTS = 13.1e6
"""Bytes of the tutorial's 3,274,634 weights in float32."""
GIGABIT = 125e6
"""Bytes a second."""
TASKS = (1, 2, 4, 8, 16, 64, 256, 1024, 4096)
SHARE = 0.3
"""Of a core for each task, where it was measured."""
MEASURED = {
    "a `ps` with half a core": (171, 351, 533, 724),
    "a `ps` with a twelfth": (164, 313, 341, 326),
    "synchronous": (206, 302, 447, 586),
}
"""Images a second of 1, 2, 3 and 4 tasks: scripts/benchmark --only=cluster_sizes --rounds=1."""


@dataclasses.dataclass(frozen=True)
class Cluster:
    """What a step costs. Each task has a core and a line of its own, and so has each `ps`.

    Attributes:
      compute: seconds of a task, for the gradient of a batch.
      ps_compute: seconds of a core of the parameter servers, for one gradient.
      line: bytes a second of each task and of each `ps`, in each direction.
      ps: how many parameter servers share the weights, evenly.
      ps_cores: that each of them has.
      spread: standard deviation of `compute`, as a share of it.
      latency: seconds of a message.
    """

    compute: float = 0.170
    ps_compute: float = 0.034
    line: float = GIGABIT
    ps: int = 1
    ps_cores: float = 1.0
    spread: float = 0.05
    latency: float = 1e-4


def asynchronous(cluster: Cluster, tasks: int) -> float:
    """Returns the images a second of a cluster with parameter servers.

    The bounds of operational analysis (Denning and Buzen, 1978, doi:10.1145/356733.356735): tasks
    work by themselves until the cores or the line of the `ps` are always busy. What a task waits
    for there overlaps with its own computation, unless it takes longer.
    """
    transfer = WEIGHTS / cluster.line
    ps = cluster.ps_compute / cluster.ps_cores / cluster.ps
    step = max(cluster.compute, transfer + ps + transfer)
    return BATCH * min(tasks / step, 1 / max(ps, transfer / cluster.ps))


def synchronous(cluster: Cluster, tasks: int) -> float:
    """Returns the images a second of a cluster whose tasks step together.

    A step waits for the slowest of the tasks: the mean of the largest of `n` normal values is at
    most `sqrt(2 ln n)` standard deviations above theirs. Then the gradients go round in a ring,
    `2 (n - 1)` messages of an `n`-th of them (Patarasuk and Yuan, 2009,
    doi:10.1016/j.jpdc.2008.09.002).
    """
    slowest = cluster.compute * (1 + cluster.spread * math.sqrt(2 * math.log(tasks)))
    messages = 2 * (tasks - 1)
    return tasks * BATCH / (slowest + messages * (WEIGHTS / tasks / cluster.line + cluster.latency))


def last_that_pays(speed: Callable[[Cluster, int], float], cluster: Cluster) -> int:
    """Returns how many tasks there are when one more adds less than half of what one computes.

    Found up to 4,096 tasks, which is also returned if it pays there.
    """
    alone = BATCH / cluster.compute
    for tasks in range(1, TASKS[-1]):
        if speed(cluster, tasks + 1) - speed(cluster, tasks) < alone / 2:
            return tasks
    return TASKS[-1]


COLUMNS: Sequence[tuple[str, Callable[[Cluster, int], float], Cluster]] = (
    ("1 `ps`, 1 Gbit/s", asynchronous, Cluster()),
    ("1 `ps`, 10 Gbit/s", asynchronous, Cluster(line=10 * GIGABIT)),
    ("16 `ps`, 10 Gbit/s", asynchronous, Cluster(line=10 * GIGABIT, ps=16)),
    ("synchronous, 1 Gbit/s", synchronous, Cluster()),
    ("synchronous, 10 Gbit/s", synchronous, Cluster(line=10 * GIGABIT)),
)


def table() -> str:
    """Returns the speeds as a table in Markdown, as multiples of one task that waits for nobody."""
    titles = [title for title, _, _ in COLUMNS]
    lines = [f"| tasks | {' | '.join(titles)} |", "|---" * (len(titles) + 1) + "|"]
    alone = BATCH / Cluster().compute
    for tasks in TASKS:
        speeds = [f"{speed(cluster, tasks) / alone:,.1f}" for _, speed, cluster in COLUMNS]
        lines.append(f"| {tasks:,} | {' | '.join(speeds)} |")
    pays = [f"{last_that_pays(speed, cluster):,}" for _, speed, cluster in COLUMNS]
    lines.append(f"| the last that pays | {' | '.join(pays)} |")
    return "\n".join(lines)


def comparison() -> str:
    """Returns what was measured with shares of a core and what the model says, in Markdown."""
    here = Cluster(compute=0.172 / SHARE, line=math.inf)
    alone = BATCH * SHARE / 0.134
    in_step = Cluster(compute=0.166 / SHARE, line=math.inf, latency=0)
    modelled = (
        [asynchronous(dataclasses.replace(here, ps_cores=1 / 2), tasks) for tasks in (1, 2, 3, 4)],
        [asynchronous(dataclasses.replace(here, ps_cores=1 / 12), tasks) for tasks in (1, 2, 3, 4)],
        [alone, *(synchronous(in_step, tasks) for tasks in (2, 3, 4))],
    )
    lines = ["| | 1 task | 2 | 3 | 4 |", "|---" * 5 + "|"]
    for (name, found), said in zip(MEASURED.items(), modelled, strict=True):
        cells = (f"{one} / {other:.0f}" for one, other in zip(found, said, strict=True))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(f"{comparison()}\n\n{table()}")
