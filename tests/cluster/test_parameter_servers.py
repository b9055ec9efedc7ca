"""Real processes on this machine train together with parameter servers, whichever of them fails."""

from __future__ import annotations

import collections
import json
import pathlib
import re
import signal
import socket

import diverging
import pytest

from cnn_mnist.errors import LOST_STATUS
from cnn_mnist.model_folder import checkpoints, runs, validations

pytestmark = pytest.mark.slow

TRAINED_ON = 10_000
BATCH = 50
FLAGS = (
    *("--architecture=conv 3x3x4, pool 2, flatten, dense 16, dropout 0.2, dense 10", "--offline"),
    *(f"--train_examples={TRAINED_ON}", f"--batch_size={BATCH}", "--warmup_steps=0"),
    *("--validation_examples=500", "--save_summary_steps=100000", "--threads=1"),
    *("--format=json", "--cluster_timeout=60"),
)
THREE = ("ps", "worker", "chief")


@pytest.fixture
def cluster_of(cluster_in):
    """A function that gives a cluster of these roles, with `FLAGS` and others."""
    return lambda roles, *flags: cluster_in(roles, *FLAGS, *flags)


def saved_step(tmp_path):
    return checkpoints.latest_step(str(tmp_path / "model")) or 0


def test_four_tasks_take_each_image_once_in_an_epoch_and_all_end(cluster_of, tmp_path):
    steps = 300
    with cluster_of(("ps", "worker", "worker", "chief"), f"--train_steps={steps}") as cluster:
        cluster.start_all()
        assert cluster.statuses() == dict.fromkeys(cluster.tasks, 0)
    counted = collections.Counter(cluster.drawn())
    # One epoch and a half: no image a third time, and none left out of the first.
    assert len(counted) == TRAINED_ON
    assert max(counted.values()) == 2
    assert sum(counted.values()) >= steps * BATCH
    # At most one step for each further task.
    assert steps <= saved_step(tmp_path) <= steps + 2
    result = json.loads(cluster.log_of("chief 0").splitlines()[-1])
    assert result["total"] == 10_000 and result["accuracy"] > 0.8
    own_steps = [
        int(cluster.log_of(f"worker {n}").split(" steps of")[0].split()[-1].replace(",", ""))
        for n in (0, 1)
    ]
    assert min(own_steps) > 0 and sum(own_steps) < steps


def test_only_the_chief_writes(cluster_of, tmp_path):
    with cluster_of(THREE, "--train_steps=150", "--validate_every_steps=50") as cluster:
        cluster.start_all()
        assert set(cluster.statuses().values()) == {0}
    folder = str(tmp_path / "model")
    [record] = runs.read(folder)
    assert record["trained"]["last_step"] == saved_step(tmp_path)
    # The last is of the checkpoint that training ended with.
    history = validations.read(folder, 10**9)
    assert history[-1].step == saved_step(tmp_path)
    assert len(history) == record["trained"]["validations"]
    events = list(pathlib.Path(folder).glob("events.out.tfevents.*"))
    assert len(events) == 1


def test_a_worker_that_is_killed_and_started_again_goes_on_with_other_batches(cluster_of):
    with cluster_of(THREE, "--train_steps=2000", "--train_examples=54000") as cluster:
        cluster.start_all()
        cluster.wait_for_batches("worker 0")
        cluster.kill("worker 0")
        cluster.start("worker 0")
        assert set(cluster.statuses().values()) == {0}
    assert "steps of the cluster's" in cluster.log_of("worker 0")
    numbers = collections.Counter(cluster.drawn())
    # 2,000 batches of 50 are less than two epochs.
    assert max(numbers.values()) <= 2


def test_a_chief_that_is_killed_resumes_and_the_worker_goes_on(cluster_of, tmp_path):
    flags = ("--train_steps=800", "--save_checkpoints_steps=100")
    with cluster_of(THREE, *flags) as cluster:
        cluster.start_all()
        cluster.wait_until(lambda: saved_step(tmp_path) >= 100, "a checkpoint")
        cluster.kill("chief 0")
        cluster.start("chief 0")
        assert set(cluster.statuses().values()) == {0}
        assert len(cluster.tasks["worker 0"]) == 1
    assert 800 <= saved_step(tmp_path) <= 802
    [record] = runs.read(str(tmp_path / "model"))
    assert record["trained"]["first_step"] >= 100


def test_without_its_parameter_server_each_task_ends_within_the_timeout(cluster_of, tmp_path):
    flags = ("--train_steps=100000", "--save_checkpoints_steps=100", "--cluster_timeout=12")
    with cluster_of(THREE, *flags) as cluster:
        cluster.start_all()
        cluster.wait_until(lambda: saved_step(tmp_path) >= 100, "a checkpoint")
        cluster.kill("ps 0")
        del cluster.tasks["ps 0"]
        assert cluster.statuses() == {"worker 0": LOST_STATUS, "chief 0": LOST_STATUS}
        for name in cluster.tasks:
            last = cluster.log_of(name).splitlines()[-1]
            # The chief may have ended before the worker looks, and then did not answer either.
            also = "(chief 0 at [^,]+, )?" if name == "worker 0" else ""
            assert re.match(rf"cnn-mnist: the cluster is lost: {also}ps 0 at localhost:", last)
            assert "Waiting for ps 0 at localhost:" in cluster.log_of(name)


@pytest.mark.parametrize("name", ["chief 0", "worker 0"])
def test_a_task_whose_parameter_server_never_comes_ends_with_one_line(cluster_of, name):
    with cluster_of(THREE, "--train_steps=10", "--cluster_timeout=2") as cluster:
        cluster.start(name)
        assert cluster.statuses() == {name: LOST_STATUS}
        last = cluster.log_of(name).splitlines()[-1]
        assert last.startswith("cnn-mnist: the cluster is lost: ps 0 at localhost:")


@pytest.mark.parametrize("name", ["ps 0", "worker 0"])
def test_a_task_whose_chief_never_comes_ends_with_one_line(cluster_of, name):
    with cluster_of(THREE, "--train_steps=10", "--cluster_timeout=5") as cluster:
        for each in {name, "ps 0"}:
            cluster.start(each)
        assert cluster.statuses()[name] == LOST_STATUS
        last = cluster.log_of(name).splitlines()[-1]
        assert last.startswith("cnn-mnist: the cluster is lost: chief 0 at localhost:")
        assert last.endswith("; start the tasks again, or give --cluster_timeout more seconds")


def test_the_chief_does_not_wait_for_a_worker_that_never_comes(cluster_of, tmp_path):
    with cluster_of(THREE, "--train_steps=60") as cluster:
        cluster.start("ps 0")
        cluster.start("chief 0")
        assert cluster.statuses() == {"ps 0": 0, "chief 0": 0}
    assert saved_step(tmp_path) == 60


def test_a_signal_to_the_chief_saves_and_ends_all_and_the_same_commands_go_on(cluster_of, tmp_path):
    with cluster_of(THREE, "--train_steps=100000", "--save_checkpoints_steps=1000") as cluster:
        cluster.start_all()
        cluster.wait_for_batches("worker 0")
        cluster.signal("chief 0", signal.SIGTERM)
        statuses = cluster.statuses()
        assert statuses == {"ps 0": 0, "worker 0": 0, "chief 0": 128 + signal.SIGTERM}
        stopped_at = saved_step(tmp_path)
        assert stopped_at > 0
        for name in THREE:
            cluster.start(f"{name} 0", f"--train_steps={stopped_at + 50}")
        assert set(cluster.statuses().values()) == {0}
    assert stopped_at + 50 <= saved_step(tmp_path) <= stopped_at + 52


def test_a_signal_to_a_worker_ends_it_alone(cluster_of, tmp_path):
    with cluster_of(THREE, "--train_steps=800") as cluster:
        cluster.start_all()
        cluster.wait_for_batches("worker 0")
        cluster.signal("worker 0", signal.SIGTERM)
        assert cluster.statuses() == {
            "ps 0": 0,
            "worker 0": 128 + signal.SIGTERM,
            "chief 0": 0,
        }
    assert saved_step(tmp_path) >= 800


def test_early_stopping_ends_all(cluster_of, tmp_path):
    flags = ("--validate_every_steps=20", "--early_stopping_patience=1", "--learning_rate=1e-9")
    with cluster_of(THREE, "--train_steps=100000", *flags) as cluster:
        cluster.start_all()
        assert set(cluster.statuses().values()) == {0}
    assert "Stopping early: " in cluster.log_of("chief 0")
    assert saved_step(tmp_path) < 100_000
    [record] = runs.read(str(tmp_path / "model"))
    assert record["trained"]["stopped_early"]


def test_a_loss_that_is_not_finite_in_one_task_ends_all(cluster_of, tmp_path):
    flags = [*diverging.FLAGS, "--train_steps=100000", "--validate_every_steps=100000"]
    with cluster_of(THREE, *flags) as cluster:
        cluster.start_all()
        assert cluster.statuses() == {"ps 0": 0, "worker 0": 2, "chief 0": 2}
        for name in ("worker 0", "chief 0"):
            assert "training diverged" in cluster.log_of(name).splitlines()[-1]


def test_where_training_is_finished_already_every_task_ends(cluster_of, tmp_path):
    with cluster_of(THREE, "--train_steps=60") as cluster:
        cluster.start_all()
        assert set(cluster.statuses().values()) == {0}
        began = saved_step(tmp_path)
        cluster.start_all()
        assert set(cluster.statuses().values()) == {0}
        assert "worker 0: 0 steps" in cluster.log_of("worker 0")
    assert saved_step(tmp_path) == began


def test_a_worker_with_another_recipe_or_other_data_ends_with_one_line(cluster_of):
    with cluster_of(THREE, "--train_steps=100000") as cluster:
        cluster.start("ps 0")
        cluster.start("chief 0")
        for flag, expected in (
            ("--learning_rate=0.5", "worker 0 has 0.5 for --learning_rate, and the chief 0."),
            ("--train_examples=9000", "worker 0 has 9000 for training examples, and the chief"),
        ):
            cluster.start("worker 0", flag)
            assert cluster.tasks["worker 0"][-1].process.wait(timeout=120) == 2
            assert expected in cluster.log_of("worker 0").splitlines()[-1]
        cluster.signal("chief 0", signal.SIGTERM)
        assert cluster.statuses()["chief 0"] == 128 + signal.SIGTERM


def test_a_port_in_use_is_one_line(cluster_of):
    with cluster_of(THREE, "--train_steps=10") as cluster, socket.socket() as taken:
        host, _, port = cluster.addresses["ps"][0].rpartition(":")
        taken.bind(("127.0.0.1", int(port)))
        taken.listen()
        cluster.start("ps 0")
        assert cluster.statuses() == {"ps 0": 2}
        last = cluster.log_of("ps 0").splitlines()[-1]
        assert f"ps 0 of TF_CONFIG cannot take connections at {host}:{port}" in last
