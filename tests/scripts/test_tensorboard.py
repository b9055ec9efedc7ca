"""scripts/tensorboard shows a trained model's runs, and real TensorBoard has all of them to show.

One TensorBoard serves most tests, on loopback, from a copy of the trained model. A double
stands in for scripts/run: it runs the command with the Python of these tests, and a module without
its packages.
"""

import contextlib
import dataclasses
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import numpy as np
import pytest
import tensorboard_graph
from google.protobuf import text_format
from PIL import Image
from places import REPOSITORY

from cnn_mnist import experiment
from cnn_mnist.networks import architecture
from cnn_mnist.plots import hparams
from cnn_mnist.tf_compat import tf

SCRIPT = REPOSITORY / "scripts" / "tensorboard"
PATIENCE = 120
"""Seconds that TensorBoard has to start."""
READING = 30
"""Seconds that it then has to have read what is asked for."""

RUNS_IT = 'exec "$@"'
SAYS_IT = "printf '%s\\n' \"$@\""


RUNS_A_MODULE = f"""\
if [ "$1" = --module ]; then
  shift
  PYTHONPATH='{REPOSITORY}' exec '{sys.executable}' -S -m "$@"
fi
"""


def script_beside(folder, run_double):
    """Returns a copy of the script with a double of scripts/run beside it."""
    folder.mkdir()
    (folder / "run").write_text(f"#!/bin/sh\n{RUNS_A_MODULE}{run_double}\n")
    (folder / "run").chmod(0o755)
    return shutil.copy(SCRIPT, folder)


class Board:
    """A TensorBoard that is running."""

    def __init__(self, process, log):
        self._process = process
        self._log = log
        # The proxy of the environment is for the network, which this is not.
        self._open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(r" at (http://localhost:(\d+)/)", self.said())):
            assert process.poll() is None and time.monotonic() < deadline, self.said()
            time.sleep(0.1)
        self._address, self.port = found[1], int(found[2])

    def said(self):
        return self._log.read_text()

    def get(self, path, **query):
        """Returns an answer's bytes."""
        address = f"{self._address}data/{path}?{urllib.parse.urlencode(query)}"
        with self._open(address, timeout=30) as answer:
            return answer.read()

    def ask(self, path, ready=bool, **query):
        """Asks until `ready(answer)`: TensorBoard reads the event files after it has opened."""
        deadline = time.monotonic() + READING
        while True:
            try:
                answer = json.loads(self.get(path, **query))
            except urllib.error.HTTPError as error:
                answer = f"HTTP {error.code}"
            else:
                if ready(answer):
                    return answer
            assert time.monotonic() < deadline, f"{path} {query}: {answer}"
            time.sleep(0.2)

    def tags(self, plugin, run, *expected):
        """Returns a run's tags, when the `expected` ones are among them."""
        answer = self.ask(
            f"plugin/{plugin}/tags", lambda runs: set(expected) <= set(runs.get(run, ()))
        )
        return set(answer[run])

    def steps(self, run, tag):
        series = self.ask("plugin/scalars/scalars", run=run, tag=tag)
        return [step for _, step, _ in series]

    def pictures(self, run, tag):
        """Returns the pictures of a tag by step."""
        self.tags("images", run, tag)
        found = {}
        for picture in self.ask("plugin/images/images", run=run, tag=tag, sample=0):
            query = dict(urllib.parse.parse_qsl(picture["query"]))
            png = self.get("plugin/images/individualImage", **query)
            assert png.startswith(b"\x89PNG\r\n\x1a\n")
            found[picture["step"]] = Image.open(io.BytesIO(png))
        return found


@pytest.fixture(scope="module")
def shown(trained, small, tmp_path_factory):
    """A copy of the trained model that is evaluated, alone in its folder."""
    model_dir = tmp_path_factory.mktemp("tensorboard") / "a model"
    shutil.copytree(trained.model_dir, model_dir)
    experiment.evaluate(dataclasses.replace(trained, model_dir=str(model_dir)), dataset=small)
    return model_dir


@contextlib.contextmanager
def started(shown, folder, environment):
    """Runs TensorBoard on `shown` or the folder above it; its log is in `folder`."""
    log = folder / "log"
    path = os.pathsep.join((os.path.dirname(sys.executable), environment["PATH"]))
    script = script_beside(folder / "scripts", RUNS_IT)
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [script, shown, "--port=0", "--reload_interval=1"],
            env={**environment, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Board(process, log)
    finally:
        # It takes its data server along, which reads a pipe from it.
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module", params=[pytest.param("real", marks=pytest.mark.slow)])
def board(shown, tmp_path_factory, subprocess_environment):
    with started(shown, tmp_path_factory.mktemp("board"), subprocess_environment) as board:
        yield board


@pytest.fixture(params=[pytest.param("real", marks=pytest.mark.slow)])
def board_of_runs(shown, tmp_path, subprocess_environment):
    with started(shown.parent, tmp_path, subprocess_environment) as board:
        yield board


def test_training_validation_and_test_are_a_run_each(board):
    runs = board.ask("runs", lambda runs: len(runs) == 3)
    assert set(runs) == {".", "eval_validation", "eval_test"}


def test_loss_and_accuracy_of_every_run_are_on_one_chart(board):
    for run in (".", "eval_validation", "eval_test"):
        assert {"loss", "accuracy"} <= board.tags("scalars", run, "loss", "accuracy")


def test_training_shows_learning_rate_and_speed_and_validation_adds_no_chart(board):
    charts = board.tags("scalars", ".", "learning_rate", "examples_per_second")
    assert charts <= {
        "loss",
        "accuracy",
        "learning_rate",
        "examples_per_second",
        "global_step/sec",
        "epoch_loss",
        "epoch_accuracy",
    }
    by_epoch = {"epoch_loss", "epoch_accuracy"}
    assert board.tags("scalars", "eval_validation", "loss") - by_epoch == {"loss", "accuracy"}


def test_test_shows_a_group_of_class_accuracies(board):
    classes = {f"class_accuracy/{label}" for label in range(10)}
    tags = board.tags("scalars", "eval_test", *classes)
    assert tags == classes | {"loss", "accuracy"}


def test_series_have_the_steps_at_which_they_were_written(board):
    board.tags("scalars", ".", "loss")
    board.tags("scalars", "eval_validation", "accuracy")
    board.tags("scalars", "eval_test", "accuracy")
    assert board.steps(".", "loss") == board.steps(".", "accuracy") == [1, 21]
    assert board.steps("eval_validation", "accuracy") == [20, 40]
    assert board.steps("eval_test", "accuracy") == [40]


def test_samples_are_training_images_the_right_way_up(board, small):
    samples = {f"training_images/image/{number}" for number in range(6)}
    assert board.tags("images", ".", *samples) == samples
    pictures = board.pictures(".", "training_images/image/0")
    assert list(pictures) == [1, 21]
    for picture in pictures.values():
        assert picture.size == (28, 28)
        pixels = np.asarray(picture.convert("L"))
        assert (small.train.images[..., 0] == pixels).all(axis=(1, 2)).any()


def test_validation_and_test_show_their_confusion_matrices(board):
    for run, steps in {"eval_validation": [20, 40], "eval_test": [40]}.items():
        pictures = board.pictures(run, "confusion_matrix/image")
        assert list(pictures) == steps
        for picture in pictures.values():
            assert picture.size == pytest.approx((800, 760), abs=10)


def test_every_weight_has_a_histogram_under_its_own_name(board, trained):
    weights = set(architecture.variable_shapes(architecture.parse(trained.architecture)))
    assert "conv2d/kernel" in weights
    assert board.tags("histograms", ".", *weights) == weights


def test_the_graph_of_training_is_a_row_of_layers(board, trained):
    board.ask("plugin/graphs/info", lambda runs: runs.get(".", {}).get("run_graph"))
    graph = board.get("plugin/graphs/graph", run=".").decode()
    row = tensorboard_graph.Row(text_format.Parse(graph, tf.GraphDef()))
    layers = [name for name, _ in architecture.named(architecture.parse(trained.architecture))]
    assert row.main[: 2 + len(layers)] == ["input", "scale_pixels", *layers]
    assert {"training", "validation", "summaries", "session"} <= set(row.beside)


def test_the_text_is_a_table_of_settings(board):
    assert board.tags("text", ".", "settings") == {"settings"}
    (shown,) = board.ask("plugin/text/text", run=".", tag="settings")
    assert "<td><code>--learning_rate</code></td>" in shown["text"]
    assert "<td><code>tensorflow</code></td>" in shown["text"]


def test_hparams_shows_a_row_of_settings_with_the_results_of_each_run(board_of_runs, trained):
    metrics = [{"metric": {"group": group, "tag": tag}} for group, tag, _ in hparams.METRICS]
    request = {
        "experimentName": "",
        "allowedStatuses": ["STATUS_SUCCESS"],
        "colParams": [{"hparam": "learning_rate"}, *metrics],
        "startIndex": 0,
        "sliceSize": 9,
    }
    found = board_of_runs.ask(
        "plugin/hparams/session_groups",
        lambda answer: [len(row["metricValues"]) for row in answer["sessionGroups"]] == [4],
        request=json.dumps(request),
    )
    (row,) = found["sessionGroups"]
    assert row["name"] == "a model"
    assert row["hparams"]["learning_rate"] == trained.learning_rate
    assert row["hparams"]["variant"] == "layers"
    shown = {(m["name"]["group"], m["name"]["tag"]): m["value"] for m in row["metricValues"]}
    assert set(shown) == {(folder, tag) for folder, tag, _ in hparams.METRICS}
    assert 0.4 < shown["eval_test", "accuracy"] <= 1


def test_it_listens_on_loopback_only(board):
    assert "Serving TensorBoard on localhost" in board.said()
    listening = [
        address
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        if os.path.exists(table)
        for address in re.findall(
            r"\d+: ([0-9A-F]+):(\w{4}) \w+:\w+ 0A", pathlib.Path(table).read_text()
        )
        if int(address[1], 16) == board.port
    ]
    loopback = {"0100007F", "00000000000000000000000001000000"}
    assert {address for address, _ in listening} <= loopback


def test_it_says_little_and_nothing_of_tensorflow(board):
    lines = [line for line in board.said().splitlines() if line.strip()]
    assert len(lines) <= 6
    assert not re.search(r"InitializeLog|oneDNN|cuda|cuInit|Traceback", board.said())


@pytest.fixture
def events(tmp_path):
    """A folder whose only event file lies a floor below, and the working directory."""
    (tmp_path / "my models" / "one").mkdir(parents=True)
    (tmp_path / "my models" / "one" / "events.out.tfevents.1.host").touch()
    return tmp_path


def call(folder, *arguments):
    """Runs the script in `folder` with a double of scripts/run that says the command."""
    script = folder / "scripts" / "tensorboard"
    if not script.exists():
        script_beside(folder / "scripts", SAYS_IT)
    return subprocess.run(
        [script, *arguments], cwd=folder, capture_output=True, text=True, timeout=PATIENCE
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["my models"],
        ["--model_dir=my models"],
        ["--model_dir", "my models"],
        ["--logdir=my models"],
        ["mnist_model", "--model_dir=my models"],
    ],
)
def test_the_folder_is_understood_in_every_spelling(events, arguments):
    result = call(events, *arguments, "--port=6007", "--bind_all")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[:2] == ["python", "-c"]
    flags = lines[lines.index("--logdir=my models") :]
    # Theirs come last, so that they override ours.
    assert flags[1:] == [
        "--samples_per_plugin=images=100",
        "--reload_multifile=true",
        "--port=6007",
        "--bind_all",
    ]


def test_the_folder_is_mnist_model_if_none_is_given(events):
    (events / "my models").rename(events / "mnist_model")
    assert "--logdir=mnist_model\n" in call(events).stdout
    assert "--logdir=mnist_model\n" in call(events, "--port", "6007").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "there is no folder mnist_model; scripts/run python -m cnn_mnist.main "),
        (["no such"], "there is no folder no such; "),
        (["--model_dir=no such"], "--model_dir=no\\ such trains one"),
        (["empty"], "empty holds no event files; "),
        (["empty"], "cnn_mnist.main --model_dir=empty trains one"),
        (["--model_dir"], "--model_dir takes a folder"),
        (["--model_dir="], "--model_dir= names no folder"),
        (["-x"], "there is no folder mnist_model; "),
        (["--log_dir=x"], "unknown flag --log_dir; did you mean --logdir? --help lists the flags"),
        (["--model-dir", "x"], "unknown flag --model-dir; did you mean --model_dir? --help"),
    ],
)
def test_a_folder_that_cannot_be_shown_is_one_line(events, arguments, words):
    (events / "empty").mkdir()
    result = call(events, *arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("scripts/tensorboard: ")
    assert result.stderr.count("\n") == 1
    assert words in result.stderr


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_needs_no_folder(events, flag):
    result = call(events, "--port=1", flag)
    assert result.returncode == 0
    assert result.stdout.startswith("usage: scripts/tensorboard [MODEL_DIR]")
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_a_folder_below_itself_is_looked_through_once(events):
    (events / "round").mkdir()
    (events / "round" / "again").symlink_to(".")
    assert "round holds no event files; " in call(events, "round").stderr
    (events / "round" / "there").symlink_to(events / "my models")
    assert "--logdir=round\n" in call(events, "round").stdout


def test_the_launcher_of_an_installed_package_turns_into_tensorboard(events):
    """Without scripts/tensorboard it is run by a Python that has it."""
    code = "import os, sys; os.execvp = lambda file, words: print(file, words, sep='\\n'); "
    code += "from cnn_mnist.cli import tensorboard as t; t.main(['my models', '--port=1'])"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=events,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )
    program, words = ran.stdout.splitlines()
    assert program == sys.executable
    assert words.startswith(str([program, "-c"])[:-1])
    assert "'--logdir=my models'" in words and words.endswith("'--port=1']")


def test_tensorboards_own_help_needs_no_folder(events):
    assert call(events, "--helpfull").stdout.splitlines()[-1] == "--helpfull"
