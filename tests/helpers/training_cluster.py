"""Starts the command as each task of a cluster on this machine, and shows their logs on failure."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import subprocess
import time

import cluster_processes

from cnn_mnist.cluster import watchdog

PATIENCE = 240
"""Seconds until a cluster that does not end fails its test."""


@dataclasses.dataclass
class Task:
    """A process, and the file of what it prints."""

    process: subprocess.Popen
    log_file: object

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")


class TrainingCluster:
    """The tasks of a cluster, by names such as `worker 0`."""

    def __init__(self, command, roles, flags, folder, environment):
        self._command = command
        self.addresses = cluster_processes.free_addresses(roles)
        self.folder = folder
        self._flags = flags
        self._environment = environment
        self.tasks: dict[str, list[Task]] = {}

    def start(self, name, *flags):
        """Starts a task, also one that was killed before."""
        kind, index = name.split()
        before = self.tasks.setdefault(name, [])
        log_file = self.folder / f"{kind}_{index}_{len(before)}.log"
        task = {"type": kind, "index": int(index)}
        environment = {
            **self._environment,
            "TF_CONFIG": json.dumps({"cluster": self.addresses, "task": task}),
            "CNN_MNIST_DRAWS": str(self.folder / f"{kind}_{index}_{len(before)}.draws"),
        }
        with open(log_file, "wb") as log:
            process = subprocess.Popen(
                [*self._command, *self._flags, *flags],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        before.append(Task(process, log_file))

    def start_all(self):
        for kind, addresses in self.addresses.items():
            for index in range(len(addresses)):
                self.start(f"{kind} {index}")

    def log_of(self, name) -> str:
        return self.tasks[name][-1].log

    def kill(self, name):
        self.tasks[name][-1].process.kill()
        self.tasks[name][-1].process.wait()
        # The fork server kills the task itself a moment later.
        kind, index = name.split()
        where = {name: self.addresses[kind][int(index)]}
        self.wait_until(lambda: watchdog.unreachable(where), f"the end of {name}")

    def signal(self, name, number):
        self.tasks[name][-1].process.send_signal(number)

    def wait_until(self, holds, what):
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, f"waited for {what}"
            time.sleep(0.05)

    def wait_for_batches(self, name, count=5):
        """Waits until a task has taken so many batches."""
        kind, index = name.split()
        file = self.folder / f"{kind}_{index}_{len(self.tasks[name]) - 1}.draws"
        self.wait_until(
            lambda: file.exists() and len(file.read_text().splitlines()) >= count,
            f"{count} batches of {name}",
        )

    def statuses(self) -> dict[str, int]:
        """Waits for the newest process of each task, and returns their exit statuses."""
        end = time.monotonic() + PATIENCE
        return {
            name: each[-1].process.wait(timeout=max(end - time.monotonic(), 1))
            for name, each in self.tasks.items()
        }

    def drawn(self) -> list[int]:
        """Returns the positions of all training images that any task took."""
        taken = [batch for path in self.folder.glob("*.draws") for batch in batches(path)]
        return [position for batch in taken for position in batch]


def batches(path) -> list[list[int]]:
    """Returns the positions of each batch that a process took, from its file."""
    return [[int(number) for number in line.split()] for line in path.read_text().splitlines()]


@contextlib.contextmanager
def of(command, roles, flags, folder, environment):
    """Yields a cluster whose tasks are not started yet; ends them, and shows logs on failure."""
    cluster = TrainingCluster(command, roles, flags, folder, environment)
    try:
        yield cluster
    except BaseException:
        for name, each in cluster.tasks.items():
            for task in each:
                print(f"--- {name} ({task.process.poll()})\n{task.log[-3000:]}")
        raise
    finally:
        for each in cluster.tasks.values():
            for task in each:
                task.process.kill()
                task.process.wait()
