"""Reads the environment variable TF_CONFIG, in which launchers name the tasks of a cluster.

Launchers write it in different ways. Each is brought into one form, the same in every process of a
cluster:

- Kubeflow's TFJob, AI Platform and Vertex AI add fields such as `environment`, `job` and
  `task.trial`, and leave the evaluator out of `cluster`; TensorFlowOnSpark has it there.
- AI Platform and SageMaker call the chief `master`.
- Ray Train and TFJob may have workers alone: the first of them becomes the chief, and the others
  are numbered from 0.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import threading
from collections.abc import Iterator
from typing import Any

from cnn_mnist.errors import SettingsError
from cnn_mnist.support.files import parsed_json

_NAME = "TF_CONFIG"
_ALLOWED = (
    "allowed: unset, or a JSON object such as "
    '{"cluster": {"chief": ["localhost:2222"]}, "task": {"type": "chief", "index": 0}}'
)
_OF_OTHER_MACHINES = ("session_master", "eval_session_master", "model_dir")
_KINDS = ("chief", "worker", "ps", "evaluator")
_MASTER = "master"
"""An older name of the chief."""
_ADDRESS = re.compile("[!-~]+")
"""Any characters that can be seen: Estimator does not connect to its only task."""
_LONGEST_SHOWN = 40
_environment = threading.Lock()

Task = tuple[Any, Any]
"""Type and index, such as `("chief", 0)`."""


@dataclasses.dataclass(frozen=True)
class Cluster:
    """The tasks of a cluster, and which of them this process is.

    Attributes:
      addresses: `host:port` of each task, by `chief`, `worker`, `ps` and `evaluator`; kinds
        without a task are left out. There is one chief.
      task: type and index of this process. An evaluator may be missing in `addresses`.
    """

    addresses: dict[str, tuple[str, ...]]
    task: tuple[str, int]

    @property
    def tasks(self) -> list[Task]:
        """Every task, this one too."""
        named = [(k, i) for k, of_kind in self.addresses.items() for i in range(len(of_kind))]
        return named if self.task in named else [*named, self.task]

    @property
    def is_chief(self) -> bool:
        """Whether this process is the chief."""
        return self.task[0] == "chief"

    @property
    def name(self) -> str:
        """The name of this task for people, such as `worker 0`."""
        return f"{self.task[0]} {self.task[1]}"

    @property
    def is_synchronous(self) -> bool:
        """Whether every task has all weights and computes a part of each step: there is no ps."""
        return not self.servers

    @property
    def computing(self) -> list[str]:
        """The names of the tasks that compute steps, the chief first."""
        return [*self.of_kind("chief"), *self.of_kind("worker")]

    @property
    def needed(self) -> dict[str, str]:
        """The addresses of the tasks without which this one cannot train, by name."""
        if not self.is_synchronous:
            # The chief first: without it the servers end too.
            return {**({} if self.is_chief else self.of_kind("chief")), **self.servers}
        all_that_compute = {**self.of_kind("chief"), **self.of_kind("worker")}
        return {name: where for name, where in all_that_compute.items() if name != self.name}

    @property
    def servers(self) -> dict[str, str]:
        """The address of each parameter server, by its name, such as `ps 0`."""
        return self.of_kind("ps")

    def of_kind(self, kind: str) -> dict[str, str]:
        """Returns the address of each task of a kind, by its name."""
        return {f"{kind} {n}": a for n, a in enumerate(self.addresses.get(kind, ()))}

    def as_tf_config(self) -> dict[str, Any]:
        """Returns what Estimator takes: the tasks that it connects to, and this one."""
        kind, index = self.task
        cluster = {k: list(of_kind) for k, of_kind in self.addresses.items() if k != "evaluator"}
        return {"cluster": cluster, "task": {"type": kind, "index": index}}


@contextlib.contextmanager
def in_environment(cluster: Cluster | None, master: str = "") -> Iterator[None]:
    """Sets TF_CONFIG to a cluster in its one form, or to none, within the `with` block.

    `RunConfig` takes it from the environment alone, and parses it in its own way: it fails at an
    empty one, and takes `true` for the index 1. Evaluation and export are by one process, also in
    a cluster.

    Args:
      cluster: with which an Estimator trains; None for this process alone.
      master: the address of this task's `tf.train.Server`. In a synchronous cluster Estimator
        connects to it alone: each task has its own weights, and initializes them itself.
    """
    with _environment:
        checked = json.dumps(_for_estimator(cluster, master))
        before = os.environ.get(_NAME)
        os.environ[_NAME] = checked
        try:
            yield
        finally:
            if before is None:
                del os.environ[_NAME]
            else:
                os.environ[_NAME] = before


def _for_estimator(cluster: Cluster | None, master: str) -> dict[str, Any]:
    if cluster is None:
        return {}
    return {"session_master": master} if cluster.is_synchronous else cluster.as_tf_config()


def cluster_to_train_in() -> Cluster | None:
    """Returns the cluster that TF_CONFIG names, or None if this process trains alone.

    Raises:
      SettingsError: see `read`.
    """
    cluster = read()
    if cluster is None or cluster.task[0] == "evaluator":
        return cluster
    is_alone = cluster.is_synchronous and len(cluster.computing) == 1
    return None if is_alone else cluster


def batches_in_a_step() -> int:
    """Returns how many batches a training step takes: one for each task, if they train in step.

    Raises:
      SettingsError: see `read`.
    """
    cluster = cluster_to_train_in()
    return len(cluster.computing) if cluster and cluster.is_synchronous else 1


def read() -> Cluster | None:
    """Returns the cluster that TF_CONFIG names, in one form for all launchers, or None.

    Raises:
      SettingsError: it is not a JSON object, names a task that is not in its cluster, tasks
        that no cluster has, or an address twice, or has a field for other machines.
    """
    text = os.environ.get(_NAME, "")
    if not text:
        return None
    given = _parsed(text)
    for field in _OF_OTHER_MACHINES:
        if given.get(field):
            raise _error(f"its field {field!r} is not used here, so leave it out")
    addresses = _addresses(given.get("cluster", {}))
    task = given.get("task", {})
    if not isinstance(task, dict):
        raise _error("its field 'task' is not an object")
    if not addresses:
        _check_of_no_cluster(given, task)
        return None
    here = (task.get("type"), _as_number(task.get("index")))
    _check_task(here, addresses)
    _check_tasks(addresses)
    return _with_a_chief(addresses, here)


def _check_of_no_cluster(given: dict[str, Any], task: dict[str, Any]) -> None:
    if given.get("sparseCluster"):
        raise _error(
            "its field 'sparseCluster' leaves out most tasks; set the TFJob's enableDynamicWorker "
            "to false"
        )
    here = (task.get("type", "worker"), _as_number(task.get("index", 0)))
    if not _same(here, ("worker", 0)):
        raise _error(f"its task is {_named(here)}, and it names no cluster")


def _check_task(here: Task, addresses: dict[Task, str]) -> None:
    # The evaluator does not compute with the others, so most launchers leave it out.
    is_evaluator = _same(here, ("evaluator", 0))
    if is_evaluator or any(_same(here, task) for task in addresses):
        return
    named = ", ".join(_named(task) for task in list(addresses)[:8])
    more = f" and {len(addresses) - 8:,} more" if len(addresses) > 8 else ""
    raise _error(f"its task is {_named(here)}; its cluster has {named}{more}")


def _check_tasks(addresses: dict[Task, str]) -> None:
    kinds = [kind for kind, _ in addresses]
    for kind in kinds:
        if kind not in (*_KINDS, _MASTER):
            raise _error(f"its cluster has a {_of_kind(kind)}; expected {', '.join(_KINDS)}")
    for kind in ("chief", _MASTER, "evaluator"):
        if (count := kinds.count(kind)) > 1:
            raise _error(f"its cluster has {count:,} tasks of type {kind}; expected one")
    if "chief" in kinds and _MASTER in kinds:
        raise _error("its cluster has a chief and a master, which are the same")
    if not {"chief", _MASTER, "worker"} & set(kinds):
        found = ", ".join(dict.fromkeys(kinds))
        raise _error(f"its cluster has no chief and no worker, only {found}")
    seen: dict[str, Task] = {}
    for task, address in addresses.items():
        if address in seen:
            both = f"{_named(seen[address])} and {_named(task)}"
            raise _error(f"{both} have the same address, {_shown(address)}")
        seen[address] = task


def _with_a_chief(addresses: dict[Task, str], here: Task) -> Cluster:
    """Returns the cluster with `master` as `chief`, or the first worker where there is none."""
    kinds = {kind for kind, _ in addresses}
    renamed: dict[Task, Task] = {(_MASTER, 0): ("chief", 0)}
    if not {"chief", _MASTER} & kinds:
        renamed = {("worker", 0): ("chief", 0)}
        for _, index in [task for task in addresses if task[0] == "worker"][1:]:
            renamed["worker", index] = ("worker", index - 1)
    tasks = {renamed.get(task, task): address for task, address in addresses.items()}
    by_kind = {
        kind: tuple(address for task, address in tasks.items() if task[0] == kind)
        for kind in _KINDS
    }
    return Cluster(
        {k: of_kind for k, of_kind in by_kind.items() if of_kind}, renamed.get(here, here)
    )


def _same(one: Task, other: Task) -> bool:
    # In Python True is 1, and 1.0 is 1.
    return one == other and type(one[1]) is type(other[1])


def _as_number(index: Any) -> Any:
    """Returns a text of up to nine digits as a number, as launchers write an index."""
    is_number = isinstance(index, str) and re.fullmatch("[0-9]{1,9}", index)
    return int(index) if is_number else index


def _parsed(text: str) -> dict[str, Any]:
    try:
        given = parsed_json(text)
    except ValueError as error:
        raise _error(f"it is not JSON ({error})") from error
    if not isinstance(given, dict):
        raise _error(f"it is a JSON {type(given).__name__}, not an object")
    return given


def _addresses(cluster: Any) -> dict[Task, str]:
    """Returns the address of each task."""
    if not isinstance(cluster, dict) or not all(isinstance(a, list) for a in cluster.values()):
        raise _error("its field 'cluster' is not an object of lists of addresses")
    addresses = {
        (kind, index): address
        for kind, of_kind in cluster.items()
        for index, address in enumerate(of_kind)
    }
    for task, address in addresses.items():
        if not (isinstance(address, str) and _ADDRESS.fullmatch(address)):
            raise _error(
                f"the address of {_named(task)} is {_shown(address)}; expected a text such as "
                "'localhost:2222'"
            )
    return addresses


def _named(task: Task) -> str:
    return f"{_of_kind(task[0])} {_shown(task[1])}"


def _of_kind(kind: Any) -> str:
    is_word = isinstance(kind, str) and re.fullmatch("[a-z]{1,20}", kind)
    return str(kind) if is_word else _shown(kind)


def _shown(value: Any) -> str:
    """Returns a value from outside for a message: quoted, and cut if it is long."""
    try:
        text = ascii(value)
    except (RecursionError, ValueError):
        return f"a {type(value).__name__}"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _error(reason: str) -> SettingsError:
    return SettingsError(f"TF_CONFIG cannot be used: {reason}; {_ALLOWED}")
