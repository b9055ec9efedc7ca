"""docs/tensorboard.md names the tags, boxes and commands that there are."""

from __future__ import annotations

import os
import re

from places import REPOSITORY

from cnn_mnist.cli import command_line
from cnn_mnist.model_folder import events
from cnn_mnist.plots import graph_groups

PAGE = (REPOSITORY / "docs" / "tensorboard.md").read_text("utf-8")


def named_tags(run):
    rows = re.findall(rf"^\| `{re.escape(run)}` \| (.*?) \|", PAGE, re.MULTILINE)
    return {tag for row in rows for tag in re.findall("`(.*?)`", row)}


def test_the_page_names_each_curve_of_training_and_validation(trained):
    assert set(events.scalars(trained.model_dir)) <= named_tags(".")
    of_validation = events.scalars(os.path.join(trained.model_dir, "eval_validation"))
    assert set(of_validation) <= named_tags("eval_validation")


def test_the_page_names_each_box_beside_the_network():
    assert all(f"`{name}`" in PAGE for name in graph_groups.BESIDE)


def test_the_commands_of_the_page_are_accepted(tmp_path):
    commands = re.findall(r"python -m cnn_mnist.main (.*)", PAGE)
    assert len(commands) == 2
    for command in commands:
        flags = command.replace("/tmp/", f"{tmp_path}/").replace("$rate", "0.01").split()
        command_line.parse(flags)
