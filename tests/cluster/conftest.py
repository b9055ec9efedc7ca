"""What the tests of clusters share: tasks, forked from a process that has imported TensorFlow."""

from __future__ import annotations

import fork_server
import pytest
import training_cluster


@pytest.fixture(scope="session")
def task_command(tmp_path_factory, subprocess_environment):
    """The beginning of the command line of a task, see `cluster_task`."""
    folder = tmp_path_factory.mktemp("cluster forks")
    with fork_server.started(folder, subprocess_environment, command="cluster_task") as command:
        yield command


@pytest.fixture
def cluster_in(tmp_path, subprocess_environment, task_command, mnist):
    """A function that gives a cluster whose tasks have flags and train in `tmp_path/"model"`."""

    def make(roles, *flags, name="logs"):
        folder = tmp_path / name
        folder.mkdir()
        flags = [f"--model_dir={tmp_path}/model", *flags]
        return training_cluster.of(task_command, roles, flags, folder, subprocess_environment)

    return make
