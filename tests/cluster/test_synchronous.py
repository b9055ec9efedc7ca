"""Real processes on this machine train in common steps, whichever of them fails."""

from __future__ import annotations

import dataclasses
import pathlib
import signal

import diverging
import numpy as np
import pytest
import training_cluster

from cnn_mnist import config as config_lib
from cnn_mnist import experiment
from cnn_mnist.errors import LOST_STATUS
from cnn_mnist.model_folder import checkpoints, runs, validations
from cnn_mnist.tf_compat import tf

pytestmark = pytest.mark.slow

TRAINED_ON = 10_000
BATCH = 50
NETWORK = "conv 3x3x4, pool 2, flatten, dense 16, dense 10"
WITH_DROPOUT = "conv 3x3x4, pool 2, flatten, dense 16, dropout 0.4, dense 10"
FLAGS = (
    *("--offline", f"--train_examples={TRAINED_ON}", f"--batch_size={BATCH}", "--warmup_steps=0"),
    *("--validation_examples=500", "--save_summary_steps=100000", "--threads=1"),
    *("--precision=float32", "--mode=train", "--cluster_timeout=60"),
)
TWO = ("worker", "chief")


@pytest.fixture
def cluster_of(cluster_in):
    """A function that gives a cluster with `FLAGS` and others."""

    def make(*flags, roles=TWO, name="logs"):
        return cluster_in(roles, f"--architecture={NETWORK}", *FLAGS, *flags, name=name)

    return make


def saved_step(tmp_path):
    return checkpoints.latest_step(str(tmp_path / "model")) or 0


def weights(folder):
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(folder)))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def test_two_tasks_give_the_losses_of_one_process_with_a_batch_twice_as_large(
    cluster_of, tmp_path, data_dir, mnist
):
    steps = 120
    with cluster_of(f"--train_steps={steps}", "--validate_every_steps=40") as cluster:
        cluster.start_all()
        assert cluster.statuses() == {"worker 0": 0, "chief 0": 0}
    together = str(tmp_path / "model")
    alone = dataclasses.replace(
        config_lib.load(together),
        model_dir=str(tmp_path / "alone"),
        data_dir=data_dir,
        offline=True,
        threads=1,
        batch_size=2 * BATCH,
    )
    experiment.train(alone, dataset=mnist)
    expected = [v.metrics["loss"] for v in validations.read(alone.model_dir, steps)]
    found = [v.metrics["loss"] for v in validations.read(together, steps)]
    assert len(found) == 3 and found == pytest.approx(expected, abs=1e-5)
    of_one, of_two = weights(alone.model_dir), weights(together)
    assert of_one.keys() == of_two.keys()
    for name, value in of_one.items():
        np.testing.assert_allclose(of_two[name], value, atol=1e-4, err_msg=name)
    largest = max(abs(a - b) for a, b in zip(found, expected, strict=True))
    print(f"\nlargest difference of the loss: {largest:.1e}")


def test_three_tasks_take_each_image_once_in_an_epoch(cluster_of, tmp_path):
    steps = TRAINED_ON // (3 * BATCH)
    with cluster_of(f"--train_steps={steps}", roles=("worker", "worker", "chief")) as cluster:
        cluster.start_all()
        assert set(cluster.statuses().values()) == {0}
        taken = [training_cluster.batches(path) for path in cluster.folder.glob("*.draws")]
    assert saved_step(tmp_path) == steps
    # Each prepares a few more batches than it trains on.
    drawn = [position for each in taken for batch in each[:steps] for position in batch]
    assert len(drawn) == len(set(drawn)) == steps * 3 * BATCH


def test_training_that_was_stopped_goes_on_to_the_same_bits(cluster_of, tmp_path):
    flags = ("--deterministic", f"--architecture={WITH_DROPOUT}", "--augmentation=affine")
    steps = 150
    finals = []
    for stops in (False, True):
        with cluster_of(*flags, f"--train_steps={steps}", name=f"logs_{stops}") as cluster:
            cluster.start_all()
            if stops:
                cluster.wait_for_batches("chief 0", 25)
                cluster.signal("chief 0", signal.SIGTERM)
                statuses = cluster.statuses()
                assert statuses == {"worker 0": 0, "chief 0": 128 + signal.SIGTERM}
                assert 20 <= saved_step(tmp_path) < steps
                cluster.start("chief 0")
                # It needs no folder of the chief: the checkpoint comes through the network.
                cluster.start("worker 0", f"--model_dir={tmp_path}/of_a_worker")
            assert set(cluster.statuses().values()) == {0}
        assert saved_step(tmp_path) == steps
        finals.append(weights(tmp_path / "model"))
        (tmp_path / "model").rename(tmp_path / f"model_{stops}")
    assert not (tmp_path / "of_a_worker").exists()
    for name, value in finals[0].items():
        assert np.array_equal(value, finals[1][name]), name


def test_a_worker_that_is_killed_ends_the_chief_and_both_go_on_when_started_again(
    cluster_of, tmp_path
):
    flags = ("--train_steps=600", "--save_checkpoints_steps=50")
    with cluster_of(*flags) as cluster:
        cluster.start_all()
        cluster.wait_until(lambda: saved_step(tmp_path) >= 50, "a checkpoint")
        cluster.kill("worker 0")
        assert cluster.tasks["chief 0"][-1].process.wait(timeout=60) == LOST_STATUS
        last = cluster.log_of("chief 0").splitlines()[-1]
        assert last.startswith("cnn-mnist: the cluster is lost: ")
        cluster.start_all()
        assert set(cluster.statuses().values()) == {0}
    assert saved_step(tmp_path) == 600
    [record] = runs.read(str(tmp_path / "model"))
    assert record["trained"]["first_step"] >= 50


@pytest.mark.parametrize(("name", "other"), [("chief 0", "worker 0"), ("worker 0", "chief 0")])
def test_a_task_whose_other_never_comes_ends_with_one_line(cluster_of, name, other):
    with cluster_of("--train_steps=10", "--cluster_timeout=2") as cluster:
        cluster.start(name)
        assert cluster.statuses() == {name: LOST_STATUS}
        last = cluster.log_of(name).splitlines()[-1]
        assert last.startswith(f"cnn-mnist: the cluster is lost: {other} at localhost:")


def test_a_signal_to_a_worker_saves_and_ends_all(cluster_of, tmp_path):
    with cluster_of("--train_steps=100000") as cluster:
        cluster.start_all()
        cluster.wait_for_batches("worker 0")
        cluster.signal("worker 0", signal.SIGTERM)
        stopped = 128 + signal.SIGTERM
        assert cluster.statuses() == {"worker 0": stopped, "chief 0": stopped}
        assert "A worker was stopped, so all stop" in cluster.log_of("chief 0")
    assert saved_step(tmp_path) > 0


def test_early_stopping_ends_all_after_the_same_step(cluster_of, tmp_path):
    flags = ("--validate_every_steps=20", "--early_stopping_patience=1", "--learning_rate=1e-9")
    with cluster_of("--train_steps=100000", *flags) as cluster:
        cluster.start_all()
        assert set(cluster.statuses().values()) == {0}
        steps = saved_step(tmp_path)
        assert f"worker 0: {steps} steps" in cluster.log_of("worker 0")
        # What is missing is the evaluation; nothing is left to train.
        for name in ("chief 0", "worker 0"):
            cluster.start(name, "--mode=train_and_evaluate")
        assert set(cluster.statuses().values()) == {0}
        assert saved_step(tmp_path) == steps
    [record, _] = runs.read(str(tmp_path / "model"))
    assert record["trained"]["stopped_early"]


def test_a_loss_that_is_not_finite_ends_all(cluster_of):
    flags = [*diverging.FLAGS, "--train_steps=100000", "--validate_every_steps=100000"]
    with cluster_of(*flags) as cluster:
        cluster.start_all()
        assert cluster.statuses() == {"worker 0": 2, "chief 0": 2}
        for name in cluster.tasks:
            assert "training diverged" in cluster.log_of(name).splitlines()[-1]


def test_only_the_chief_writes(cluster_of, tmp_path):
    with cluster_of("--train_steps=40") as cluster:
        cluster.start_all()
        assert set(cluster.statuses().values()) == {0}
    assert len([*pathlib.Path(tmp_path, "model").glob("events.out.tfevents.*")]) == 1
    assert not [*pathlib.Path(tmp_path, "model").glob("tmp_worker_*")]
