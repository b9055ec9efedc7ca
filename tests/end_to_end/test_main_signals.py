"""Signals end the command, with everything saved or at once."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time

import pytest
from commands import SMALL, run

from cnn_mnist.model_folder import checkpoints


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGTERM]
)
def test_a_signal_saves_says_how_to_go_on_and_the_same_command_does(
    tmp_path, command_line, subprocess_environment, number, mnist
):
    arguments = [f"--model_dir={tmp_path}/model", "--mode=train", "--train_steps=100", "--offline"]
    arguments += ["--batch_size=20", "--validation_examples=0", SMALL]
    process = subprocess.Popen(
        [*command_line, *arguments],
        env=subprocess_environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:
        if line.startswith("step 20 of 100"):
            process.send_signal(number)
            break
    left = process.stderr.read()
    assert process.wait(timeout=60) == 128 + number
    assert "Stopping after this step and saving" in left
    stopped = int(re.search(r"Stopped at step (\d+) of 100, all saved in", left)[1])
    assert 20 <= stopped < 100 and "the same command goes on from there" in left
    assert checkpoints.latest_step(f"{tmp_path}/model") == stopped
    again = run(command_line, subprocess_environment, *arguments)
    assert f"Going on from step {stopped} of 100" in again.stderr
    assert again.returncode == 0


def test_sigterm_before_training_ends_in_one_line_and_its_status(tmp_path, subprocess_environment):
    process = subprocess.Popen(
        [sys.executable, "-m", "cnn_mnist.main", f"--model_dir={tmp_path}/model", "--offline"],
        env=subprocess_environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    # TensorFlow is being imported by then.
    time.sleep(1.5)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60)[1] == (
        "\ncnn-mnist: stopped; the same command goes on\n"
    )
    assert process.returncode == 128 + signal.SIGTERM


@pytest.mark.slow
def test_a_second_signal_stops_at_once(tmp_path, command_line, subprocess_environment, mnist):
    """Within a step of seconds, where Python itself would take both for one."""
    process = subprocess.Popen(
        [
            *(*command_line, f"--model_dir={tmp_path}/model", "--offline"),
            *("--mode=train", "--batch_size=2000", "--train_steps=100", "--validation_examples=0"),
            *("--log_every_steps=1", "--threads=1", "--precision=float32"),
        ],
        env=subprocess_environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:
        if line.startswith("step 1 "):
            # The line comes before the step's last hook, which would hear a signal at once.
            time.sleep(0.4)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.4)
            process.send_signal(signal.SIGTERM)
            break
    left = process.stderr.read()
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    assert "Stopped at step" not in left
