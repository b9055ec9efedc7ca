"""The pages in real browsers, served by `cnn_mnist.web`: all tests in Chromium, one in each."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import zipfile

import javascript
import pytest

from cnn_mnist import config, experiment
from cnn_mnist.data import loading

FOLDER = pathlib.Path(__file__).resolve().parent
TESTS = FOLDER / "browser"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CNN_MNIST_CHROMIUM") or next(
    filter(None, map(shutil.which, PROGRAMS)), None
)
# The same Chromium without windows, tabs and extensions takes half of the processor time.
SHELL = (
    os.environ.get("CNN_MNIST_HEADLESS_SHELL")
    or (None if "CNN_MNIST_CHROMIUM" in os.environ else shutil.which("chromium-headless-shell"))
    or CHROMIUM
)
EVERY_BROWSER = TESTS / "every_browser.test.mjs"
# These run in the whole browser, as users have it: with WebGL, and with WebGPU.
IN_THE_WHOLE = ("every_browser", "webgpu", "webgpu_training")


@pytest.fixture(scope="module", autouse=True)
def parts():
    """Skips the tests if a part is missing, and says how to get it."""
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt-get install chromium")
    javascript.node()
    javascript.packages()
    if not (FOLDER / "node_modules").is_dir():
        pytest.skip("no playwright-core: run npm ci in tests/web")


@pytest.fixture(scope="module")
def any_model(trained, small, tmp_path_factory):
    """A network that the pages can show, exported twice; to train on, the pages get few images."""
    folder = tmp_path_factory.mktemp("for the browser") / "model"
    shutil.copytree(trained.model_dir, folder)
    return exported_twice(
        dataclasses.replace(trained, model_dir=str(folder), export_formats=("saved_model", "tfjs")),
        small,
    )


@pytest.fixture(scope="module")
def tutorial_model(made_once, data_dir, mnist):
    """The in-browser tutorial's network, trained for seconds and exported twice."""

    def make(folder):
        trained = config.from_preset(
            str(folder),
            preset="browser",
            data_dir=data_dir,
            offline=True,
            train_examples=None,
            train_steps=600,
            epochs=None,
            batch_size=100,
            precision="float32",
            export_formats=("saved_model", "tfjs"),
        )
        experiment.train(trained, dataset=mnist)
        exported_twice(trained, mnist)

    return str(made_once("tutorial for the browser", make))


def exported_twice(trained, dataset):
    for stored_as in ("uint8", "float32"):
        experiment.export(dataclasses.replace(trained, tfjs_weights=stored_as), dataset=dataset)
    return trained.model_dir


@pytest.fixture(scope="module")
def address(request):
    """Where a model is served, that of the fixture whose name is given."""
    model_dir = request.getfixturevalue(request.param)
    server = subprocess.Popen(
        [sys.executable, "-m", "cnn_mnist.web", model_dir, "--port=0"],
        cwd=javascript.REPOSITORY,
        env={**os.environ, "CNN_MNIST_WEB_PACKAGES": javascript.packages()},
        stdout=subprocess.PIPE,
        text=True,
    )
    yield server.stdout.readline().split()[1]
    server.send_signal(signal.SIGTERM)
    server.wait()


@pytest.fixture(scope="module")
def test_digits(tmp_path_factory, mnist):
    """The first 100 test images and labels as bytes."""
    folder = tmp_path_factory.mktemp("digits")
    mnist.test.images[:100].tofile(folder / "images.bin")
    mnist.test.labels[:100].astype("uint8").tofile(folder / "labels.bin")
    return folder


@pytest.fixture(scope="module")
def static_address(tutorial_model, tmp_path_factory):
    """Where Python's own server serves the files of --static, below a path."""
    served = tmp_path_factory.mktemp("served")
    subprocess.run(
        [
            *(sys.executable, "-m", "cnn_mnist.web", tutorial_model),
            f"--static={served}/lessons/digits",
        ],
        cwd=javascript.REPOSITORY,
        env={**os.environ, "CNN_MNIST_WEB_PACKAGES": javascript.packages()},
        check=True,
    )
    server = subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "0", "--bind=127.0.0.1"],
        cwd=served,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    port = re.search(r"port ([0-9]+)", server.stdout.readline())[1]
    yield f"http://127.0.0.1:{port}/lessons/digits/"
    server.terminate()
    server.wait()


LONGEST_FIRST = ("train", "draw", "network", "memory")
"""Of tests/web/browser; begun last, one would run beside an idle processor."""


def longest_first(path):
    name = path.stem.removesuffix(".test")
    return LONGEST_FIRST.index(name) if name in LONGEST_FIRST else len(LONGEST_FIRST)


LONG = ("memory", "webgpu_training")
"""Run before a release."""


def with_their_models(paths):
    """Gives each file the model that it needs: the tests of faults do not look at the answers."""
    models = {"faults": "any_model", "webgpu_training": "any_model"}
    named = {path.stem.removesuffix(".test"): path for path in paths}
    return [
        pytest.param(
            path,
            models.get(name, "tutorial_model"),
            id=path.stem,
            marks=pytest.mark.long if name in LONG else (),
        )
        for name, path in named.items()
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "address"),
    with_their_models(sorted(sorted(TESTS.glob("*.test.mjs")), key=longest_first)),
    indirect=["address"],
)
def test_in_the_browser(path, address, test_digits, data_dir, tmp_path):
    run_in_the_browser(path, address, test_digits, tmp_path)
    downloaded = tmp_path / "downloaded.json"
    if downloaded.exists():
        check_count_of_python(downloaded, data_dir)
    examples = tmp_path / "my-examples.zip"
    if examples.exists():
        check_examples(examples)


@pytest.mark.slow
@pytest.mark.parametrize("address", ["tutorial_model"], indirect=True)
def test_in_firefox(address, test_digits, tmp_path):
    program = os.environ.get("CNN_MNIST_FIREFOX") or shutil.which("firefox-esr")
    if program is None:
        pytest.skip("no Firefox: apt-get install firefox-esr (Debian)")
    browser = {"CNN_MNIST_BROWSER": "firefox", "CNN_MNIST_FIREFOX": program}
    run_in_the_browser(EVERY_BROWSER, address, test_digits, tmp_path, browser)


@pytest.mark.slow
@pytest.mark.parametrize("address", ["tutorial_model"], indirect=True)
def test_in_webkitgtk(address, test_digits, tmp_path):
    program = shutil.which("WebKitWebDriver")
    if program is None:
        pytest.skip("no WebKitGTK: apt-get install webkit2gtk-driver (Debian)")
    if "DISPLAY" not in os.environ and shutil.which("Xvfb") is None:
        pytest.skip("no display for WebKitGTK: apt-get install xvfb (Debian)")
    browser = {"CNN_MNIST_BROWSER": "webkitgtk", "CNN_MNIST_WEBKITGTK": program}
    # Now and then the driver leaves a command without an answer, which says nothing of the pages.
    given = (EVERY_BROWSER, address, test_digits, tmp_path, browser)
    run = browser_run(*given)
    if "WebKitWebDriver did not answer" in run.stdout:
        print(run.stdout)
        run = browser_run(*given)
    assert_passed(run)


@pytest.mark.slow
def test_a_static_site_below_a_path(static_address, test_digits, tmp_path):
    run_in_the_browser(TESTS / "static_site.mjs", static_address, test_digits, tmp_path)


def run_in_the_browser(*given):
    assert_passed(browser_run(*given))


def assert_passed(run):
    print(run.stdout)
    assert run.returncode == 0, run.stdout


def browser_run(path, address, test_digits, tmp_path, browser=None):
    """Runs a file of tests, and returns how it ended."""
    return subprocess.run(
        [javascript.node(), "--test", "--test-reporter=spec", str(path)],
        env={
            **os.environ,
            "CNN_MNIST_WEB_ADDRESS": address,
            "CNN_MNIST_CHROMIUM": CHROMIUM if path.name.startswith(IN_THE_WHOLE) else SHELL,
            "CNN_MNIST_PAGES": str(javascript.REPOSITORY / "cnn_mnist" / "web" / "pages"),
            "CNN_MNIST_TEST_IMAGES": str(test_digits / "images.bin"),
            "CNN_MNIST_TEST_LABELS": str(test_digits / "labels.bin"),
            "CNN_MNIST_DOWNLOADS": str(tmp_path),
            **(browser or {}),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
    )


def check_examples(path):
    """Checks that the loader of --dataset reads the examples that the page downloaded."""
    with zipfile.ZipFile(path) as file:
        file.extractall(path.parent)
    found = loading.load(str(path.with_suffix("")))
    assert found.class_names == ("1", "3", "7")
    assert len(found.train) + len(found.test) == 4
    assert found.train.images.max() > 200


def check_count_of_python(downloaded, data_dir):
    """Checks that --tfjs_model counts as many right answers on the test images as the page does."""
    scored = subprocess.run(
        [
            sys.executable,
            "-m",
            "cnn_mnist.main",
            "--mode=evaluate",
            f"--tfjs_model={downloaded}",
            f"--data_dir={data_dir}",
            "--offline",
            "--format=json",
        ],
        cwd=downloaded.parent,
        env={**os.environ, "PYTHONPATH": str(javascript.REPOSITORY)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = json.loads(scored.stdout)
    assert round(found["accuracy"] * 10_000) == int((downloaded.parent / "right.txt").read_text())
