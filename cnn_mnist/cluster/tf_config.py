"""Checks the environment variable TF_CONFIG, in which Estimator finds the tasks of a cluster."""

from __future__ import annotations

import os
from typing import Any

from cnn_mnist.errors import SettingsError
from cnn_mnist.support.files import parsed_json

_ALLOWED = (
    "allowed: unset, or a JSON object such as "
    '{"cluster": {"chief": ["localhost:2222"]}, "task": {"type": "chief", "index": 0}}'
)
_OF_OTHER_MACHINES = ("session_master", "eval_session_master", "model_dir")


def check() -> None:
    """Checks that TF_CONFIG, if it is set, works on a single machine.

    Estimator reads it whether or not a cluster is intended, and waits forever for tasks that
    never answer.

    Raises:
      SettingsError: TF_CONFIG is not a JSON object, names several tasks, a task that is not in
        its cluster or one that is not the chief, or has a field for other machines.
    """
    text = os.environ.get("TF_CONFIG", "")
    if not text:
        return
    given = _parsed(text)
    for field in _OF_OTHER_MACHINES:
        if given.get(field):
            raise _error(f"training on one machine does not use its field {field!r}")
    cluster, task = given.get("cluster", {}), given.get("task", {})
    tasks = [
        (kind, index) for kind, addresses in cluster.items() for index in range(len(addresses))
    ]
    if not tasks:
        _check_of_no_cluster(task)
        return
    here = (task.get("type"), _as_number(task.get("index")))
    if here not in tasks:
        named = ", ".join(f"{kind} {index}" for kind, index in tasks[:8])
        raise _error(f"its task is {here[0]} {here[1]}; its cluster has {named}")
    if len(tasks) > 1:
        raise _error(f"it names a cluster of {len(tasks)} tasks; training runs on one machine")
    if here[0] not in ("chief", "master"):
        raise _error(f"its only task is a {here[0]}; a single task must be the chief")


def _check_of_no_cluster(task: dict[str, Any]) -> None:
    kind, index = task.get("type", "worker"), _as_number(task.get("index", 0))
    if (kind, index) != ("worker", 0):
        raise _error(f"its task is {kind} {index}, and it names no cluster")


def _as_number(index: Any) -> Any:
    return int(index) if isinstance(index, str) and index.isdecimal() else index


def _parsed(text: str) -> dict[str, Any]:
    try:
        given = parsed_json(text)
    except ValueError as error:
        raise _error(f"it is not JSON ({error})") from error
    if not isinstance(given, dict):
        raise _error(f"it is a JSON {type(given).__name__}, not an object")
    cluster, task = given.get("cluster", {}), given.get("task", {})
    if not isinstance(cluster, dict) or not all(isinstance(a, list) for a in cluster.values()):
        raise _error("its field 'cluster' is not an object of lists of addresses")
    if not isinstance(task, dict):
        raise _error("its field 'task' is not an object")
    return given


def _error(reason: str) -> SettingsError:
    return SettingsError(f"TF_CONFIG cannot be used: {reason}; {_ALLOWED}")
