"""scripts/test_matrix runs both sets and sums up. A double stands in for scripts/run."""

import os
import shutil
import subprocess

import pytest
from places import REPOSITORY

# Answers the question for versions, notes every other command, and fails in .venv-oldest.
RUN_DOUBLE = """
if [ "$2" = -c ]; then echo "TensorFlow ${CNN_MNIST_VENV:-.venv}"; exit; fi
echo "${CNN_MNIST_VENV:-.venv} ${PYTHON:-default} $*" >>commands
[ "${CNN_MNIST_VENV:-.venv}" = .venv ]
"""


class Matrix:
    def __init__(self, root):
        self.root = root
        (root / "scripts").mkdir()
        shutil.copy(REPOSITORY / "scripts" / "test_matrix", root / "scripts")
        write_script(root / "scripts" / "run", RUN_DOUBLE)
        self.tools = root / "tools"
        self.tools.mkdir()
        for name in ["bash", "dirname", "env", "mktemp", "rm", "sh"]:
            (self.tools / name).symlink_to(shutil.which(name))
        self.python = self.tools / "python3.11"
        write_script(self.python, "exit 0")

    def run(self, *arguments):
        environment = {"PATH": str(self.tools), "TMPDIR": os.environ.get("TMPDIR", "/tmp")}
        return subprocess.run(
            [self.root / "scripts" / "test_matrix", *arguments],
            env=environment,
            capture_output=True,
            text=True,
        )

    def commands(self):
        return (self.root / "commands").read_text().splitlines()


def write_script(path, body):
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.fixture
def matrix(tmp_path):
    return Matrix(tmp_path)


def test_both_sets_run_and_one_failure_fails_the_whole(matrix):
    result = matrix.run("--", "-q", "tests/a b")
    assert result.returncode == 1
    *_, oldest, newest = result.stdout.splitlines()
    assert oldest == "oldest: TensorFlow .venv-oldest: tests failed in 0 s"
    assert newest == "newest: TensorFlow .venv: tests passed in 0 s"
    assert matrix.commands() == [
        f".venv-oldest {matrix.python} python -m pytest -q tests/a b",
        ".venv default python -m pytest -q tests/a b",
    ]


def test_only_runs_one_set(matrix):
    result = matrix.run("--only", "newest")
    assert result.returncode == 0
    assert matrix.commands() == [".venv default python -m pytest"]


def test_smoke_runs_both_networks(matrix):
    result = matrix.run("--smoke", "--only", "newest")
    assert result.returncode == 0
    assert "smoke passed" in result.stdout
    layers, nn = matrix.commands()
    assert "-m cnn_mnist.main --dry_run --variant=layers --model_dir=" in layers
    assert "-m cnn_mnist.main --dry_run --variant=nn --model_dir=" in nn


def test_environment_that_cannot_be_made_fails_the_set(matrix):
    write_script(matrix.root / "scripts" / "run", "exit 1")
    result = matrix.run("--only", "newest")
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1] == "newest: the environment could not be made"


def test_missing_python_311_is_one_line(matrix):
    matrix.python.unlink()
    result = matrix.run()
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "no Python 3.11 found" in result.stderr


@pytest.mark.parametrize(
    "arguments", [["--only"], ["--only", "middle"], ["--fast"], ["--smoke", "--", "-q"]]
)
def test_wrong_argument_is_one_line(matrix, arguments):
    result = matrix.run(*arguments)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
