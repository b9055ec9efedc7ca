"""README's own commands, and the snippets of docs/python_api.md, do what is said of them."""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from places import REPOSITORY

from cnn_mnist.cli import command_line

README = (REPOSITORY / "README.md").read_text("utf-8")
SERVING = (REPOSITORY / "docs" / "serving.md").read_text("utf-8")
PYTHON_API = (REPOSITORY / "docs" / "python_api.md").read_text("utf-8")


def blocks(language: str, text: str = README) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)
    return [text for name, text in fenced if name == language]


COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]
FIRST, *OTHERS = [line for line in COMMANDS if "cnn_mnist.main" in line]
OF_TF1 = [line for line in COMMANDS if "cnn_mnist.tf1" in line]


def shape(text: str) -> list[str]:
    """Leaves of a text what no run and no machine changes."""
    text = re.sub(r"/\S*/bin/python\S*", "PYTHON", text)
    text = re.sub(r"\d[\d,.]*", "9", text)
    text = re.sub(r"9 min 9 s|9 s\b", "TIME", text)
    text = re.sub(r"b?float9", "FORMAT", text)
    return [line.rstrip() for line in text.splitlines() if line.strip()]


PROGRAMS = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
"""A PATH whose programs are this environment's."""
WHOLE = pytest.param("whole", marks=[pytest.mark.slow, pytest.mark.long])
"""As long as README says; `briefly` tries the same commands in seconds."""


@pytest.fixture(scope="module", params=["briefly", WHOLE])
def length(request) -> str:
    """How the first command is run: as it stands, or with few steps and few images."""
    return request.param


@pytest.fixture(scope="module")
def place(length, tmp_path_factory, subprocess_environment, mnist):
    """A copy of what the commands name, so that they run word for word but for `/tmp/mnist`."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(REPOSITORY / "cnn_mnist" / "data" / "digits", folder / "cnn_mnist/data/digits")
    return folder


@pytest.fixture(scope="module")
def programs(length, tmp_path_factory, command_line) -> str:
    """A PATH whose `python` is this environment's, or where it is brief, a fork of one."""
    if length == "whole":
        return PROGRAMS
    python = tmp_path_factory.mktemp("programs") / "python"
    python.write_text(
        f"""#!/bin/sh
test "$1 $2" = "-m cnn_mnist.main" || exit 99
shift 2
exec {shlex.join(command_line)} "$@"
"""
    )
    python.chmod(0o755)
    return f"{python.parent}{os.pathsep}{PROGRAMS}"


def in_shell(line: str, folder, environment, timeout: int = 500) -> subprocess.CompletedProcess:
    """Runs a command of README; `scripts/run` is tested by itself."""
    return subprocess.run(
        line.replace("scripts/run ", ""),
        shell=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )


@pytest.fixture(scope="module")
def ran(place, programs, subprocess_environment):
    """Runs a command of README in this environment, once."""

    @functools.cache
    def run(line: str) -> subprocess.CompletedProcess:
        return in_shell(
            line.replace("/tmp/mnist", f"{place}/mnist"),
            place,
            {**subprocess_environment, "PATH": programs},
        )

    return run


@pytest.fixture(scope="module")
def first(ran, length):
    few = (
        " --train_steps=110 --batch_size=10 --validation_examples=100 --architecture='conv 5x5x8, "
    )
    few += "pool 2, flatten, dense 10'"
    return ran(FIRST + (few if length == "briefly" else ""))


SLOW_AT_EITHER_LENGTH = pytest.mark.parametrize(
    "length", [pytest.param("briefly", marks=pytest.mark.slow), WHOLE], indirect=True
)
"""For commands that take seconds even so; a fast test checks that their flags are taken."""


def test_readme_gives_the_two_commands():
    assert COMMANDS[:2] == [
        "scripts/run python -m cnn_mnist.main --model_dir=/tmp/mnist --variant=layers",
        "scripts/run pytest",
    ]


def test_the_first_command_prints_what_readme_shows(first, place, length):
    assert first.returncode == 0, first.stderr
    (shown,) = [block for block in blocks("") if block.startswith("Trained")]
    printed = first.stdout.replace(f"{place}/mnist", "/tmp/mnist")
    assert shape(printed) == shape(shown)
    correct = int(re.search(r"\(([\d,]+) of 10,000\)", printed)[1].replace(",", ""))
    assert correct >= (9900 if length == "whole" else 5000)


def test_the_softmax_line_of_readme_is_printed(first):
    (shown,) = [block for block in blocks("") if "softmax" in block]
    printed = next(line for line in first.stderr.splitlines() if line.startswith("step 101 "))
    of_any = functools.partial(re.sub, r"1\.0|\.\d\d", ".99")
    assert of_any(printed[:60]) == of_any(shown[:60].replace("step 101", printed[:8]))


@pytest.mark.parametrize("line", OTHERS)
def test_the_flags_of_a_further_command_are_taken(line, tmp_path):
    flags = line.partition("cnn_mnist.main ")[2].replace("/tmp/mnist", str(tmp_path))
    try:
        command_line.parse(shlex.split(flags))
    except SystemExit as ended:  # --help ends the program.
        assert not ended.code


@SLOW_AT_EITHER_LENGTH
@pytest.mark.parametrize("line", OTHERS)
def test_a_further_command_of_readme_works(line, first, ran):
    done = ran(line)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_sample_digits_are_predicted_as_readme_shows(first, ran, length):
    done = ran(next(line for line in OTHERS if "*.png" in line))
    lines = done.stdout.splitlines()
    (shown,) = re.findall(r"`(cnn_mnist/data/digits/0.png: .*)`", README)
    assert re.sub(r"\d+\.\d%", "", lines[0]) == re.sub(r"\d+\.\d%", "", shown)
    right = sum(
        line.startswith(f"cnn_mnist/data/digits/{n}.png: {n} ") for n, line in enumerate(lines)
    )
    assert right >= (9 if length == "whole" else 5)


@SLOW_AT_EITHER_LENGTH
def test_saved_model_cli_shows_the_export_as_the_page_of_serving_says(first, ran, place):
    line = re.search(r"scripts/run (saved_model_cli show .*)", SERVING)[1]
    version = os.listdir(place / "mnist" / "export")[0]
    done = ran(line.replace("<version>", version))
    assert done.returncode == 0, done.stderr
    assert "serving_default" in done.stdout and "DT_UINT8" in done.stdout


def test_there_are_the_two_commands_of_the_launcher():
    assert [line.split("cnn_mnist.tf1 ")[1].split()[0] for line in OF_TF1] == ["--check", "--list"]


@pytest.mark.slow
@pytest.mark.parametrize("line", OF_TF1)
def test_a_command_of_the_launcher_works(line, subprocess_environment):
    environment = {**subprocess_environment, "PATH": PROGRAMS}
    done = in_shell(line, REPOSITORY, environment, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.slow
def test_the_python_snippets_run(tmp_path, subprocess_environment, mnist):
    """In one process; first those without a model, so that each imports what it needs."""
    snippets = sorted(
        [*blocks("python", PYTHON_API), *blocks("python")],
        key=lambda snippet: "/tmp/mnist" in snippet,
    )
    assert "/tmp/mnist" not in snippets[0] and "experiment.train(" in snippets[1]
    few = "train_steps=3, batch_size=20, validation_examples=100, "
    few += "architecture='conv 5x5x8, pool 2, flatten, dense 10'"
    code = ""
    for snippet in snippets:
        short = snippet.replace("/tmp/mnist", f"{tmp_path}/snippet")
        short = short.replace('variant="nn"', f'variant="nn", {few}')
        # Each has names of its own.
        code += f"exec({short!r}, {{}})\n"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=subprocess_environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
