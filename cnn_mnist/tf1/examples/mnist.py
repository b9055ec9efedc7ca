"""`tensorflow.examples.tutorials.mnist.mnist`: the network of the tutorial on feeding data."""

from __future__ import annotations

import math
from typing import Any

from cnn_mnist.tf_compat import tf

NUM_CLASSES = 10
IMAGE_SIZE = 28
IMAGE_PIXELS = IMAGE_SIZE * IMAGE_SIZE


def inference(images: Any, hidden1_units: int, hidden2_units: int) -> Any:
    """Returns the scores of the classes, `[batch, 10]`, by two hidden layers of ReLUs.

    Args:
      images: `[batch, 784]`.
      hidden1_units: the size of the first hidden layer.
      hidden2_units: the size of the second.
    """
    values, depth = images, IMAGE_PIXELS
    for scope, units in (
        ("hidden1", hidden1_units),
        ("hidden2", hidden2_units),
        ("softmax_linear", NUM_CLASSES),
    ):
        with tf.name_scope(scope):
            initial = tf.truncated_normal([depth, units], stddev=1.0 / math.sqrt(depth))
            weights = tf.Variable(initial, name="weights")
            biases = tf.Variable(tf.zeros([units]), name="biases")
            values = tf.matmul(values, weights) + biases
            if scope != "softmax_linear":
                values = tf.nn.relu(values)
        depth = units
    return values


def loss(logits: Any, labels: Any) -> Any:
    """Returns the mean cross entropy.

    Args:
      logits: `[batch, 10]`.
      labels: int `[batch]`.
    """
    return tf.losses.sparse_softmax_cross_entropy(labels=tf.cast(labels, tf.int64), logits=logits)


def training(loss: Any, learning_rate: float) -> Any:
    """Returns the op of a step of gradient descent, and adds a summary of the loss.

    Args:
      loss: a scalar.
      learning_rate: the rate.
    """
    tf.summary.scalar("loss", loss)
    optimizer = tf.train.GradientDescentOptimizer(learning_rate)
    global_step = tf.Variable(0, name="global_step", trainable=False)
    return optimizer.minimize(loss, global_step=global_step)


def evaluation(logits: Any, labels: Any) -> Any:
    """Returns the number of right answers, an int32 scalar.

    Args:
      logits: `[batch, 10]`.
      labels: int `[batch]`.
    """
    return tf.reduce_sum(tf.cast(tf.nn.in_top_k(logits, labels, 1), tf.int32))
