"""Checks the environment variable TF_CONFIG, in which Estimator finds the tasks of a cluster."""

from __future__ import annotations

import contextlib
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
_ADDRESS = re.compile("[!-~]+")
"""Any characters that can be seen: Estimator does not connect to its only task."""
_LONGEST_SHOWN = 40
_environment = threading.Lock()

Task = tuple[Any, Any]
"""Type and index, such as `("chief", 0)`."""


@contextlib.contextmanager
def as_checked() -> Iterator[None]:
    """Checks TF_CONFIG, and sets it to the checked value within the `with` block.

    `RunConfig` takes it from the environment alone, and parses it in its own way: it fails at an
    empty one, and takes `true` for the index 1.

    Raises:
      SettingsError: see `check`.
    """
    with _environment:
        checked = json.dumps(check())
        before = os.environ.get(_NAME)
        os.environ[_NAME] = checked
        try:
            yield
        finally:
            if before is None:
                del os.environ[_NAME]
            else:
                os.environ[_NAME] = before


def check() -> dict[str, Any]:
    """Checks that TF_CONFIG, if it is set, works on a single machine.

    Estimator reads it whether or not a cluster is intended, and waits forever for tasks that
    never answer.

    Returns:
      What Estimator needs of it: the single task, if it names a cluster, and nothing otherwise.

    Raises:
      SettingsError: TF_CONFIG is not a JSON object, names several tasks, a task that is not in
        its cluster or one that is not the chief, or has a field for other machines.
    """
    text = os.environ.get(_NAME, "")
    if not text:
        return {}
    given = _parsed(text)
    for field in _OF_OTHER_MACHINES:
        if given.get(field):
            raise _error(f"training on one machine does not use its field {field!r}")
    cluster = _addresses(given.get("cluster", {}))
    task = given.get("task", {})
    if not isinstance(task, dict):
        raise _error("its field 'task' is not an object")
    if not cluster:
        _check_of_no_cluster(task)
        return {}
    here = (task.get("type"), _as_number(task.get("index")))
    _check_only_chief(here, list(cluster))
    kind, index = here
    return {"cluster": {kind: list(cluster.values())}, "task": {"type": kind, "index": index}}


def _check_of_no_cluster(task: dict[str, Any]) -> None:
    here = (task.get("type", "worker"), _as_number(task.get("index", 0)))
    if not _same(here, ("worker", 0)):
        raise _error(f"its task is {_named(here)}, and it names no cluster")


def _check_only_chief(here: Task, tasks: list[Task]) -> None:
    if not any(_same(here, task) for task in tasks):
        named = ", ".join(_named(task) for task in tasks[:8])
        more = f" and {len(tasks) - 8:,} more" if len(tasks) > 8 else ""
        raise _error(f"its task is {_named(here)}; its cluster has {named}{more}")
    if len(tasks) > 1:
        raise _error(f"it names a cluster of {len(tasks):,} tasks; training runs on one machine")
    if here[0] not in ("chief", "master"):
        raise _error(f"its only task is a {_of_kind(here[0])}; a single task must be the chief")


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
