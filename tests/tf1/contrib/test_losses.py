"""`tf.contrib.losses`, `tf.contrib.metrics` and `tf.contrib.nn` against the formulas."""

from __future__ import annotations

import numpy as np
import pytest

from cnn_mnist.tf1.contrib import losses, metrics, nn
from cnn_mnist.tf_compat import tf

LOGITS = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]], np.float32)
ONE_HOT = np.array([[0, 1, 0], [1, 0, 0]], np.float32)
WEIGHTS = np.array([2.0, 0.0], np.float32)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        tf.get_variable_scope().set_use_resource(False)
        yield graph


def run(fetches):
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        return session.run(fetches)


def of_softmax(labels):
    log = LOGITS - np.log(np.exp(LOGITS).sum(axis=1, keepdims=True))
    return -(labels * log).sum(axis=1)


def of_sigmoid(labels):
    return np.log1p(np.exp(LOGITS)) - labels * LOGITS


def test_losses_take_the_predictions_first():
    logits, labels, weights = tf.constant(LOGITS), tf.constant(ONE_HOT), tf.constant(WEIGHTS)
    probabilities = 1 / (1 + np.exp(-LOGITS))
    unit = LOGITS / np.linalg.norm(LOGITS, axis=1, keepdims=True)
    found = [
        losses.softmax_cross_entropy(logits, labels),
        losses.softmax_cross_entropy(logits, labels, weights, label_smoothing=0.3),
        losses.sparse_softmax_cross_entropy(logits, tf.constant([[1], [0]])),
        losses.sigmoid_cross_entropy(logits, labels, weights),
        losses.sigmoid_cross_entropy(logits, labels, 0.5, label_smoothing=0.2),
        losses.mean_squared_error(logits, labels),
        losses.mean_squared_error(logits, labels, weights[:, None]),
        losses.absolute_difference(logits, labels, 2.0),
        losses.log_loss(tf.constant(probabilities), labels),
        losses.cosine_distance(tf.constant(unit), labels, dim=1),
        losses.mean_pairwise_squared_error(logits, labels, weights),
        losses.compute_weighted_loss(logits, tf.ones([2, 3])),
    ]
    assert losses.get_losses() == found
    total = losses.get_total_loss()
    hinge = losses.hinge_loss(logits, labels)
    got, got_total, got_hinge = run([found, total, hinge])
    error = LOGITS - ONE_HOT
    pairs = np.square(error[0][:, None] - error[0][None]).mean()
    expected = [
        of_softmax(ONE_HOT).mean(),
        2 * of_softmax(ONE_HOT * 0.7 + 0.1)[0],
        of_softmax(ONE_HOT).mean(),
        2 * of_sigmoid(ONE_HOT)[0].mean(),
        0.5 * of_sigmoid(ONE_HOT * 0.8 + 0.1).mean(),
        np.square(error).mean(),
        2 * np.square(error[0]).mean(),
        2 * np.abs(error).mean(),
        of_sigmoid(ONE_HOT).mean(),
        1 - (unit * ONE_HOT).sum(axis=1).mean(),
        2 * pairs,
        LOGITS.mean(),
    ]
    np.testing.assert_allclose(got, expected, rtol=1e-4)
    assert got_total == pytest.approx(sum(expected), rel=1e-4)
    np.testing.assert_allclose(got_hinge, np.maximum(1 - (2 * ONE_HOT - 1) * LOGITS, 0), rtol=1e-5)


def test_losses_of_weight_0_are_0_and_wrong_shapes_are_refused():
    logits = tf.constant(LOGITS)
    assert run(losses.mean_squared_error(logits, tf.constant(ONE_HOT), 0.0)) == 0
    with pytest.raises(ValueError):
        losses.mean_squared_error(logits, tf.zeros([2, 2]))
    with pytest.raises(ValueError, match="axis"):
        losses.cosine_distance(logits, logits)
    with pytest.raises(ValueError, match="ranks"):
        losses.compute_weighted_loss(tf.placeholder(tf.float32))


PREDICTED = np.array([1, 0, 1, 1, 0], np.int64)
TRUE = np.array([1, 1, 0, 1, 0], np.int64)


def test_streaming_metrics_add_up_batches_of_predictions_and_labels():
    predictions, labels = (tf.placeholder(tf.int64, [None]) for _ in range(2))
    scores = tf.cast(predictions, tf.float32)
    found = {
        "accuracy": metrics.streaming_accuracy(predictions, labels),
        "precision": metrics.streaming_precision(predictions, labels),
        "recall": metrics.streaming_recall(predictions, labels),
        "tp": metrics.streaming_true_positives(predictions, labels),
        "fp": metrics.streaming_false_positives(predictions, labels),
        "fpr": metrics.streaming_false_positive_rate(predictions, labels),
        "fnr": metrics.streaming_false_negative_rate(predictions, labels),
        "mse": metrics.streaming_mean_squared_error(scores, tf.cast(labels, tf.float32)),
        "iou": metrics.streaming_mean_iou(predictions, labels, 2),
        "auc": metrics.streaming_auc(scores, labels),
        "recall_at": metrics.streaming_recall_at_k(tf.one_hot(predictions, 2), labels, 1),
        "at_k": metrics.streaming_sparse_recall_at_k(
            tf.one_hot(predictions, 2), labels[:, None], 1
        ),
    }
    values, updates = metrics.aggregate_metric_map(found)
    assert metrics.aggregate_metrics(*found.values())[0] == list(values.values())
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        for part in (slice(0, 3), slice(3, 5)):
            session.run(updates, {predictions: PREDICTED[part], labels: TRUE[part]})
        got = session.run(values)
    expected = {
        "accuracy": 3 / 5,
        "precision": 2 / 3,
        "recall": 2 / 3,
        "tp": 2,
        "fp": 1,
        "fpr": 1 / 2,
        "fnr": 1 / 3,
        "mse": 2 / 5,
        "iou": (2 / 4 + 1 / 3) / 2,
        "auc": (2 / 3 + 1 / 2) / 2,
        "recall_at": 3 / 5,
        "at_k": 3 / 5,
    }
    assert got == pytest.approx(expected, rel=1e-3)


def test_metrics_of_a_batch():
    predictions, labels = tf.constant(PREDICTED), tf.constant(TRUE)
    accuracy = metrics.accuracy(predictions, labels)
    weighted = metrics.accuracy(predictions, labels, [1.0, 1.0, 0.0, 0.0, 0.0])
    matrix = metrics.confusion_matrix(labels, predictions)
    got = run([accuracy, weighted, matrix])
    np.testing.assert_allclose(got[:2], [0.6, 0.5])
    np.testing.assert_array_equal(got[2], [[1, 1], [1, 2]])
    with pytest.raises(ValueError, match="not <dtype: 'float32'>"):
        metrics.accuracy(predictions, tf.constant(ONE_HOT))
    with pytest.raises(ValueError, match="should match"):
        metrics.accuracy(tf.constant([True]), labels)
    with pytest.raises(ValueError, match="at least one"):
        metrics.aggregate_metrics()
    with pytest.raises(TypeError, match="at most 7"):
        metrics.streaming_mean_iou(predictions, labels, 2, *"abcdef")


def test_alpha_dropout_keeps_mean_and_variance():
    values = np.random.RandomState(0).normal(size=[200, 100]).astype(np.float32)
    dropped = nn.alpha_dropout(tf.constant(values), 0.9, seed=1)
    soft = nn.scaled_softplus(tf.constant([-1.0, 5.0]), 0.5, clip=2.0)
    flipped = [
        nn.deprecated_flipped_softmax_cross_entropy_with_logits(LOGITS, ONE_HOT),
        nn.deprecated_flipped_sparse_softmax_cross_entropy_with_logits(LOGITS, [1, 0]),
        nn.deprecated_flipped_sigmoid_cross_entropy_with_logits(LOGITS, ONE_HOT),
    ]
    got, curve, three = run([dropped, soft, flipped])
    assert (got.mean(), got.var()) == pytest.approx((0, 1), abs=0.03)
    x = np.array([-1.0, 5.0])
    expected = 0.5 * np.log1p(np.exp(x / 0.5)) - 0.5 * np.log1p(np.exp((x - 2) / 0.5))
    np.testing.assert_allclose(curve, expected, rtol=1e-4)
    np.testing.assert_allclose(three[0], of_softmax(ONE_HOT), rtol=1e-4)
    np.testing.assert_allclose(three[1], of_softmax(ONE_HOT), rtol=1e-4)
    np.testing.assert_allclose(three[2], of_sigmoid(ONE_HOT), rtol=1e-4)
    with pytest.raises(ValueError, match="keep_prob"):
        nn.alpha_dropout(tf.constant(values), 0.0)
