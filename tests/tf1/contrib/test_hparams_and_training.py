"""tf.contrib.training: hyperparameters, the op of a step, and loops."""

from __future__ import annotations

import numpy as np
import pytest

from cnn_mnist.tf1.contrib import hparams, train_ops, training
from cnn_mnist.tf_compat import tf


def params():
    return hparams.HParams(rate=0.1, units=[10, 20], name="x", deep=True, steps=5)


def test_hyperparameters_are_set_from_a_text():
    found = params().parse("rate=1,units[1]=30,deep=false,name=a b, steps=-2")
    assert found.values() == {
        "rate": 1.0,
        "units": [10, 30],
        "name": "a b",
        "deep": False,
        "steps": -2,
    }
    assert isinstance(found.rate, float)
    assert params().parse("units=[1,2,3]").units == [1, 2, 3]
    assert hparams.parse_values("a=1,b=2", {"a": int}, ignore_unknown=True) == {"a": 1}


def test_hyperparameters_are_read_written_and_removed():
    found = params()
    again = params().parse_json(found.override_from_dict({"steps": 7}).to_json())
    assert again.values() == found.values()
    assert (found.get("steps"), found.get("other", 3), "rate" in found) == (7, 3, True)
    found.add_hparam("new", None)
    found.set_hparam("new", "anything")
    found.del_hparam("rate")
    assert "rate" not in found and repr(found).startswith("HParams([('deep', True)")


@pytest.mark.parametrize(
    "text",
    [
        "rate=x",
        "other=1",
        "rate",
        "rate=1,rate=2",
        "units[0]=1,units[0]=2",
        "units[0]=[1]",
        "units=3",
        "rate=[1]",
        "steps=1.5",
        "deep=maybe",
    ],
)
def test_texts_that_do_not_fit_are_refused(text):
    with pytest.raises(ValueError):
        params().parse(text)


@pytest.mark.parametrize(
    ("name", "value"), [("steps", 1.5), ("rate", True), ("deep", 1), ("name", 3), ("units", 3)]
)
def test_values_of_another_type_are_refused(name, value):
    with pytest.raises(ValueError, match=name):
        params().set_hparam(name, value)


def test_names_that_are_taken_and_empty_lists_are_refused():
    with pytest.raises(ValueError, match="the name parse is taken"):
        hparams.HParams(parse=1)
    with pytest.raises(ValueError, match="may not be empty"):
        hparams.HParams(units=[])
    with pytest.raises(ValueError, match="HParamDef is not in TensorFlow 2"):
        hparams.HParams("proto")


def quadratic():
    """Returns the loss (w - 3)² + |b|, and its variables."""
    weight = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    bias = tf.get_variable("b", [2], initializer=tf.ones_initializer())
    return tf.square(weight - 3) + tf.reduce_sum(tf.abs(bias)), weight, bias


def test_a_step_runs_updates_changes_gradients_and_counts():
    with tf.Graph().as_default():
        loss, weight, bias = quadratic()
        updated = tf.get_variable("u", [], initializer=tf.zeros_initializer(), trainable=False)
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, updated.assign_add(1))
        op = train_ops.create_train_op(
            loss,
            tf.train.GradientDescentOptimizer(0.5),
            transform_grads_fn=lambda pairs: train_ops.multiply_gradients(pairs, {"b": 0.5}),
            summarize_gradients=True,
        )
        assert tf.get_collection(tf.GraphKeys.TRAIN_OP)[-1] is op
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            assert session.run(op) == 9 + 2
            found = session.run([weight, bias, updated, tf.train.get_global_step()])
    np.testing.assert_allclose(found[0], 3)
    np.testing.assert_allclose(found[1], [0.75, 0.75])
    assert found[2:] == [1, 1]


def test_gradients_are_shortened_each_for_itself():
    with tf.Graph().as_default(), tf.Session() as session:
        slices = tf.IndexedSlices(tf.constant([[0.0, 2.0]]), tf.constant([1]))
        pairs = train_ops.clip_gradient_norms_fn(1.0)(
            [(tf.constant([3.0, 4.0]), 1), (slices, 2), (None, 3)]
        )
        dense, sparse = session.run([pairs[0][0], pairs[1][0].values])
    np.testing.assert_allclose(dense, [0.6, 0.8])
    np.testing.assert_allclose(sparse, [[0, 1]])
    assert pairs[2] == (None, 3)
    with pytest.raises(ValueError, match="gradient_multipliers is empty"):
        train_ops.multiply_gradients([], {})


@pytest.mark.slow
def test_training_writes_checkpoints_that_are_evaluated(tmp_path):
    folder = str(tmp_path)
    with tf.Graph().as_default():
        loss, _, _ = quadratic()
        op = train_ops.create_train_op(loss, tf.train.GradientDescentOptimizer(0.1))
        last = training.train(op, folder, hooks=[tf.train.StopAtStepHook(num_steps=4)])
    path = training.wait_for_new_checkpoint(folder, timeout=1)
    assert last < 11 and path.endswith("model.ckpt-4")
    assert training.wait_for_new_checkpoint(folder, path, timeout=0) is None
    with tf.Graph().as_default():
        loss, weight, _ = quadratic()
        training.get_or_create_eval_step()
        value, update = tf.metrics.mean(loss)
        options = {"eval_ops": update, "final_ops": [value, weight]}
        hooks = [training.StopAfterNEvalsHook(2), training.SummaryAtEndHook(folder)]
        found = training.evaluate_repeatedly(
            folder, hooks=hooks, max_number_of_evaluations=1, **options
        )
    assert found[1] == pytest.approx(3 * (1 - 0.8**4), rel=1e-5)
    assert found[0] == pytest.approx((3 - found[1]) ** 2 + 2 * 0.6, rel=1e-5)


def test_training_without_a_folder_saves_nothing():
    with pytest.raises(ValueError, match="logdir is None"):
        training.train(None, None)
