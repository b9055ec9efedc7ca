"""docs/command_line.md is what the table of settings says."""

import re

import pytest
from places import REPOSITORY

from cnn_mnist.cli import flags, reference
from cnn_mnist.config import choices, descriptions, fields

PAGE = REPOSITORY / "docs" / "command_line.md"


def test_the_page_is_generated_from_the_table():
    assert PAGE.read_text("utf-8") == reference.page(), (
        "scripts/run python -m cnn_mnist.cli.reference > docs/command_line.md"
    )


@pytest.mark.parametrize("name", fields.FLAGS)
def test_page_and_help_say_of_each_flag_what_it_does_and_in_which_modes(name):
    row = fields.FLAGS[name]
    [line] = re.findall(rf"^\| `--{name}`.*$", reference.page(), re.M)
    modes = descriptions.modes_of(row)
    assert f" | {modes} | " in line
    assert row.help in line
    text = " ".join(flags.help_text().split())
    [body] = re.findall(rf" --{name}(?:=\.\.\.)? (.*?)(?= --\w+(?:=\.\.\.)? |$)", text)[:1]
    if row.modes != choices.MODES:
        assert f"[{modes}]" in body


def test_a_table_has_as_many_cells_in_each_line():
    lines = [line for line in reference.page().splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {7}
