"""Fixtures shared by the tests: real MNIST, a small part of it, and a model trained on that."""

from __future__ import annotations

import dataclasses
import fcntl
import gc
import os
import pathlib
import signal
import socket
import types

import fork_server
import numpy as np
import pytest
import serving_process
from places import REPOSITORY

SHARED_DATA = REPOSITORY.parent / "shared" / "data"
# Each process of a test run takes up to 2 GB.
MOST_PROCESSES = 4


def pytest_configure(config):
    _hear_interrupts()
    if hasattr(config, "workerinput"):
        _divide_processors(config.workerinput["workercount"])


def _hear_interrupts():
    """Has Ctrl-C heard also where a shell runs the tests in the background, which ignores it.

    What the tests start would inherit that.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _divide_processors(processes):
    """Has TensorFlow take its share of the threads, here and in what the tests start.

    By default it takes one for each processor, and the processes of a run wait for each other.
    """
    threads = max(1, (os.cpu_count() or 1) // processes)
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))


def pytest_collection(session):
    """Has no garbage looked for while TensorFlow and the tests are imported, which all stay."""
    gc.disable()


def pytest_collection_finish(session):
    gc.enable()
    gc.freeze()


LONGEST_FIRST = (
    "end_to_end/test_seeds.py",
    "end_to_end/test_recipes.py",
    "scripts/test_soak.py",
    "hooks/test_validation.py",
    "cli/test_modes.py",
    "end_to_end/test_readme.py",
    "end_to_end/test_main_places.py",
    "evaluation/test_evaluator.py",
    "training/test_trainer.py",
    "web/test_modules.py",
    "web/test_web.py",
    "web/test_web_packages.py",
    "web/test_predictions.py",
    "web/test_framing_equality.py",
    "tf1/test_scripts_recurrent.py",
    "tf1/test_scripts_tutorials.py",
)
"""Files whose tests one process runs; begun last, they would keep the others waiting."""


def pytest_collection_modifyitems(items):
    """Puts the longest files first, for all else stays in its order."""

    def turn(item):
        place = item.path.relative_to(REPOSITORY / "tests").as_posix()
        return LONGEST_FIRST.index(place) if place in LONGEST_FIRST else len(LONGEST_FIRST)

    items.sort(key=turn)


def pytest_xdist_auto_num_workers(config):
    """Has one process run the tests of single files: others would only begin later."""
    if all(os.path.isfile(argument.split("::")[0]) for argument in config.args):
        return 0
    return min(os.cpu_count() or 1, MOST_PROCESSES)


def pytest_terminal_summary(terminalreporter):
    """Says which server the tests of serving asked, where such tests ran."""
    if serving_process.ran_against:
        servers = ", ".join(sorted(serving_process.ran_against))
        terminalreporter.write_line(f"Serving tests ran against: {servers}")


class NetworkAttemptError(OSError):
    """Something tried to reach the network."""


@pytest.fixture(autouse=True, scope="session")
def network_attempts():
    """Refuses this process any address but loopback; a list of what was tried all the same."""
    attempts = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self, address, *rest):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            attempts.append(address)
            raise NetworkAttemptError(f"connect to {address}")
        return connect(self, address, *rest)

    def guarded_look_up(host, *rest, **options):
        if host is not None and not _is_loopback(host):
            attempts.append(host)
            raise NetworkAttemptError(f"look-up of {host}")
        return look_up(host, *rest, **options)

    socket.socket.connect, socket.getaddrinfo = guarded_connect, guarded_look_up
    yield attempts
    socket.socket.connect, socket.getaddrinfo = connect, look_up


def _is_loopback(host) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host)
    return name in ("localhost", "::1", "") or name.startswith("127.")


@pytest.fixture
def sighup_is_heard():
    """Also where nohup runs the tests, since what they start would inherit that it is ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """A function that has one of the processes of a test run make a folder; it returns its path.

    The others wait for it, and take what is there.
    """
    run = tmp_path_factory.getbasetemp()
    place = run.parent if "PYTEST_XDIST_WORKER" in os.environ else run

    def made(name, make) -> pathlib.Path:
        folder = place / name
        with open(place / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (place / f"{name}.made").exists():
                make(folder)
                (place / f"{name}.made").touch()
        return folder

    return made


@pytest.fixture(scope="session")
def data_dir(made_once, network_attempts) -> str:
    """Where TFDS keeps the sets that the tests prepare; MNIST comes from the package's files."""
    return str(made_once("tensorflow_datasets", pathlib.Path.mkdir))


@pytest.fixture(scope="session")
def mnist(data_dir, made_once):
    """The whole of MNIST, prepared in this test run as TFDS does it, in a fifth of the time."""
    import prepared_mnist

    from cnn_mnist.data import loading

    made_once("prepared", lambda _: prepared_mnist.prepare(data_dir))
    return loading.load("mnist", data_dir, offline=True)


@pytest.fixture(scope="session")
def small(mnist):
    """The first 2,000 training and 500 test images."""
    return dataclasses.replace(
        mnist, train=mnist.train.take(slice(2000)), test=mnist.test.take(slice(500))
    )


@pytest.fixture
def no_confusion_pictures(monkeypatch):
    """Has this process draw no confusion matrices, which are a third of a small training."""
    from cnn_mnist.plots import tensorboard

    double = types.SimpleNamespace(confusion_matrix_png=lambda *arguments: b"")
    monkeypatch.setattr(tensorboard, "plots", double)


@pytest.fixture
def small_config(tmp_path, data_dir, no_confusion_pictures):
    """A configuration that trains in a second; for use with `small`."""
    return dataclasses.replace(
        _small_config(tmp_path / "model", data_dir),
        architecture="conv 3x3x8, pool 2, flatten, dense 32, dropout 0.4, dense 10",
    )


@pytest.fixture
def with_hook(monkeypatch):
    """Adds a session hook to a configuration, under a name that is then allowed in `hooks`."""
    from cnn_mnist import hooks
    from cnn_mnist.config import fields

    def add(config, hook):
        name = f"test{len(hooks.REGISTRY)}"
        monkeypatch.setitem(hooks.REGISTRY, name, lambda config, clock: hook)
        row = fields.SETTINGS["hooks"]
        row = dataclasses.replace(row, allowed=(*row.allowed, name))
        monkeypatch.setitem(fields.SETTINGS, "hooks", row)
        return dataclasses.replace(config, hooks=(*config.hooks, name))

    return add


@pytest.fixture(scope="session")
def trained(made_once, data_dir, small):
    """A configuration whose `model_dir` holds 40 trained steps. Do not write to it."""
    from cnn_mnist import experiment

    def train(folder):
        experiment.train(_small_config(folder, data_dir), dataset=small)

    return _small_config(made_once("trained", train), data_dir)


@pytest.fixture(scope="session")
def best_is_first(made_once, data_dir, small):
    """A configuration whose best checkpoint is of step 10, its newest of 40. Do not write to it.

    As if more loss were better, so that the first of four validations is the best.
    """
    from cnn_mnist import experiment

    def config(folder):
        return dataclasses.replace(
            _small_config(folder, data_dir),
            validate_every_steps=10,
            save_checkpoints_steps=10,
            monitor="loss",
            monitor_mode="max",
        )

    def train(folder):
        result = experiment.train(config(folder), dataset=small)
        assert (result.best.validation.step, result.last_step) == (10, 40)

    return config(made_once("best is first", train))


@pytest.fixture(scope="session")
def exported(trained, made_once):
    """The folder of an export's one version. Do not write to it."""
    from cnn_mnist import experiment
    from cnn_mnist.model_folder import exports

    folder = made_once("export", lambda folder: experiment.export(trained, str(folder)))
    (version,) = exports.versions(str(folder))
    return version


@pytest.fixture(scope="session")
def running(exported):
    """A server of `exported`: the real one where there is one, else the double.

    The version has the label `stable`; `canary` is of a version that is not there.
    """
    labels = {"stable": int(os.path.basename(exported)), "canary": 7}
    with serving_process.started(os.path.dirname(exported), labels=labels) as server:
        yield server


def _small_config(model_dir, data_dir):
    from cnn_mnist import config

    return config.from_preset(
        str(model_dir),
        data_dir=data_dir,
        offline=True,
        architecture="conv 3x3x8, pool 2, conv 3x3x16, pool 2, flatten, dense 32, dropout 0.4, "
        "dense 10",
        train_steps=40,
        batch_size=50,
        warmup_steps=5,
        validation_examples=300,
        eval_batch_size=500,
        validate_every_steps=20,
        save_summary_steps=20,
        save_checkpoints_steps=20,
        precision="float32",
    )


@pytest.fixture
def digit(mnist) -> tuple[np.ndarray, int]:
    """A test image, uint8 `[28, 28, 1]`, and its label."""
    return mnist.test.images[0], int(mnist.test.labels[0])


@pytest.fixture(scope="session")
def fashion_folder() -> str:
    """Fashion-MNIST as IDX files; skips where this machine has none."""
    folder = SHARED_DATA / "fashion_mnist"
    if not folder.is_dir():
        pytest.skip(f"no Fashion-MNIST at {folder}")
    return str(folder)


@pytest.fixture(scope="session")
def subprocess_environment(data_dir) -> dict[str, str]:
    """For commands that a test starts: this package, the prepared data, no proxies."""
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environment.update(PYTHONPATH=str(REPOSITORY), TFDS_DATA_DIR=data_dir)
    return environment


@pytest.fixture(scope="session")
def with_few_images(made_once, subprocess_environment) -> dict[str, str]:
    """An environment in which MNIST has 1,000 images of each split, for commands of the pages.

    To answer all 10,000 would take a quarter of the time of their short forms.
    """
    import prepared_mnist

    folder = made_once("few images", lambda folder: prepared_mnist.prepare(str(folder), 1_000))
    return {**subprocess_environment, "TFDS_DATA_DIR": str(folder)}


@pytest.fixture(scope="session")
def command_line(tmp_path_factory, subprocess_environment) -> list[str]:
    """The beginning of a command line: `python -m cnn_mnist.main`, without the time to import.

    See `fork_server` for what such a process leaves to the server that it is forked from.
    """
    folder = tmp_path_factory.mktemp("forks")
    with fork_server.started(folder, subprocess_environment) as command:
        yield command
