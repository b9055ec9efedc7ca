"""docs/reports.md: its commands run, and write what the page says."""

from __future__ import annotations

import re

import page_commands
import pytest
from commands import run
from places import REPOSITORY

from cnn_mnist.cli import command_line as command_lines

PAGE = (REPOSITORY / "docs" / "reports.md").read_text("utf-8")
COMMANDS = re.findall(rf"^    ({re.escape(page_commands.MAIN)} .*)$", PAGE, re.M)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_can_be_read(command, tmp_path):
    command_lines.parse(page_commands.flags_of(command, str(tmp_path)))


@pytest.mark.slow
def test_the_commands_work_in_short_form(tmp_path, command_line, with_few_images):
    """The one that trains first, since the others use its model."""
    every = [page_commands.flags_of(command, str(tmp_path)) for command in COMMANDS]
    every.sort(key=lambda flags: not page_commands.trains(flags))
    environment = {**with_few_images, "BROWSER": "true"}
    for flags in every:
        if page_commands.trains(flags):
            flags = page_commands.shortened(flags)
        done = run(command_line, environment, *flags, cwd=REPOSITORY)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()
    written = tmp_path / "mnist"
    for name in (*("report/index.html", "inspect/index.html"), "network.png", "history.csv"):
        assert (written / name).exists(), name
