"""docs/five_tutorials.md: its commands run, and its numbers are those of the package."""

from __future__ import annotations

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

import page_commands
import pytest
from commands import run
from places import REPOSITORY

from cnn_mnist.cli import command_line
from cnn_mnist.config.presets import PRESETS
from cnn_mnist.data import loading
from cnn_mnist.networks import architecture

PAGE = (REPOSITORY / "docs" / "five_tutorials.md").read_text("utf-8")
RESULTS = (REPOSITORY / "docs" / "recipes.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (.+)\n((?:(?!^## ).*\n?)*)", PAGE, re.M))
COMMANDS = [
    pytest.param(title, command, id=f"{title}: {command}"[:90])
    for title, text in SECTIONS.items()
    for command in page_commands.in_tables(text)
]
RECIPES = {
    "Layers and Estimator": "layers_tutorial",
    "Raw graph": "low_level",
    "Fashion-MNIST with Keras": "fashion",
    "CNN in the browser": "browser",
    "Dense network, drawn in the browser": "dense",
}


def test_there_is_a_section_with_commands_for_each_tutorial():
    assert list(SECTIONS) == list(RECIPES)
    for title, text in SECTIONS.items():
        assert len(page_commands.in_tables(text)) >= 5, title
        assert text.count("\nWhat differs") == 1, title


@pytest.mark.parametrize(("title", "command"), COMMANDS)
def test_a_command_can_be_read(title, command, tmp_path):
    flags = page_commands.flags_of(command, str(tmp_path))
    if flags is None:
        names = [word for word in shlex.split(command) if word.startswith(("scripts/", "docs/"))]
        assert all((REPOSITORY / name).exists() for name in names)
        return
    command_line.parse(flags)


def test_the_table_at_the_top_has_the_parameters_and_results_of_the_recipes():
    rows = re.findall(r"^\| \[(.+?)\].*\| `(\w+)` \| ([\d,]+) \| ([\d.]+) % \|$", PAGE, re.M)
    assert {title: preset for title, preset, *_ in rows} == RECIPES
    for _, preset, parameters, percent in rows:
        layers = architecture.parse(PRESETS[preset].architecture)
        assert parameters == f"{architecture.parameter_count(layers):,}"
        (result,) = re.findall(rf"^\| `{preset}`(?! with)[^\n]*$", RESULTS, re.M)
        assert f"| {percent} (" in result, preset


def sums(text: str) -> list[tuple[list[int], int]]:
    """Returns the sums on the page, such as `832 + 51,264 = 52,096`, with their results."""
    numbers = r"[\d,]*\d"
    found = re.findall(rf"({numbers}(?: \+ {numbers})+)(?: = ({numbers}))?", text)
    as_int = [([int(n.replace(",", "")) for n in terms.split(" + ")], end) for terms, end in found]
    return [(terms, int(end.replace(",", "") or sum(terms))) for terms, end in as_int]


@pytest.mark.parametrize("title", sorted(set(RECIPES) - {"Raw graph"}))
def test_parameters_are_added_up_layer_by_layer(title):
    layers = architecture.parse(PRESETS[RECIPES[title]].architecture)
    counts = [int(row[-1].replace(",", "") or 0) for row in architecture.table(layers)]
    ((terms, total),) = sums(SECTIONS[title])
    assert terms == [count for count in counts if count]
    assert total == sum(terms) == architecture.parameter_count(layers)


def test_a_network_that_is_written_out_has_the_parameters_beside_it():
    rows = re.findall(r"--architecture='(.+?)'.*\| ([\d,]+) parameters \|$", PAGE, re.M)
    assert len(rows) == 2
    for network, parameters in rows:
        count = architecture.parameter_count(architecture.parse(network))
        assert parameters == f"{count:,}"


def test_accuracies_are_those_that_were_measured():
    """On the page of recipes, in its notes, or on the pages that they are from."""
    pages = [p.read_text("utf-8") for p in (REPOSITORY / "docs").rglob("*.md")]
    others = [text for text in pages if text != PAGE]
    printed_by_others = {"97.3"}
    lists = re.findall(r"\d\d\.\d+(?:(?:, | and )\d\d\.\d+)* %", PAGE)
    found = {percent for numbers in lists for percent in re.findall(r"\d\d\.\d+", numbers)}
    assert len(found) > 20
    for percent in found:
        known = any(re.search(rf"(?<![\d.]){percent}(?!\d)", text) for text in others)
        assert known or percent in printed_by_others, percent


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder that stands for the clone, with what the commands name."""
    folder = tmp_path_factory.mktemp("five")
    for name in ("cnn_mnist/data/digits", "cnn_mnist/networks"):
        shutil.copytree(REPOSITORY / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def boot(place, fashion_folder):
    """What the page's program writes."""
    (program,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
    program = program.replace("/tmp/", f"{place}/")
    exec(program.replace('"fashion_mnist"', repr(fashion_folder)), {})
    return place / "boot.png"


def without_web(title: str, command: str) -> bool:
    return command.startswith((page_commands.MAIN, "diff "))


BEFORE_A_RELEASE = {"Fashion-MNIST with Keras", "Raw graph", "Dense network, drawn in the browser"}
"""Sections whose commands run before a release; other tests try their flags, each by itself."""
RUN = [
    pytest.param(
        *param.values,
        id=param.id,
        marks=pytest.mark.long if param.values[0] in BEFORE_A_RELEASE else (),
    )
    for param in COMMANDS
    if without_web(*param.values)
]


@pytest.mark.slow
@pytest.mark.parametrize(("title", "command"), RUN)
def test_a_command_works_in_short_form(
    title, command, place, request, command_line, with_few_images
):
    """In the order of the page, since later commands use the models of earlier ones."""
    flags = page_commands.flags_of(command, str(place))
    if flags is None:
        done = subprocess.run(shlex.split(command), cwd=place, capture_output=True, check=False)
        assert done.returncode == 1 and done.stdout
        return
    if "fashion" in command:
        request.getfixturevalue("boot")
        flags = with_files_of_fashion(flags, request.getfixturevalue("fashion_folder"))
    if page_commands.trains(flags):
        flags = page_commands.shortened(flags)
    if any("digits.json" in flag for flag in flags):
        copy_download(place)
    environment = {**with_few_images, "BROWSER": "true"}
    done = run(command_line, environment, *flags, cwd=place)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def with_files_of_fashion(flags: list[str], folder: str) -> list[str]:
    named = [f for f in flags if not f.startswith("--dataset=")]
    return [*named, f"--dataset={folder}"] if page_commands.trains(flags) else named


def copy_download(place: pathlib.Path) -> None:
    for name in ("digits.json", "digits.weights.bin"):
        shutil.copy(REPOSITORY / "tests" / "tfjs_download" / name, place)


@pytest.mark.slow
def test_the_first_fashion_image_is_an_ankle_boot(boot, fashion_folder):
    """By the names of tensorflow-datasets; plain IDX files have none."""
    import tensorflow_datasets

    label = int(loading.load(fashion_folder).test.labels[0])
    names = tensorflow_datasets.builder("fashion_mnist").info.features["label"].names
    assert names[label] == "Ankle boot"
    assert "`/tmp/boot.png: Ankle boot (…)`" in PAGE and boot.stat().st_size > 100


@pytest.mark.slow
def test_the_raw_graph_scripts_are_of_the_kind_that_the_launcher_runs():
    """A script of the same course, with its seed; tests/tf1 runs it."""
    script = REPOSITORY / "tests" / "tf1" / "scripts" / "seeded_mnist_cnn.py"
    checked = subprocess.run(
        [sys.executable, "-m", "cnn_mnist.tf1", "--check", str(script)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
