"""What docs/serving.md says, run against a server: its very commands."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
import serving_process
from places import REPOSITORY

from cnn_mnist import experiment, main
from cnn_mnist.data import images
from cnn_mnist.errors import ServerError
from cnn_mnist.serving import clients
from cnn_mnist.serving.server import Server

REQUESTS = REPOSITORY / "cnn_mnist" / "serving" / "requests"
PAGE = (REPOSITORY / "docs" / "serving.md").read_text("utf-8")
CURLS = re.findall(r"^    (curl -d @.*)$", PAGE, re.M)
COMMANDS = re.findall(r"^    scripts/run python -m cnn_mnist.main (.*--server=.*)$", PAGE, re.M)
WITH_LABELS = [line for line in COMMANDS if "--server_label" in line]
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
@pytest.mark.parametrize("line", [line for line in COMMANDS if line not in WITH_LABELS])
def test_this_program_asks_the_server(running, trained, data_dir, capsys, monkeypatch, line):
    monkeypatch.chdir(REPOSITORY)
    line = line.replace("http://localhost:8501", running.rest).replace(
        "localhost:8500", running.grpc
    )
    where = [f"--model_dir={trained.model_dir}", f"--data_dir={data_dir}", "--offline"]
    assert main.main([*shlex.split(line), *where, "--dry_run"]) == 0
    assert "7.png: " in capsys.readouterr().out or "evaluate" in line


@pytest.mark.slow
def test_classify_is_refused_as_the_page_shows(running):
    [line] = re.findall(r"^    (curl .*:classify)$", PAGE, re.M)
    line = line.replace("http://localhost:8501", running.rest)
    ran = subprocess.run(
        ["curl", "--noproxy", "*", "-sS", *shlex.split(line)[1:]],
        capture_output=True,
        text=True,
        check=True,
    )
    [shown] = re.findall(r'^    "error": "(.*)…$', PAGE, re.M)
    assert json.loads(ran.stdout)["error"].startswith(shown)


OLD, NEW = "1795323552", "1795323999"


@pytest.fixture
def canary(exported, tmp_path, monkeypatch):
    """Starts the page's server of two versions; gives the page's folder and the REST address."""
    folder = tmp_path / "mnist"
    for version in (OLD, NEW):
        shutil.copytree(exported, folder / "export" / version)
    [text] = re.findall(r"^```\n(model_config_list.*?)^```", PAGE, re.M | re.S)
    (folder / "models.config").write_text(text.replace("/tmp/mnist", str(folder)))
    [line] = re.findall(r"^    scripts/serve (--model_config_file.*)$", PAGE, re.M)
    line = line.replace("/tmp/mnist", str(folder)).replace("seconds=5", "seconds=1")
    program, is_real = serving_process._program()
    if not is_real:
        double = tmp_path / "bin" / "tensorflow_model_server"
        double.parent.mkdir()
        double.write_text(f'#!/bin/sh\nexec {shlex.join(program)} "$@"\n')
        double.chmod(0o755)
        monkeypatch.setenv("PATH", f"{double.parent}{os.pathsep}{os.environ['PATH']}")
    ports = serving_process._free_ports(2)
    command = [sys.executable, "-m", "cnn_mnist.serving", *shlex.split(line)]
    command += [f"--port={ports[0]}", f"--rest_api_port={ports[1]}", "--launcher=binary"]
    environment = {**serving_process._environment(), "PATH": os.environ["PATH"]}
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            server = serving_process.Server(
                f"127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}", is_real, log.name
            )
            serving_process._wait_until_available(process, server, "mnist", 300)
            yield folder, server
        finally:
            serving_process._end(process)


@pytest.mark.slow
def test_a_canary_is_measured_and_becomes_stable(canary, data_dir, tmp_path, capsys):
    folder, server = canary
    more = [f"--model_dir={tmp_path}/none", f"--data_dir={data_dir}", "--offline", "--dry_run"]

    def measure(line):
        arguments = shlex.split(line.replace("http://localhost:8501", server.rest))
        status = main.main([*arguments, *more])
        return status, capsys.readouterr().out

    def await_version(label, version):
        asked = Server(server.rest, label=label)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if clients.connect(asked).version() == int(version):
                    return
            except ServerError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"{label} is not {version}: {server.log}")

    of_canary, of_stable = WITH_LABELS
    await_version("stable", OLD)
    await_version("canary", NEW)
    [shown] = re.findall(r"^Server      http://localhost:8501, (.*)$", PAGE, re.M)
    status, out = measure(of_canary)
    assert status == 0 and f"{server.rest}, {shown}" in out
    [line] = re.findall(r"^    (sed -i .*models.config)$", PAGE, re.M)
    subprocess.run(shlex.split(line.replace("/tmp/mnist", str(folder))), check=True)
    await_version("stable", NEW)
    status, out = measure(of_stable)
    assert status == 0 and f"mnist version {NEW} (stable)" in out


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
