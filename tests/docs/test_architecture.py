"""The notation on docs/architecture.md is read, and gives the shapes that stand there."""

from __future__ import annotations

import re
import shlex

import pytest
from places import REPOSITORY

from cnn_mnist.cli import command_line
from cnn_mnist.networks import architecture, notation
from cnn_mnist.networks.layer_kinds import BatchNorm

PAGE = (REPOSITORY / "docs" / "architecture.md").read_text("utf-8")
ROWS = re.findall(r"^\| `([^`]+)` \| .* \| ([\d×]+) \| `([\w.]+)` \|$", PAGE, re.M)


@pytest.mark.parametrize("text, shape, name", ROWS)
def test_a_layer_of_the_table_has_the_shape_and_the_name_beside_it(text, shape, name):
    (layer,) = architecture.parse(text)
    assert architecture.describe((layer,)) == text
    assert architecture.show_shape(architecture.output_shape(layer, (28, 28, 8))) == shape
    assert [named for named, _ in architecture.named((layer,))] == [name.removeprefix("tf.nn.")]


def test_the_table_has_every_kind_of_layer_but_dense():
    kinds = {text.split()[0] for text, *_ in ROWS}
    assert kinds == set(re.findall(r"^    (\w+)", notation.__doc__, re.M)) - {"dense"}
    assert kinds == {"conv", "pool", "avgpool", "batch_norm", "relu", "flatten", "dropout"}


def test_the_command_and_the_other_lines_of_the_page_are_networks():
    (line,) = re.findall(r"^    scripts/run python -m cnn_mnist.main (.+)$", PAGE, re.M)
    assert "stride 2, batch_norm" in command_line.parse(shlex.split(line)).config.architecture
    for text in re.findall(r"`(conv [^`]+(?:batch_norm|relu))`", PAGE):
        architecture.check(architecture.parse(f"{text}, flatten, dense 10"))


def test_numbers_of_the_page_are_those_of_the_package():
    assert f"{BatchNorm.momentum} and {BatchNorm.epsilon}" in PAGE
    for steps, percent in re.findall(r"after (\d+)(?: steps)? ([\d.]+)(?: %|[,.])", PAGE):
        assert f"{100 * BatchNorm.momentum ** int(steps):.{1 if '.' in percent else 0}f}" == percent
    words = " ".join(PAGE.split())
    assert f"at most {notation.MOST_LAYERS} layers" in words
    assert f"{architecture.MOST_PARAMETERS // 10**6} million parameters" in words
    assert f"{architecture.MOST_VALUES // 10**6} million numbers" in words
