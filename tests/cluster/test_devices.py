"""One process trains on several devices; here on logical ones, into which its processor is divided.

No machine with two GPUs could be had: what asks for them gets doubles.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess

import numpy as np
import pytest

from cnn_mnist import estimator as estimator_lib
from cnn_mnist import input_fns, model
from cnn_mnist.cluster import devices
from cnn_mnist.data import splits
from cnn_mnist.errors import SettingsError
from cnn_mnist.model_folder import epochs, validations
from cnn_mnist.tf_compat import estimator, tf
from cnn_mnist.training import trainer

TWO = devices.names(2)
FLAGS = (
    *("--offline", "--train_examples=10000", "--validation_examples=500", "--warmup_steps=0"),
    *("--save_summary_steps=100000", "--threads=1", "--precision=float32", "--mode=train"),
)
NETWORK = "conv 3x3x4, pool 2, flatten, dense 16, dense 10"
WITH_DROPOUT = "conv 3x3x4, pool 2, flatten, dense 16, dropout 0.4, dense 10"
NORMALIZED = "conv 3x3x4, batch_norm, pool 2, flatten, dense 16, dropout 0.4, dense 10"


@pytest.fixture
def gpus(monkeypatch):
    """A function that has the package find as many GPUs: a double."""
    return lambda number: monkeypatch.setattr(devices, "gpus", lambda: number)


@pytest.fixture
def of_two(small_config):
    """A run on two devices, with 20 images on each."""
    return dataclasses.replace(
        small_config, architecture=NETWORK, batch_size=20, distribution="mirrored", devices=2
    )


def step_on(names, config, features, labels):
    """Computes a training step from equal weights; returns loss, logits, weights and placements."""
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        at_hand = {name: tf.constant(value) for name, value in features.items()}
        params = {"config": config, "devices": names}
        spec = model.model_fn(at_hand, tf.constant(labels), estimator.ModeKeys.TRAIN, params)
        softmax = graph.get_tensor_by_name(model.SOFTMAX_TENSOR)
        with tf.Session(config=estimator_lib.session_config(config)) as session:
            session.run(tf.global_variables_initializer())
            options = tf.RunOptions(output_partition_graphs=True)
            metadata = tf.RunMetadata()
            loss, probabilities, _ = session.run(
                (spec.loss, softmax, spec.train_op), options=options, run_metadata=metadata
            )
            weights = {v.op.name: session.run(v) for v in tf.global_variables()}
    placed = {
        # oneDNN's kernels have names of their own.
        node.device.rsplit("device:")[-1]: {op.op.removeprefix("_MklNative") for op in part.node}
        for part in metadata.partition_graphs
        for node in part.node[:1]
    }
    return loss, probabilities, weights, placed


@pytest.mark.parametrize("variant", ["layers", pytest.param("nn", marks=pytest.mark.slow)])
def test_a_step_on_two_devices_is_that_of_one_on_all_their_images(of_two, small, variant):
    config = dataclasses.replace(of_two, variant=variant, warmup_steps=0)
    images, labels = small.train.images[:40], small.train.labels[:40]
    numbers = np.array([0, 1])
    loss, found, weights, placed = step_on(TWO, config, {"image": images, "batch": numbers}, labels)
    alone = dataclasses.replace(config, devices=0, distribution="auto")
    loss_alone, expected, weights_alone, _ = step_on((), alone, {"image": images}, labels)
    assert loss == pytest.approx(loss_alone, abs=1e-6)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    # Nothing is there twice, so the checkpoints are those of one device.
    assert weights.keys() == weights_alone.keys()
    for name, value in weights_alone.items():
        np.testing.assert_allclose(weights[name], value, atol=1e-5, err_msg=name)
    for name in ("CPU:0", "CPU:1"):
        assert "Conv2DBackpropFilter" in placed[name] and "MaxPoolGrad" in placed[name]
    assert "ResourceApplyAdam" in placed["CPU:0"] - placed["CPU:1"]


@pytest.mark.slow
def test_the_first_device_alone_moves_the_averages_of_batch_normalization(of_two, small):
    config = dataclasses.replace(of_two, architecture=NORMALIZED)
    images, labels = small.train.images[:40], small.train.labels[:40]
    features = {"image": images, "batch": np.array([6, 7])}
    *_, weights, _ = step_on(TWO, config, features, labels)
    first = {"image": images[:20], "batch": np.array(6)}
    *_, of_first, _ = step_on((), dataclasses.replace(config, devices=0), first, labels[:20])
    averages = [name for name in weights if "moving" in name]
    assert averages
    for name in averages:
        np.testing.assert_allclose(weights[name], of_first[name], rtol=1e-5, err_msg=name)


@pytest.mark.slow
def test_a_step_takes_the_batches_that_as_many_tasks_would_take(small):
    def taken(input_fn, steps):
        with tf.Graph().as_default(), tf.Session() as session:
            upcoming = tf.data.make_one_shot_iterator(input_fn()).get_next()
            return [session.run(upcoming) for _ in range(steps)]

    batch, at = 7, 5
    of_one = input_fns.train_input_fn(small.train, batch, 1, 3 * at, "affine", numbered=True)
    found = taken(input_fns.for_devices(of_one, 3), 2)
    for task in range(3):
        alone = input_fns.train_input_fn(small.train, batch, 1, at, "affine", 3, task)
        part = slice(task * batch, (task + 1) * batch)
        for (features, labels), (own, own_labels) in zip(found, taken(alone, 2), strict=True):
            assert features["batch"][task] == own["batch"]
            np.testing.assert_array_equal(features["image"][part], own["image"])
            np.testing.assert_array_equal(labels[part], own_labels)


def test_an_epoch_has_fewer_steps_and_each_image_once(of_two, small):
    asked = dataclasses.replace(of_two, train_steps=0, epochs=2, validation_examples=100)
    examples = len(small.train) - 100
    config = splits.with_train_steps(asked, small)
    assert config.train_steps == -(-2 * examples // 40)
    assert config.epochs is None and config.step_images == 40


def test_all_gpus_train_if_none_are_counted(gpus, of_two, small):
    gpus(4)
    config = splits.with_train_steps(dataclasses.replace(of_two, devices=0), small)
    assert config.devices == 4
    assert devices.names(4)[-1] == "/device:GPU:3"
    assert devices.description(4) == (
        "Training on 4 devices: GPU:0, GPU:1, GPU:2, GPU:3; each takes a batch in each step"
    )


def test_without_one_the_processor_is_a_single_device():
    assert devices.count("mirrored", 0) == 1
    assert devices.description(1) == (
        "Training on one device, the processor, for there is no GPU; devices=2 would divide it"
    )


def test_more_devices_than_gpus_are_refused(gpus, of_two):
    gpus(2)
    trainer.check(of_two)
    with pytest.raises(SettingsError, match=r"devices=3 is more than .*allowed: 1 to 2, or 0"):
        trainer.check(dataclasses.replace(of_two, devices=3))


@pytest.mark.parametrize("distribution", ["auto", "multi_worker_mirrored"])
def test_several_devices_without_mirrored_are_refused(of_two, distribution):
    config = dataclasses.replace(of_two, distribution=distribution)
    with pytest.raises(SettingsError, match="devices=2 needs distribution=mirrored"):
        trainer.check(config)


def test_a_cluster_of_several_tasks_does_not_train_mirrored(of_two, monkeypatch):
    tasks = {"chief": ["localhost:1"], "worker": ["localhost:2"]}
    of_the_chief = {"cluster": tasks, "task": {"type": "chief", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(of_the_chief))
    with pytest.raises(
        SettingsError, match=r"mirrored does not fit.*multi_worker_mirrored or auto"
    ):
        trainer.check(of_two)


@pytest.fixture
def losses_of(task_command, subprocess_environment):
    """A function that runs the command in a process, and returns the losses of its validations."""

    def run(folder, *flags):
        command = [*task_command, f"--model_dir={folder}", *FLAGS, *flags]
        environment = {**subprocess_environment, "CNN_MNIST_DRAWS": f"{folder}.draws"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return [v.metrics["loss"] for v in validations.read(str(folder), 10**6)]

    return run


@pytest.mark.slow
def test_two_devices_give_the_losses_of_one_with_a_batch_twice_as_large(losses_of, tmp_path):
    flags = (f"--architecture={NETWORK}", "--train_steps=120", "--validate_every_steps=40")
    found = losses_of(
        *(tmp_path / "two", *flags, "--batch_size=50", "--distribution=mirrored", "--devices=2")
    )
    expected = losses_of(tmp_path / "one", *flags, "--batch_size=100")
    assert len(found) == 3 and found == pytest.approx(expected, abs=1e-5)
    of_each = [
        epochs.newest(epochs.read_lines(str(tmp_path / name), 120)) for name in ("two", "one")
    ]
    for two, one in zip(*of_each, strict=True):
        assert (two.examples, two.step) == (one.examples, one.step)
        assert two.loss == pytest.approx(one.loss, abs=1e-5)
    largest = max(abs(a - b) for a, b in zip(found, expected, strict=True))
    print(f"\nlargest difference of the loss: {largest:.1e}")


@pytest.mark.slow
def test_two_devices_give_the_losses_of_two_tasks_with_dropout_and_augmentation(
    losses_of, cluster_in, tmp_path
):
    flags = (f"--architecture={WITH_DROPOUT}", "--augmentation=affine", "--scale_learning_rate")
    flags = (*flags, "--batch_size=50", "--train_steps=60", "--validate_every_steps=20")
    found = losses_of(tmp_path / "two", *flags, "--distribution=mirrored", "--devices=2")
    with cluster_in(("worker", "chief"), *FLAGS, *flags) as cluster:
        cluster.start_all()
        assert set(cluster.statuses().values()) == {0}
    expected = [v.metrics["loss"] for v in validations.read(str(tmp_path / "model"), 60)]
    assert len(found) == 3 and found == pytest.approx(expected, abs=1e-5)
    largest = max(abs(a - b) for a, b in zip(found, expected, strict=True))
    print(f"\nlargest difference of the loss: {largest:.1e}")


@pytest.mark.slow
def test_training_that_was_stopped_goes_on_to_the_same_bits(losses_of, tmp_path):
    flags = (f"--architecture={WITH_DROPOUT}", "--augmentation=affine", "--schedule=constant")
    flags = (*flags, "--deterministic", "--distribution=mirrored", "--devices=2", "--batch_size=50")
    losses_of(tmp_path / "whole", *flags, "--train_steps=60")
    losses_of(tmp_path / "parts", *flags, "--train_steps=25")
    losses_of(tmp_path / "parts", *flags, "--train_steps=60")
    whole, parts = (
        tf.train.load_checkpoint(tf.train.latest_checkpoint(str(tmp_path / name)))
        for name in ("whole", "parts")
    )
    for name in whole.get_variable_to_shape_map():
        assert np.array_equal(whole.get_tensor(name), parts.get_tensor(name)), name
