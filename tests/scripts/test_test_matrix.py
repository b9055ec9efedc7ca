"""scripts/test_matrix runs sets of packages. Doubles stand in for scripts/run and uv."""

import os
import shutil
import subprocess

import pytest
from places import REPOSITORY

# Makes a folder for the environment, answers the question for versions, notes every other command,
# and fails in .venv-oldest.
RUN_DOUBLE = """
venv=${CNN_MNIST_VENV:-.venv}
mkdir -p "$venv"
if [ "$2" = -c ]; then echo "TensorFlow $venv"; exit; fi
echo "$venv ${PYTHON:-default} $*" >>commands
[ "$venv" != .venv-oldest ]
"""
# Writes the bounds that it got to the file of pins.
UV_DOUBLE = """
while [ $# -gt 1 ]; do
  case $1 in
    --constraints) bounds="$bounds $2" ;;
    --output-file) pins=$2 ;;
    --python-version) python=$2 ;;
  esac
  shift
done
grep -q pinned "$pins" && cat $bounds >"$pins" && echo "python $python" >>"$pins"
"""

TOOLS = ["bash", "cat", "cp", "dirname", "env", "grep", "mkdir", "mktemp", "mv", "rm", "sh"]


class Matrix:
    def __init__(self, root):
        self.root = root
        (root / "scripts").mkdir()
        shutil.copy(REPOSITORY / "scripts" / "test_matrix", root / "scripts")
        write_script(root / "scripts" / "run", RUN_DOUBLE)
        (root / "scripts" / "constraints.txt").write_text("pinned==1\n")
        (root / "scripts" / "newest.in").write_text("other >=1\n")
        (root / "setup.cfg").touch()
        self.tools = root / "tools"
        self.tools.mkdir()
        for name in TOOLS:
            (self.tools / name).symlink_to(shutil.which(name))
        write_script(self.tools / "uv", UV_DOUBLE)
        self.python = self.tools / "python3.11"
        write_script(self.python, "exit 0")

    def run(self, *arguments, **variables):
        environment = {"PATH": str(self.tools), "TMPDIR": os.environ.get("TMPDIR", "/tmp")}
        environment.update(variables)
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


def test_one_tensorflow_runs_on_each_python_that_is_found(matrix):
    write_script(matrix.tools / "python3.12", "exit 0")
    result = matrix.run("--only", "2.18", "--", "tests/tf_compat")
    assert result.returncode == 0
    assert matrix.commands() == [
        f".venv-2.18-3.{minor} {matrix.tools}/python3.{minor} python -m pytest tests/tf_compat"
        for minor in (11, 12)
    ]
    assert result.stdout.splitlines()[-3:] == [
        "2.18-3.11: TensorFlow .venv-2.18-3.11: tests passed in 0 s",
        "2.18-3.12: TensorFlow .venv-2.18-3.12: tests passed in 0 s",
        "2.18 on Python 3.10: skipped, because no Python 3.10 was found",
    ]


def test_the_pins_of_a_set_keep_tensorflow_and_protobuf_together(matrix):
    assert matrix.run("--only", "2.20").returncode == 0
    pins = (matrix.root / ".venv-2.20-3.11.txt").read_text().splitlines()
    assert pins == [
        "tensorflow ==2.20.*",
        "tf-keras ==2.20.*",
        "protobuf <7",
        "other >=1",
        "python 3.11",
    ]


@pytest.mark.parametrize("minor", range(16, 20))
def test_where_protobuf_is_older_tensorflow_metadata_is_too(matrix, minor):
    assert matrix.run("--only", f"2.{minor}").returncode == 0
    pins = (matrix.root / f".venv-2.{minor}-3.11.txt").read_text().splitlines()
    assert "tensorflow-metadata <1.18" in pins


def test_the_newest_tensorflow_has_its_pins_on_every_python(matrix):
    assert matrix.run("--only", "2.21").returncode == 0
    assert matrix.commands() == [f".venv-2.21-3.11 {matrix.python} python -m pytest"]
    assert not [*matrix.root.glob(".venv*.txt")]
    # On the default Python it is the newest set.
    matrix.python.unlink()
    write_script(matrix.tools / "python3", 'case $2 in *"(3, 11)"*) ;; *) exit 1 ;; esac')
    assert matrix.run("--only", "2.21").returncode == 0
    assert matrix.commands()[1:] == [".venv default python -m pytest"]


def test_pins_that_are_there_are_kept_until_those_of_the_newest_change(matrix):
    pins = matrix.root / ".venv-2.18-3.11.txt"
    pins.write_text("mine")
    assert matrix.run("--only", "2.18").returncode == 0
    assert pins.read_text() == "mine"
    later = pins.stat().st_mtime + 10
    os.utime(matrix.root / "scripts" / "constraints.txt", (later, later))
    assert matrix.run("--only", "2.18").returncode == 0
    assert pins.read_text() != "mine"


def test_all_runs_every_tensorflow(matrix):
    result = matrix.run("--only", "all", "--remove")
    assert result.returncode == 1
    sets = [line.split(":")[0] for line in result.stdout.splitlines() if ": tests " in line]
    assert sets == ["oldest", *(f"2.{minor}-3.11" for minor in range(16, 22))]
    assert "2.15 on Python 3.10: skipped" in result.stdout
    assert "2.21 on Python 3.13: skipped" in result.stdout


def test_remove_keeps_the_environment_of_the_newest_set(matrix):
    assert matrix.run("--only", "2.18,newest", "--remove").returncode == 0
    assert [path.name for path in matrix.root.glob(".venv*")] == [".venv"]


def test_a_python_may_be_named(matrix):
    other = matrix.tools / "another"
    matrix.python.rename(other)
    result = matrix.run("--only", "2.18", PYTHON311=str(other))
    assert result.returncode == 0
    assert matrix.commands() == [f".venv-2.18-3.11 {other} python -m pytest"]


def test_a_missing_uv_fails_the_set(matrix):
    (matrix.tools / "uv").unlink()
    result = matrix.run("--only", "2.18")
    assert result.returncode == 1
    assert "uv is missing" in result.stderr
    assert "2.18-3.11: the environment could not be made" in result.stdout


def test_no_python_at_all_is_an_error(matrix):
    matrix.python.unlink()
    result = matrix.run("--only", "2.18")
    assert result.returncode == 2
    assert "2.18 on Python 3.11: skipped" in result.stderr


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
    "arguments",
    [["--only"], ["--only", "middle"], ["--only", "2.14"], ["--fast"], ["--smoke", "--", "-q"]],
)
def test_wrong_argument_is_one_line(matrix, arguments):
    result = matrix.run(*arguments)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
