"""docs/for_teachers.md: its commands run, and its numbers are right."""

from __future__ import annotations

import itertools
import re
import shlex

import numpy as np
import page_commands
import pytest
from commands import run
from places import REPOSITORY

from cnn_mnist.cli import command_line as command_lines
from cnn_mnist.config import presets
from cnn_mnist.networks import architecture
from cnn_mnist.networks.architecture import Conv, Dense
from cnn_mnist.web import model_folders

PAGE = (REPOSITORY / "docs" / "for_teachers.md").read_text("utf-8")
COMMANDS = page_commands.in_blocks(PAGE.replace("\n   ", "\n"))
OF_MAIN = [command for command in COMMANDS if page_commands.flags_of(command) is not None]
LAYERS = architecture.parse(presets.TUTORIAL_NETWORK)


def counts() -> dict[str, int]:
    """Returns the parameters of the default network by the names of its layers."""
    rows = architecture.table(LAYERS)
    return {row[0]: int(row[-1].replace(",", "") or 0) for row in rows}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_can_be_read(command, tmp_path):
    flags = page_commands.flags_of(command, str(tmp_path))
    if flags is not None:
        command_lines.parse(flags)
    for word in shlex.split(command):
        if word.startswith(("scripts/", "cnn_mnist/")):
            assert (REPOSITORY / word).exists()


@pytest.mark.slow
@pytest.mark.parametrize("command", OF_MAIN)
def test_a_command_works_in_short_form(command, tmp_path_factory, command_line, with_few_images):
    """In the order of the page, since later commands use the models of earlier ones."""
    folder = tmp_path_factory.getbasetemp() / "lesson"
    folder.mkdir(exist_ok=True)
    flags = page_commands.flags_of(command, str(folder))
    if page_commands.trains(flags):
        flags = page_commands.shortened(flags)
    if "--preset=drawn" in flags:
        flags.append("--drawn_examples=20")
    done = run(command_line, with_few_images, *flags, cwd=REPOSITORY)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_a_copy_of_the_exports_alone_is_served_to_pupils(tmp_path):
    """Its files are copied as the page says; the server does not ask for the rest."""
    (tmp_path / "lesson" / "export" / "1700000000" / "tfjs").mkdir(parents=True)
    (tmp_path / "lesson" / "export" / "1700000000" / "saved_model.pb").touch()
    (tmp_path / "lesson" / "export" / "1700000000" / "tfjs" / "model.json").touch()
    folder = str(tmp_path / "lesson")
    assert "cp -r /tmp/lesson/export /tmp/stick/lesson" in PAGE
    assert model_folders.checked([folder]) == [folder]
    assert len(model_folders.models([folder])) == 1


def test_the_times_that_benchmarks_gives_are_those_of_its_page():
    benchmarks = (REPOSITORY / "docs" / "benchmarks.md").read_text("utf-8")
    assert "exported | 17.1 to 21.0 |" in PAGE and "exported: 17.1 to 21.0 s" in benchmarks
    (begun,) = re.findall(r"on one picture, start to end \| ([\d.]+) ", benchmarks)
    assert f"`--mode=predict` on one picture | {float(begun):.1f} |" in PAGE


def test_the_minutes_of_the_table_are_those_of_the_sections_and_fill_the_lesson():
    rows = re.findall(r"^\| (\d+) to (\d+) \| \[(.+?)\]\(#(.+?)\) \|", PAGE, re.M)
    headings = re.findall(r"^### (\d+) to (\d+): (.+)$", PAGE, re.M)
    assert [row[:3] for row in rows] == headings
    times = [(int(begin), int(end)) for begin, end, *_ in rows]
    assert times[0][0] == 0 and times[-1][1] == 45
    assert all(end == begin for (_, end), (begin, _) in itertools.pairwise(times))


def test_the_convolution_on_the_board_gives_the_numbers_beside_it():
    image = np.arange(1, 10).reshape(3, 3)
    sums = [image[row : row + 2, column : column + 2].sum() for row in (0, 1) for column in (0, 1)]
    assert f"add: {', '.join(map(str, sums))}. Then the maximum of the four, {max(sums)}:" in PAGE


def test_the_parameters_are_those_of_the_networks():
    of = counts()
    assert f"5 · 5 · 32 weights and 32 biases are {of['conv2d']}" in PAGE
    assert f"1,024 · 10 weights\nand 10 biases are {of['dense_1']:,}." in PAGE
    total = architecture.parameter_count(LAYERS)
    assert f"the {total:,}? (In `dense`, {of['dense']:,}: each of 3,136" in PAGE
    (network,) = re.findall(r"--architecture='(.+?)'", PAGE)
    first, last = (
        int(row[-1].replace(",", ""))
        for row in architecture.table(architecture.parse(network))
        if row[-1] not in ("", "0")
    )
    assert f"`{network}` have? ({first:,} + {last:,} = {first + last:,}.)" in PAGE


def test_the_multiplications_for_an_image_are_counted():
    shape, products = architecture.IMAGE_SHAPE, 0
    for layer in LAYERS:
        after = architecture.output_shape(layer, shape)
        if isinstance(layer, Conv):
            products += int(np.prod(after)) * layer.kernel_size**2 * shape[-1]
        elif isinstance(layer, Dense):
            products += layer.units * shape[-1]
        shape = after
    assert f"{products / 1e6:.0f} million times for one image" in PAGE


def test_the_first_loss_is_that_of_a_tenth_for_each_digit():
    assert f"ln 0.1 is {-np.log(0.1):.2f}" in PAGE
