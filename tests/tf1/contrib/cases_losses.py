"""Cases of `tf.contrib.losses`. See tests/helpers/tf1_recorded.py."""

from __future__ import annotations

from tf1_recorded import inputs_of, record

# Weights of 4 examples with 3 numbers each; those of a shape `[4, 1]` are for whole examples.
WEIGHTS = [0.5, [1.0, 0.0, 2.0, 0.5], [[1.0], [0.0], [2.0], [0.5]], inputs_of(4, 3) + 1]


def of_rows(tf, loss, predictions, labels, **options):
    """Returns a loss without weights and with each kind of them, and one gradient."""
    found = [loss(predictions, labels, **options)]
    found += [loss(predictions, labels, weights=tf.constant(w), **options) for w in WEIGHTS]
    return [found, tf.gradients(found[2], predictions)]


def regression(tf):
    losses = tf.contrib.losses
    predictions, labels = tf.constant(inputs_of(4, 3)), tf.constant(inputs_of(12, 1)[::-1] ** 2)
    labels = tf.reshape(labels, [4, 3])
    return [
        of_rows(tf, losses.absolute_difference, predictions, labels),
        of_rows(tf, losses.mean_squared_error, predictions, labels),
        of_rows(tf, losses.log_loss, tf.square(predictions), labels),
        losses.log_loss(tf.square(predictions), labels, epsilon=0.1),
        losses.mean_squared_error(predictions, labels, weights=0.0),
        losses.mean_squared_error(predictions, labels, weights=tf.zeros([4])),
    ]


def pairs_and_angles(tf):
    losses = tf.contrib.losses
    predictions, labels = tf.constant(inputs_of(4, 3)), tf.constant(inputs_of(4, 3) ** 2)
    pairs = losses.mean_pairwise_squared_error
    one = tf.constant([[0.5, 1.5, 0.25]])
    return [
        pairs(predictions, labels),
        pairs(predictions, labels, 0.5),
        pairs(predictions, labels, tf.constant([1.0, 0.0, 2.0, 0.5])),
        pairs(one, 2 * one),
        losses.cosine_distance(predictions, labels, 1),
        losses.cosine_distance(predictions, labels, dim=1, weights=0.5),
        losses.cosine_distance(
            predictions, labels, axis=1, weights=tf.constant([[1.0], [0.0], [2.0], [0.5]])
        ),
        losses.cosine_distance(predictions, labels, axis=0),
    ]


def classification(tf):
    losses, logits = tf.contrib.losses, tf.constant(3 * inputs_of(4, 3))
    classes = tf.constant([0, 2, 1, 1])
    ones = tf.one_hot(classes, 3)
    of_examples = tf.constant([1.0, 0.0, 2.0, 0.5])
    return [
        losses.softmax_cross_entropy(logits, ones),
        losses.softmax_cross_entropy(logits, ones, 0.5),
        losses.softmax_cross_entropy(logits, ones, of_examples, label_smoothing=0.2),
        losses.sparse_softmax_cross_entropy(logits, classes),
        losses.sparse_softmax_cross_entropy(logits, tf.expand_dims(classes, 1)),
        losses.sparse_softmax_cross_entropy(logits, classes, of_examples),
        losses.sigmoid_cross_entropy(logits, ones),
        losses.sigmoid_cross_entropy(logits, ones, of_examples, label_smoothing=0.2),
        losses.sigmoid_cross_entropy(logits, tf.to_int32(ones), tf.constant(inputs_of(4, 1) + 1)),
        losses.hinge_loss(logits, ones),
    ]


def collected(tf):
    losses, predictions = tf.contrib.losses, tf.constant(inputs_of(4, 3))
    scope = tf.get_variable_scope().name + "/"
    losses.mean_squared_error(predictions, tf.zeros([4, 3]))
    losses.absolute_difference(predictions, tf.ones([4, 3]), 2.0)
    losses.compute_weighted_loss(predictions, tf.constant([1.0, 2.0, 0.0, 0.5]))
    losses.compute_weighted_loss(tf.to_double(predictions), 0.3)
    losses.mean_pairwise_squared_error(predictions, tf.ones([4, 3]))
    losses.hinge_loss(predictions, tf.ones([4, 3]))
    losses.add_loss(tf.constant(3.0))
    weights = tf.get_variable("weights", [3], regularizer=tf.contrib.layers.l2_regularizer(0.5))
    regularization = losses.get_regularization_losses(scope)
    names = [loss.op.name for loss in losses.get_losses(scope)]
    return [losses.get_losses(scope), regularization, weights, tf.constant(names)]


def metric_learning(tf):
    losses = tf.contrib.losses.metric_learning
    rows, others = tf.constant(inputs_of(6, 3)), tf.constant(inputs_of(18, 1)[::-1].reshape(6, 3))
    labels = tf.constant([0, 1, 0, 2, 1, 2])
    return [
        losses.contrastive_loss(tf.constant([1, 0, 0, 1, 1, 0]), rows, others, margin=0.7),
        losses.triplet_semihard_loss(labels, rows, margin=0.5),
        losses.npairs_loss(tf.constant([0, 1, 2, 3, 4, 5]), rows, others, reg_lambda=0.01),
        losses.lifted_struct_loss(labels, rows, margin=0.8),
    ]


CASES = [regression, pairs_and_angles, classification, collected, metric_learning]

if __name__ == "__main__":
    record(__file__, CASES)
