"""What the tests of clusters share: a process that has imported TensorFlow, to fork tasks from."""

from __future__ import annotations

import fork_server
import pytest


@pytest.fixture(scope="session")
def task_command(tmp_path_factory, subprocess_environment):
    """The beginning of the command line of a task, see `cluster_task`."""
    folder = tmp_path_factory.mktemp("cluster forks")
    with fork_server.started(folder, subprocess_environment, command="cluster_task") as command:
        yield command
