"""Measures what a training step costs in a cluster on this machine: processor time and bytes."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence

from benchmarks import processes
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


def _cost(setting: Setting, workers: int, ps: int, steps: int) -> dict[str, float]:
    """Returns processor seconds of the tasks that compute and of the others, and bytes sent."""
    counts = {"chief": 1, "worker": workers, "ps": ps}
    cluster = launcher.free_addresses({kind: count for kind, count in counts.items() if count})
    tasks = [(kind, n) for kind, of_kind in cluster.items() for n in range(len(of_kind))]
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
