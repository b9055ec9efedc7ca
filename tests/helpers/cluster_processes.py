"""Runs a Python file as each task of a cluster on this machine, with TF_CONFIG."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time

from places import REPOSITORY


def free_addresses(roles) -> dict[str, list[str]]:
    """Returns a cluster of these roles, `["chief", "worker", "worker"]`, at free ports."""
    cluster: dict[str, list[str]] = {}
    with contextlib.ExitStack() as stack:
        for role in roles:
            bound = stack.enter_context(socket.socket())
            bound.bind(("127.0.0.1", 0))
            cluster.setdefault(role, []).append(f"localhost:{bound.getsockname()[1]}")
    return cluster


def run(program, arguments, roles, timeout=120) -> dict[str, list]:
    """Runs a program as each task; the parameter servers are killed when all others have ended.

    Args:
      program: the path of the Python file.
      arguments: those of the command line, for each task.
      roles: see `free_addresses`.
      timeout: seconds.

    Returns:
      For each task, such as `worker 0`, what it printed, parsed: each line that is a JSON object.
    """
    cluster = free_addresses(roles)
    with contextlib.ExitStack() as stack:
        tasks = {
            f"{role} {index}": stack.enter_context(
                _started(program, arguments, cluster, role, index)
            )
            for role, addresses in cluster.items()
            for index in range(len(addresses))
        }
        end = time.monotonic() + timeout
        return {
            name: _printed(name, task, end - time.monotonic())
            for name, task in tasks.items()
            if not name.startswith("ps ")
        }


@contextlib.contextmanager
def _started(program, arguments, cluster, role, index):
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environment["PYTHONPATH"] = str(REPOSITORY)
    environment["TF_CONFIG"] = json.dumps(
        {"cluster": cluster, "task": {"type": role, "index": index}}
    )
    with subprocess.Popen(
        [sys.executable, str(program), *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as task:
        try:
            yield task
        finally:
            task.kill()


def _printed(name, task, timeout) -> list:
    try:
        output, _ = task.communicate(timeout=max(timeout, 1))
    except subprocess.TimeoutExpired:
        task.kill()
        raise AssertionError(f"{name} did not end:\n{task.communicate()[0][-3000:]}") from None
    assert task.returncode == 0, f"{name} failed:\n{output[-3000:]}"
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]
