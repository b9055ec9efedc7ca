"""`tf.contrib.layers`: regularizers, summaries, embeddings and `optimize_loss`."""

from __future__ import annotations

import numpy as np
import pytest

from cnn_mnist.tf1.contrib.layers import (
    clipping,
    embeddings,
    optimizers,
    regularizers,
    summaries,
)
from cnn_mnist.tf_compat import tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        # As the launcher has it.
        tf.get_variable_scope().set_use_resource(False)
        tf.set_random_seed(0)
        yield graph


def run(*fetches):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values = session.run(list(fetches))
    return values[0] if len(fetches) == 1 else values


def test_penalties_are_those_of_the_formulas():
    weights = tf.constant([3.0, -4.0])
    l1, l2 = regularizers.l1_regularizer(0.1), regularizers.l2_regularizer(0.1)
    both = regularizers.l1_l2_regularizer(0.1, 0.2)
    got = run(
        l1(weights), l2(weights), both(weights), regularizers.apply_regularization(l2, [weights])
    )
    np.testing.assert_allclose(got, [0.7, 1.25, 3.2, 1.25], rtol=1e-6)
    assert len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == 1
    assert regularizers.l2_regularizer(0.0)(weights) is None
    assert regularizers.sum_regularizer([None]) is None
    assert run(regularizers.l1_l2_regularizer(0.0, 0.2)(weights)) == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: regularizers.l1_regularizer(-0.1), "less than 0"),
        (lambda: regularizers.l2_regularizer(1), "cannot be an integer"),
        (lambda: regularizers.l1_l2_regularizer(1, 0.5), "scale_l1 cannot"),
        (lambda: regularizers.apply_regularization(tf.nn.l2_loss), "No weights"),
        (lambda: regularizers.apply_regularization(tf.abs, [tf.ones([2])]), "scalar"),
        (lambda: embeddings.embed_sequence(tf.constant([[1]])), "vocab size"),
    ],
)
def test_wrong_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def tags(merged):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        text = session.run(merged)
    return {value.tag for value in tf.Summary.FromString(text).value}


def test_summaries_have_the_tags_of_then():
    active = tf.nn.relu6(tf.constant([-1.0, 7.0]), name="active")
    tf.add_to_collection(tf.GraphKeys.ACTIVATIONS, active)
    tf.get_variable("v", initializer=[1.0])
    tf.get_variable("w", initializer=1.0)
    summaries.summarize_activations()
    summaries.summarize_variables(name_filter="v|w")
    assert summaries.summarize_tensor(tf.constant("text")) is None
    assert tags(tf.summary.merge_all()) == {
        "active/zeros",
        "active/sixes",
        "active/activation",
        "v_summary",
        "w_summary",
    }


def test_embeddings_are_rows_of_a_variable():
    ids = tf.constant([[1, 2], [2, 0]])
    once = embeddings.embed_sequence(ids, 3, 2, scope="words", unique=True)
    again = embeddings.embed_sequence(ids, scope="words", reuse=True)
    bag = embeddings.bow_encoder(ids, 3, 2, scope="bag")
    whole = embeddings.bow_encoder(ids, 3, 2, sparse_lookup=False, scope="bag", reuse=True)
    assert [one.op.name for one in tf.global_variables()] == ["words/embeddings", "bag/embeddings"]
    assert once.shape.as_list() == [2, 2, 2]
    sparse = tf.SparseTensor([[0, 0], [0, 1]], tf.constant([1, 2], tf.int64), [2, 2])
    safe = embeddings.safe_embedding_lookup_sparse(tf.global_variables()[0], sparse)
    words, bags, *got = run(*tf.global_variables(), once, again, bag, whole, safe)
    np.testing.assert_array_equal(got[0], words[[[1, 2], [2, 0]]])
    np.testing.assert_array_equal(got[0], got[1])
    np.testing.assert_allclose(got[2], [(bags[1] + bags[2]) / 2, bags[2]], rtol=1e-5)
    np.testing.assert_allclose(
        got[3], [(bags[1] + bags[2]) / 2, (bags[2] + bags[0]) / 2], rtol=1e-5
    )
    np.testing.assert_allclose(got[4], [(words[1] + words[2]) / 2, [0, 0]], rtol=1e-5)
    with pytest.raises(TypeError, match="dense"):
        embeddings.bow_encoder(sparse, 3, 2, sparse_lookup=False)


def quadratic():
    """Returns the variable [3, 4], half its squared norm, and the global step."""
    variable = tf.get_variable("v", initializer=[3.0, 4.0])
    return variable, tf.nn.l2_loss(variable), tf.train.get_or_create_global_step()


@pytest.mark.parametrize(
    ("options", "after"),
    [
        ({}, [2.7, 3.6]),
        ({"optimizer": tf.train.GradientDescentOptimizer}, [2.7, 3.6]),
        ({"optimizer": lambda rate: tf.train.GradientDescentOptimizer(rate)}, [2.7, 3.6]),
        (
            {"optimizer": tf.train.GradientDescentOptimizer(1.0), "learning_rate": None},
            [0, 0],
        ),
        ({"optimizer": "Momentum"}, [2.7, 3.6]),
        ({"clip_gradients": 1.0}, [2.94, 3.92]),
        ({"clip_gradients": lambda pairs: [(2 * g, v) for g, v in pairs]}, [2.4, 3.2]),
        ({"gradient_multipliers": {"v:0": 0.5}}, [2.85, 3.8]),
        ({"learning_rate_decay_fn": lambda rate, step: rate / 2}, [2.85, 3.8]),
        ({"clip_gradients": clipping.adaptive_clipping_fn(static_max_norm=1.0)}, [2.94, 3.92]),
    ],
)
def test_a_step_follows_its_options(options, after):
    variable, loss, step = quadratic()
    options = {"learning_rate": 0.1, "optimizer": "SGD", **options}
    train = optimizers.optimize_loss(loss, step, **options)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        np.testing.assert_allclose(session.run(variable), after, rtol=1e-5, atol=1e-6)
        assert session.run(step) == 1


def test_a_step_runs_the_updates_and_writes_its_summaries():
    _, loss, step = quadratic()
    counted = tf.get_variable("counted", initializer=0, trainable=False)
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, counted.assign_add(1))
    train = optimizers.optimize_loss(
        loss,
        step,
        0.1,
        "Adam",
        gradient_noise_scale=0.1,
        clip_gradients=1.0,
        learning_rate_decay_fn=lambda rate, step: rate,
        summaries=optimizers.OPTIMIZER_SUMMARIES,
        increment_global_step=False,
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        assert session.run([counted, step]) == [1, 0]
        assert session.run("OptimizeLoss/learning_rate:0") == pytest.approx(0.1)
    assert tags(tf.summary.merge_all()) == {
        f"OptimizeLoss/{name}"
        for name in (
            # The variable has the name without a number.
            "learning_rate_1",
            "loss",
            "gradients/v_0",
            "gradient_norm/v_0",
            "global_norm/gradient_norm",
            "global_norm/clipped_gradient_norm",
        )
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learning_rate": 1}, "0d Tensor or float"),
        ({"learning_rate": -0.1}, "Invalid learning_rate"),
        ({"learning_rate": None}, "Learning rate is None"),
        ({"optimizer": "Rprop"}, "Optimizer name"),
        ({"optimizer": lambda rate: None}, "Unrecognized optimizer"),
        ({"clip_gradients": 1}, "Unknown type"),
        ({"summaries": ["weights"]}, "Summaries should be"),
    ],
)
def test_wrong_options_of_a_step_are_refused(options, message):
    _, loss, step = quadratic()
    with pytest.raises(ValueError, match=message):
        optimizers.optimize_loss(
            loss, step, **{"learning_rate": 0.1, "optimizer": "SGD", **options}
        )


def test_adaptive_clipping_leaves_the_usual_alone():
    variable, _, _ = quadratic()
    clip = clipping.adaptive_clipping_fn(decay=0.0, report_summary=True)
    ((usual, _),) = clip([(tf.constant([3.0, 4.0]), variable)])
    np.testing.assert_allclose(run(usual), [3, 4], rtol=1e-5)
    names = {one.op.name for one in tf.global_variables()}
    assert {"AdaptiveMaxNorm/mean", "AdaptiveMaxNorm/sq_mean"} <= names
    assert tags(tf.summary.merge_all()) == {"global_norm/adaptive_max_gradient_norm"}
