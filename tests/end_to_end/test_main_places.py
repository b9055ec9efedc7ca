"""The command works wherever a person has it work, or says in one line why not."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

import numpy as np
import pytest
from commands import DENSE
from places import REPOSITORY

from cnn_mnist.model_folder import checkpoints
from cnn_mnist.tf_compat import tf
from cnn_mnist.training import trainer

SHORT = ("--train_steps=6", "--batch_size=20", DENSE, "--validation_examples=0", "--offline")
VALIDATED = (*SHORT[:3], "--validation_examples=100", "--validate_every_steps=6", "--offline")
PROBE = ["unshare", "--user", "--map-root-user", "--mount", "true"]
REAL_START = (sys.executable, "-m", "cnn_mnist.main")


@pytest.fixture(scope="module")
def few(small, tmp_path_factory):
    """The flag that names a folder of IDX files: 500 training and 500 test images."""
    folder = tmp_path_factory.mktemp("few")
    for name, examples in (("train", small.train.take(slice(500))), ("t10k", small.test)):
        for kind, array in (
            ("images-idx3", examples.images[..., 0]),
            ("labels-idx1", examples.labels),
        ):
            header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
            (folder / f"{name}-{kind}-ubyte").write_bytes(header + array.astype(np.uint8).tobytes())
    return f"--dataset={folder}"


def run(command_line, environment, *arguments, before=(), **changes):
    return subprocess.run(
        [*before, *command_line, *arguments],
        env={k: v for k, v in {**environment, **changes}.items() if v is not None},
        capture_output=True,
    )


def assert_one_line(ended, *parts):
    (line,) = ended.stderr.decode().splitlines()
    assert ended.returncode == 2, line
    for part in ("cnn-mnist: ", *parts):
        assert part in line


def read_only(*folders):
    """A prefix for a command that sees these folders read-only, also where it is root's."""
    if not shutil.which("unshare") or subprocess.run(PROBE, capture_output=True).returncode:
        pytest.skip("this machine lets no process have mounts of its own (unshare --mount)")
    mounts = "".join(
        f'mount --bind "{f}" "{f}" && mount -o remount,bind,ro "{f}" && ' for f in folders
    )
    return [*PROBE[:-1], "sh", "-c", f'{mounts} exec "$@"', "sh"]


@pytest.mark.slow
def test_a_path_with_spaces_and_letters_of_every_kind(
    tmp_path, command_line, subprocess_environment, few
):
    model_dir = tmp_path / "my mödel — 数字 'x' $HOME"
    ended = run(command_line, subprocess_environment, f"--model_dir={model_dir}", few, *VALIDATED)
    assert ended.returncode == 0, ended.stderr.decode()
    assert checkpoints.latest_step(str(model_dir)) == 6
    assert str(model_dir) in ended.stdout.decode()


@pytest.mark.slow
@pytest.mark.parametrize("home", ["/nonexistent", None])
def test_without_a_home_data_go_where_data_dir_says(
    tmp_path, command_line, subprocess_environment, home, mnist
):
    ended = run(
        command_line,
        subprocess_environment,
        f"--model_dir={tmp_path}/m",
        "--mode=train",
        *VALIDATED,
        HOME=home,
    )
    assert ended.returncode == 0, ended.stderr.decode()


@pytest.mark.slow
def test_a_home_that_cannot_be_written_says_so_and_what_to_give(tmp_path, subprocess_environment):
    (tmp_path / "home").mkdir()
    ended = run(
        REAL_START,
        subprocess_environment,
        f"--model_dir={tmp_path}/m",
        "--mode=train",
        *SHORT,
        before=read_only(tmp_path / "home"),
        HOME=str(tmp_path / "home"),
        TFDS_DATA_DIR=None,
    )
    assert_one_line(ended, f"--data_dir={tmp_path}/home/tensorflow_datasets cannot be written")


@pytest.mark.slow
def test_a_read_only_package_folder_is_no_hindrance(
    tmp_path, command_line, subprocess_environment, mnist
):
    ended = run(
        command_line,
        subprocess_environment,
        f"--model_dir={tmp_path}/m",
        "--mode=train",
        *SHORT,
        before=read_only(REPOSITORY / "cnn_mnist"),
    )
    assert ended.returncode == 0, ended.stderr.decode()


@pytest.mark.slow
def test_a_model_dir_that_is_read_only_can_be_evaluated_from_python_but_not_trained(
    tmp_path, command_line, subprocess_environment, trained, mnist
):
    shutil.copytree(trained.model_dir, tmp_path / "m")
    ended = run(
        command_line,
        subprocess_environment,
        f"--model_dir={tmp_path}/m",
        "--train_steps=80",
        "--offline",
        before=read_only(tmp_path / "m"),
    )
    assert_one_line(ended, f"--model_dir={tmp_path}/m cannot be written (Read-only file system)")


def test_predict_works_in_a_model_dir_that_is_read_only(
    tmp_path, command_line, subprocess_environment, trained, mnist
):
    shutil.copytree(trained.model_dir, tmp_path / "m")
    digit = REPOSITORY / "cnn_mnist" / "data" / "digits"
    ended = run(
        command_line,
        subprocess_environment,
        f"--model_dir={tmp_path}/m",
        "--mode=predict",
        f"--images={digit}",
        before=read_only(tmp_path / "m"),
    )
    assert ended.returncode == 0, ended.stderr.decode()
    assert len(ended.stdout.splitlines()) == 10


@pytest.mark.parametrize("coerced", ["0", "1"])
def test_in_a_locale_of_plain_c_all_is_said(tmp_path, subprocess_environment, coerced, trained):
    ended = run(
        REAL_START,
        subprocess_environment,
        "--preset=list",
        LC_ALL="C",
        PYTHONCOERCECLOCALE=coerced,
        PYTHONUTF8=coerced,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    assert b"layers_tutorial" in ended.stdout


@pytest.mark.slow
def test_in_a_locale_of_plain_c_a_path_that_is_no_ascii_is_trained_in(
    tmp_path, subprocess_environment, few
):
    model_dir = f"--model_dir={tmp_path}/mödel"
    ended = run(REAL_START, subprocess_environment, model_dir, few, *VALIDATED, LC_ALL="C")
    assert ended.returncode == 0, ended.stderr.decode()
    assert checkpoints.latest_step(str(tmp_path / "mödel")) == 6


@pytest.mark.slow
def test_where_python_is_told_to_know_ascii_only_such_a_path_is_refused_with_what_helps(
    tmp_path, subprocess_environment
):
    ended = run(
        REAL_START,
        subprocess_environment,
        f"--model_dir={tmp_path}/mödel",
        *SHORT,
        LC_ALL="C",
        PYTHONCOERCECLOCALE="0",
        PYTHONUTF8="0",
    )
    assert_one_line(ended, "is not UTF-8; give a path that is, or set PYTHONUTF8=1")


@pytest.mark.slow
def test_a_clock_that_jumps_back_loses_nothing(tmp_path, small_command, monkeypatch, capsys):
    """The clock of the whole process, set back by a day in the middle of training."""

    class JumpBack(tf.train.SessionRunHook):
        def __init__(self):
            self.steps = 0

        def after_run(self, context, values):
            self.steps += 1

    clock, hook = time.time, JumpBack()
    monkeypatch.setattr(time, "time", lambda: clock() - 86400 * (hook.steps >= 3))
    monkeypatch.setattr(trainer.hooks, "by_name", lambda *arguments: [hook])
    assert small_command(f"--model_dir={tmp_path}/m", *VALIDATED, "--format=json") == 0
    assert hook.steps == 6
    assert json.loads(capsys.readouterr().out)["step"] == 6
    (run_line,) = (tmp_path / "m" / "runs.jsonl").read_text("utf-8").splitlines()
    assert json.loads(run_line)["trained"]["seconds"] > 0


@pytest.mark.slow
def test_with_standard_output_and_error_closed_it_trains(
    tmp_path, command_line, subprocess_environment, few
):
    command = [*command_line, f"--model_dir={tmp_path}/m", "--mode=train", few, *VALIDATED]
    ended = subprocess.run(
        ["sh", "-c", 'exec "$@" >&- 2>&- <&-', "sh", *command], env=subprocess_environment
    )
    assert ended.returncode == 0
    assert checkpoints.latest_step(str(tmp_path / "m")) == 6


@pytest.mark.slow
@pytest.mark.usefixtures("sighup_is_heard")
def test_the_terminal_that_started_it_may_go_away(tmp_path, subprocess_environment, few):
    """Its output then fails with an error of the system, and training ends as on SIGHUP."""
    master, slave = os.openpty()
    rows_and_columns = struct.pack("HHHH", 24, 100, 0, 0)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, rows_and_columns)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "cnn_mnist.main", f"--model_dir={tmp_path}/m", "--offline"),
            *("--mode=train", "--train_steps=100000", "--schedule=constant", DENSE),
            *(few, "--validation_examples=0"),
        ],
        env=subprocess_environment,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=_take_the_terminal,
    )
    os.close(slave)
    seen = b""
    while b"images/s" not in seen:
        seen += os.read(master, 4096)
    os.close(master)
    assert process.wait(timeout=120) == 128 + signal.SIGHUP
    assert checkpoints.latest_step(str(tmp_path / "m")) >= 10


def _take_the_terminal():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
