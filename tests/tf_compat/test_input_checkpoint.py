"""`tf.data.experimental.CheckpointInputPipelineHook`: input goes on where training stopped."""

from __future__ import annotations

import os

import numpy as np
import pytest
import tensorflow

from cnn_mnist.tf_compat import estimator, tf


@pytest.fixture
def seen():
    """The elements of the input that training has used."""
    return []


@pytest.fixture
def build(tmp_path, seen):
    """Returns a function that builds an Estimator, whose only weight adds up its input."""

    def model_fn(features, labels, mode):
        del labels
        step = tf.train.get_or_create_global_step()
        total = tf.get_variable("total", [], tf.int64, tf.zeros_initializer())
        noted = tf.py_func(lambda value: seen.append(int(value)), [features], [])
        with tf.control_dependencies([noted]):
            train = tf.group(total.assign_add(features), step.assign_add(1))
        return estimator.EstimatorSpec(mode, loss=tf.zeros([]), train_op=train)

    def made(**options):
        config = estimator.RunConfig(str(tmp_path), **{"save_checkpoints_steps": 4, **options})
        return estimator.Estimator(model_fn, config=config)

    return made


def input_fn():
    return tf.data.Dataset.range(100).shuffle(20, seed=5).repeat()


def train(built, steps, **options):
    hook = tf.data.experimental.CheckpointInputPipelineHook(built, **options)
    built.train(input_fn, hooks=[hook], max_steps=steps)


def test_both_apis_have_it():
    assert tensorflow.data.experimental.CheckpointInputPipelineHook
    assert tf.data.experimental.CheckpointInputPipelineHook


def test_input_goes_on_where_an_earlier_training_ended(build, seen):
    train(build(), 7)
    train(build(), 13)
    with tf.Graph().as_default(), tf.Session() as session:
        value = tf.data.make_one_shot_iterator(input_fn()).get_next()
        expected = [int(session.run(value)) for _ in range(13)]
    assert seen == expected
    assert build().get_variable_value("total") == np.sum(expected)


def test_it_saves_when_checkpoints_are_saved_and_at_the_end(build, tmp_path):
    train(build(keep_checkpoint_max=5), 10)
    steps = sorted(
        int(name.split("-")[1].split(".")[0])
        for name in os.listdir(tmp_path)
        if name.startswith("input.ckpt-") and name.endswith(".index")
    )
    # The hook of TensorFlow 2.15 saves at the start too.
    assert steps[-3:] == [4, 8, 10]
    newest = tf.train.get_checkpoint_state(str(tmp_path), "checkpoint_input").model_checkpoint_path
    assert newest == str(tmp_path / "input.ckpt-10")
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / "model.ckpt-10")


def test_an_unknown_policy_is_refused(build):
    with pytest.raises(ValueError, match="ignore"):
        train(build(), 1, external_state_policy="never")


def test_an_estimator_that_saves_nothing_is_refused(build):
    with pytest.raises(ValueError, match="every_secs or every_steps"):
        train(build(save_checkpoints_steps=None, save_checkpoints_secs=None), 1)
