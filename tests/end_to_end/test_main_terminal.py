"""What the command writes to terminals of any width, to pipes, and by --verbosity."""

from __future__ import annotations

import os
import pty
import re
import shlex
import subprocess

import pytest
from commands import SMALL, run

THIRTY_STEPS = (
    "--mode=train",
    "--train_steps=30",
    "--batch_size=20",
    "--validation_examples=100",
    SMALL,
)


@pytest.mark.slow
def test_on_a_narrow_terminal_the_bar_stays_on_its_line(
    tmp_path, command_line, subprocess_environment, mnist
):
    ended, shown = on_a_terminal(
        command_line,
        subprocess_environment,
        40,
        f"--model_dir={tmp_path}/model",
        *THIRTY_STEPS,
        "--offline",
        "--log_every_steps=1000",
    )
    assert ended == 0
    bars = [part for part in re.split(r"[\r\n]", shown) if "/30 " in part]
    assert bars and all(len(re.sub(r"\x1b\[.", "", bar)) <= 40 for bar in bars)
    assert "loss" in bars[-1]


@pytest.mark.slow
def test_on_a_wide_terminal_the_bar_tells_all(
    tmp_path, command_line, subprocess_environment, mnist
):
    ended, shown = on_a_terminal(
        command_line,
        subprocess_environment,
        120,
        f"--model_dir={tmp_path}/model",
        *THIRTY_STEPS,
        "--validate_every_steps=15",
        "--offline",
    )
    assert ended == 0
    last = [part for part in re.split(r"[\r\n]", shown) if "30/30 " in part][-1]
    for word in ("loss", "validation", "images/s", "left"):
        assert word in last
    assert "softmax" in shown


def on_a_terminal(command_line, environment, columns, *arguments) -> tuple[int, str]:
    """Runs the command with a terminal of that width as its standard error."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [*command_line, *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(ours)
    return process.wait(timeout=60), shown.decode()


def test_a_closed_pipe_is_no_error(trained, command_line, subprocess_environment, digit_files):
    shell = (
        f"{shlex.join(command_line)} --mode=predict --model_dir='{trained.model_dir}' "
        f"--images='{digit_files}' | head -c 1"
    )
    ran = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {shell}"],
        env=subprocess_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == "" and ran.returncode in (0, 141)


def test_quiet_prints_results_only(copy, command_line, subprocess_environment):
    ran = run(
        command_line,
        subprocess_environment,
        f"--model_dir={copy}",
        "--mode=export",
        "--verbosity=quiet",
    )
    assert ran.returncode == 0 and ran.stderr == ""


@pytest.mark.slow
def test_info_shows_tensorflows_own_lines(copy, command_line, subprocess_environment):
    ran = run(
        command_line,
        subprocess_environment,
        f"--model_dir={copy}",
        "--mode=export",
        "--verbosity=info",
    )
    assert "INFO: Restoring parameters from" in ran.stderr
