"""Measures clusters on this machine: what a training step costs, and the speed by tasks."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from benchmarks import core_shares, processes
from benchmarks.measures import Figures, Measure, Setting
from cnn_mnist.cluster import launcher

_STEPS = (40, 120)
"""Of a short and a long training, whose difference is that of the steps alone."""
_FLAGS = (
    *("--mode=train", "--threads=1", "--precision=float32", "--verbosity=quiet"),
    *("--validation_examples=0", "--log_every_steps=100000", "--save_summary_steps=100000"),
    *("--save_checkpoints_steps=100000", "--cluster_timeout=120"),
)
_NETWORK = "/proc/net/dev"

TASK_SHARE = 0.3
"""Of a core for each task that computes, so that four of them and a `ps` fit into two cores."""
_SETTLING_SECONDS = 5.0
_MEASURED_SECONDS = 25.0
_WARM_STEPS = 10
"""Of the whole cluster, before it is slowed down."""
_STEP_LINE = re.compile(r"step (\d+)  softmax")


def step(workers: int, ps: int) -> Measure:
    """Returns a function that measures a step of a chief, workers and parameter servers.

    Without either it is a step of one process. Without `ps` a step is one of all tasks together,
    each with a batch of its own; otherwise it is one task's.
    """
    computing = workers + 1
    batches = 1 if ps else computing

    def measure(setting: Setting) -> Figures:
        short, long = (_cost(setting, workers, ps, steps) for steps in _STEPS)
        steps = _STEPS[1] - _STEPS[0]
        seconds = {kind: (long[kind] - short[kind]) / steps for kind in short}
        return {
            "task_milliseconds": 1000 * seconds["computing"] / batches,
            "server_milliseconds": 1000 * seconds["ps"],
            "megabytes": seconds["bytes"] / 1e6,
        }

    return measure


def rate(tasks: int, ps_share: float = 0.0) -> Measure:
    """Returns a function that measures images per second, with a share of a core for each task.

    Args:
      tasks: that compute, a chief and workers, each with `TASK_SHARE` of a core.
      ps_share: of a core, for one parameter server; 0 for none, and then they are synchronous.
    """

    def measure(setting: Setting) -> Figures:
        cluster, names = _cluster(tasks - 1, ps=1 if ps_share else 0)
        flags = [*_FLAGS, "--verbosity=normal", "--log_every_steps=1", "--train_steps=100000"]
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cnn_mnist_benchmark_"))
            shares = {
                name: stack.enter_context(
                    core_shares.group(ps_share if name[0] == "ps" else TASK_SHARE)
                )
                for name in names
            }
            flags += [f"--model_dir={folder}/model", *setting.data_flags]
            started = {
                name: stack.enter_context(_started(flags, cluster, name, len(names)))
                for name in names
            }
            for name, process in started.items():
                if name != ("chief", 0):
                    stack.enter_context(_drained(process))
            steps = _steps_per_second(
                started["chief", 0],
                lambda: [shares[name].add(started[name].pid) for name in names],
            )
        batches = 1 if ps_share else tasks
        return {"images_per_second": steps * batches * setting.recipe.batch_size}

    return measure


def _steps_per_second(chief: subprocess.Popen[str], slow_down: Callable[[], object]) -> float:
    """Returns the speed of the whole cluster, from what its chief prints at each of its steps.

    Raises:
      FailedError: the chief ended first.
    """
    settled = first = None
    said = []
    for line in chief.stderr:
        said.append(line)
        found = _STEP_LINE.match(line)
        if not found:
            continue
        step, now = int(found[1]), time.monotonic()
        if settled is None:
            if step >= _WARM_STEPS:
                slow_down()
                settled = now + _SETTLING_SECONDS
        elif first is None:
            if now >= settled:
                first = (step, now)
        elif now >= first[1] + _MEASURED_SECONDS:
            return (step - first[0]) / (now - first[1])
    raise processes.FailedError("".join(said[-5:]).strip() or "the chief ended", 1)


@contextlib.contextmanager
def _drained(process: subprocess.Popen[str]) -> Iterator[None]:
    """Reads what a process prints, or it would wait for that; its end is that of the output."""
    reader = threading.Thread(target=process.stderr.read, daemon=True)
    reader.start()
    try:
        yield
    finally:
        process.kill()
        reader.join()


def _cost(setting: Setting, workers: int, ps: int, steps: int) -> dict[str, float]:
    """Returns processor seconds of the tasks that compute and of the others, and bytes sent."""
    cluster, tasks = _cluster(workers, ps)
    found = {"computing": 0.0, "ps": 0.0}
    with tempfile.TemporaryDirectory(prefix="cnn_mnist_benchmark_") as folder:
        flags = [f"--model_dir={folder}/model", f"--train_steps={steps}", *setting.data_flags]
        before = _bytes_sent()
        with contextlib.ExitStack() as stack:
            started = {
                task: stack.enter_context(_started([*_FLAGS, *flags], cluster, task, len(tasks)))
                for task in tasks
            }
            for (kind, _), process in started.items():
                found["ps" if kind == "ps" else "computing"] += _seconds_of(process)
        return {**found, "bytes": float(_bytes_sent() - before)}


def _cluster(workers: int, ps: int) -> tuple[dict[str, list[str]], list[tuple[str, int]]]:
    """Returns free addresses for a chief and the others, and the kind and number of each task."""
    counts = {"chief": 1, "worker": workers, "ps": ps}
    cluster = launcher.free_addresses({kind: count for kind, count in counts.items() if count})
    return cluster, [(kind, n) for kind, of_kind in cluster.items() for n in range(len(of_kind))]


@contextlib.contextmanager
def _started(
    flags: Sequence[str], cluster: dict[str, list[str]], task: tuple[str, int], count: int
) -> Iterator[subprocess.Popen[str]]:
    variables = dict(os.environ)
    if count > 1:
        named = {"type": task[0], "index": task[1]}
        variables["TF_CONFIG"] = json.dumps({"cluster": cluster, "task": named})
    process = subprocess.Popen(
        [sys.executable, "-m", "cnn_mnist.main", *flags],
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def _seconds_of(process: subprocess.Popen[str]) -> float:
    """Waits for a process and returns its processor time.

    Raises:
      FailedError: it failed.
    """
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise processes.FailedError(said.strip() or "a task failed", process.returncode)
    return usage.ru_utime + usage.ru_stime


def _bytes_sent() -> int:
    """Returns how many bytes have gone through the loopback since the system began."""
    with open(_NETWORK) as file:
        [line] = [line for line in file if line.strip().startswith("lo:")]
    return int(line.split(":")[1].split()[0])
