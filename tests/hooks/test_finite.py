"""Training ends at the first NaN or infinity, and no checkpoint contains one."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from cnn_mnist import experiment
from cnn_mnist.errors import DivergedError
from cnn_mnist.model_folder import checkpoints, integrity
from cnn_mnist.tf_compat import tf
from cnn_mnist.training import trainer


@pytest.fixture
def diverging(small_config):
    """A run whose loss explodes within a few steps, and which saves after each step."""
    return dataclasses.replace(
        small_config,
        architecture="flatten, dense 64, dense 64, dense 64, dense 10",
        train_steps=60,
        optimizer="momentum",
        learning_rate=1000.0,
        schedule="constant",
        warmup_steps=0,
        validation_examples=0,
        save_checkpoints_steps=1,
    )


@pytest.fixture
def tiny(small_config):
    """A run of 40 steps without convolutions."""
    return dataclasses.replace(small_config, architecture="flatten, dense 10")


def spoil(monkeypatch, at_step, value):
    """Replaces the loss of one step by `value`."""
    losses = trainer.model._losses

    def with_one_spoiled(labels, logits):
        step = tf.train.get_global_step()
        factor = tf.where(tf.equal(step, at_step - 1), tf.constant(value), tf.constant(1.0))
        return losses(labels, logits) * factor

    monkeypatch.setattr(trainer.model, "_losses", with_one_spoiled)


def diverged(config, dataset):
    """Returns the error that training ends in."""
    with pytest.raises(DivergedError) as caught:
        experiment.train(config, dataset=dataset)
    return caught.value


def variables(checkpoint):
    reader = tf.train.load_checkpoint(checkpoint)
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, pytest.param(-math.inf, marks=pytest.mark.slow)]
)
def test_the_first_loss_that_is_not_finite_ends_training_with_the_last_that_were(
    tiny, small, monkeypatch, value
):
    spoil(monkeypatch, 13, value)
    error = diverged(tiny, small)
    assert (error.step, error.what) == (13, f"the loss is {value}")
    result = error.result
    assert (result.diverged_at, result.diverged_because) == (13, f"the loss is {value}")
    assert [step for step, _ in result.last_losses] == [8, 9, 10, 11, 12]
    assert all(0 < loss < 10 for _, loss in result.last_losses)
    assert checkpoints.latest_step(tiny.model_dir) == 0


def test_a_loss_not_finite_in_the_first_step_leaves_no_last_losses(tiny, small, monkeypatch):
    spoil(monkeypatch, 1, math.nan)
    result = diverged(tiny, small).result
    assert (result.diverged_at, result.last_losses) == (1, ())


def test_the_newest_checkpoint_holds_only_finite_numbers(diverging, small):
    """It saves after each step: without a check of the weights the last save would hold NaN."""
    result = diverged(diverging, small).result
    assert 1 < result.diverged_at < 60
    newest = integrity.survey(diverging.model_dir).newest
    assert checkpoints.step_of(newest) >= 1
    for name, values in variables(newest).items():
        assert np.isfinite(values).all(), name


def test_weights_that_are_not_finite_are_named_and_not_saved(small_config, small, monkeypatch):
    """The loss of the last step is finite, but its update is not."""
    apply = tf.train.AdamOptimizer.minimize

    def and_spoil(self, loss, global_step, **options):
        update = apply(self, loss, global_step, **options)
        (bias,) = [v for v in tf.trainable_variables() if v.op.name == "dense_1/bias"]
        with tf.control_dependencies([update]):
            spoils = tf.equal(global_step.read_value(), 40)
            factor = tf.where(spoils, tf.constant(math.nan), tf.constant(1.0))
            return bias.assign(bias.read_value() * factor).op

    monkeypatch.setattr(tf.train.AdamOptimizer, "minimize", and_spoil)
    config = dataclasses.replace(
        small_config,
        architecture="flatten, dense 16, dense 16, dense 10",
        validation_examples=0,
    )
    result = diverged(config, small).result
    assert (result.diverged_at, result.diverged_because) == (40, "dense_1/bias is not finite")
    assert checkpoints.latest_step(config.model_dir) == 20


def test_the_run_resumes_from_the_kept_checkpoint_once_the_loss_is_finite_again(
    tiny, small, monkeypatch
):
    with monkeypatch.context() as patch:
        spoil(patch, 33, math.inf)
        assert diverged(tiny, small).result.last_step == 20
    again = experiment.train(tiny, dataset=small)
    assert (again.first_step, again.last_step, again.diverged_at) == (20, 40, None)


def test_the_error_names_step_and_reason():
    error = DivergedError(1234, "the loss is nan")
    assert str(error) == "the loss is nan at step 1,234"
