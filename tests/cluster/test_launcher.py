"""`python -m cnn_mnist.cluster` starts a whole cluster, shows one log, and stops it as one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from cnn_mnist.cluster import __main__ as command
from cnn_mnist.cluster import launcher
from cnn_mnist.model_folder import checkpoints

FLAGS = (
    *("--architecture=flatten, dense 10", "--offline", "--train_examples=2000"),
    *("--validation_examples=200", "--warmup_steps=0", "--cluster_timeout=60"),
)


def test_the_flags_behind_two_dashes_are_those_of_the_tasks():
    found = launcher.parse(["--workers=2", "--ps=3", "--", "--model_dir=/tmp/x", "--ps"])
    assert found == launcher.Options(2, 3, False, ("--model_dir=/tmp/x", "--ps"))
    assert launcher.parse([]) == launcher.Options(1, 1, False, ())
    assert launcher.parse(["--ps=0", "--evaluator"]) == launcher.Options(1, 0, True, ())


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            ["--ps=0", "--workers=0"],
            "--ps=0 --workers=0 leaves the chief alone; give 1 or more of one",
        ),
        (["--workers=x"], "argument --workers: 'x'; allowed: 0 to 64; --help lists the flags"),
        (["--workers=65"], "argument --workers: '65'; allowed: 0 to 64; --help lists the flags"),
        (["--model_dir=/tmp/x"], "unrecognized arguments: --model_dir=/tmp/x; --help lists"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(capsys, arguments, message):
    assert command.main(arguments) == 2
    assert capsys.readouterr().err.startswith(f"cnn-mnist-cluster: {message}")


def test_help_is_printed(capsys):
    assert command.main(["--help"]) == 0
    assert capsys.readouterr().out.startswith("usage: python -m cnn_mnist.cluster")


def started(*arguments, environment):
    return subprocess.Popen(
        [sys.executable, "-m", "cnn_mnist.cluster", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_it_trains_with_every_task_and_prints_the_chiefs_results(
    tmp_path, subprocess_environment, mnist
):
    flags = [f"--model_dir={tmp_path}/model", *FLAGS, "--train_steps=200", "--format=json"]
    process = started("--workers=1", "--", *flags, environment=subprocess_environment)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    assert json.loads(out)["total"] == 10_000
    for name in ("ps 0", "worker 0", "chief 0"):
        assert f"{name:<8} | {name} " in err


@pytest.mark.slow
def test_a_signal_ends_all_with_everything_saved(tmp_path, subprocess_environment, mnist):
    folder = tmp_path / "model"
    flags = [f"--model_dir={folder}", *FLAGS, "--train_steps=1000000"]
    flags.append("--save_checkpoints_steps=200")
    process = started("--", *flags, environment=subprocess_environment)
    end = time.monotonic() + 240
    while not (folder.exists() and (checkpoints.latest_step(str(folder)) or 0) > 0):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGTERM, err
    assert "Stopped at step " in err
