"""What docs/serving.md says, run against a server: its very commands."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest
from places import REPOSITORY

from cnn_mnist import experiment, main
from cnn_mnist.data import images

REQUESTS = REPOSITORY / "docs" / "requests"
PAGE = (REPOSITORY / "docs" / "serving.md").read_text("utf-8")
CURLS = re.findall(r"^    (curl .*)$", PAGE, re.M)
COMMANDS = re.findall(r"^    scripts/run python -m cnn_mnist.main (.*--server=.*)$", PAGE, re.M)
SEVEN = REPOSITORY / "cnn_mnist" / "data" / "digits" / "7.png"


@pytest.fixture(scope="module")
def expected(trained):
    """What the model says of the 7."""
    return experiment.predict(trained, images.read(str(SEVEN))[np.newaxis])


def test_there_is_a_line_for_each_signature():
    assert [re.search(r"requests/(\w+)", line).group(1) for line in CURLS] == [
        "image",
        "image_bytes",
        "float_image",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("line", CURLS)
def test_curl_gets_the_answer_of_the_checkpoint(running, expected, line):
    line = line.replace("http://localhost:8501", running.rest)
    ran = subprocess.run(
        ["curl", "--noproxy", "*", "-sS", *shlex.split(line)[1:]],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    [answer] = json.loads(ran.stdout)["predictions"]
    assert answer["classes"] == expected.classes[0]
    np.testing.assert_allclose(answer["probabilities"], expected.probabilities[0], atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("line", COMMANDS)
def test_this_program_asks_the_server(running, trained, data_dir, capsys, monkeypatch, line):
    monkeypatch.chdir(REPOSITORY)
    line = line.replace("http://localhost:8501", running.rest).replace(
        "localhost:8500", running.grpc
    )
    where = [f"--model_dir={trained.model_dir}", f"--data_dir={data_dir}", "--offline"]
    assert main.main([*shlex.split(line), *where, "--dry_run"]) == 0
    assert "7.png: " in capsys.readouterr().out or "evaluate" in line


def without_numbers(text: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"[\d.][\d.e+-]*", "0 ", text))


@pytest.mark.slow
def test_saved_model_cli_prints_what_the_page_shows(exported, expected):
    [line] = re.findall(r"^    scripts/run (saved_model_cli run .*)$", PAGE, re.M)
    line = line.replace("/tmp/mnist/export/<version>", exported)
    program, *arguments = shlex.split(line)
    ran = subprocess.run(
        [os.path.join(os.path.dirname(sys.executable), program), *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    [shown] = re.findall(r"^Result for output key classes:.*?\]\]$", PAGE, re.M | re.S)
    found = ran.stdout[ran.stdout.index("Result for") :].strip()
    assert without_numbers(found) == without_numbers(shown)
    assert f"[{expected.classes[0]}]" in found


def test_the_requests_are_of_the_shipped_7():
    pixels = images.read(str(SEVEN))
    assert np.array_equal(np.load(REQUESTS / "image.npy", allow_pickle=False), pixels[np.newaxis])
    by_name = {path.stem: json.loads(path.read_text()) for path in REQUESTS.glob("*.json")}
    assert by_name["image"] == {"instances": [pixels.tolist()]}
    [sent] = by_name["float_image"]["instances"]
    np.testing.assert_allclose(sent, pixels.reshape(-1) / 255, atol=1e-4)
