"""The loss over sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnn_mnist.tf_compat import tf


def sequence_loss(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    sum_over_timesteps: bool = False,
    sum_over_batch: bool = False,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Any:
    """Returns the weighted cross entropy of sequences.

    Args:
      logits: `[batch, time, symbols]`.
      targets: int `[batch, time]`.
      weights: float `[batch, time]`.
      average_across_timesteps: whether to sum over time and divide by the sum of the weights.
      average_across_batch: the same over the batch.
      sum_over_timesteps: whether to sum over time and divide by the number of weights over 0.
      sum_over_batch: the same over the batch.
      softmax_loss_function: takes `labels` and `logits` and returns the loss, `[batch * time]`.
      name: of the scope.

    Returns:
      A scalar, `[time]`, `[batch]` or `[batch, time]`, as the averages and sums say. A division by
      no weight gives 0.

    Raises:
      ValueError: a tensor has another rank, or an axis is to be averaged and summed.
    """
    ranks = [len(value.get_shape()) for value in (logits, targets, weights)]
    if ranks != [3, 2, 2]:
        raise ValueError(f"logits, targets and weights must have the ranks 3, 2, 2, not {ranks}")
    if average_across_timesteps and sum_over_timesteps:
        raise ValueError("average_across_timesteps and sum_over_timesteps exclude each other")
    if average_across_batch and sum_over_batch:
        raise ValueError("average_across_batch and sum_over_batch exclude each other")
    with tf.name_scope(name, "sequence_loss", [logits, targets, weights]):
        scores = tf.reshape(logits, [-1, tf.shape(logits)[2]])
        labels = tf.reshape(targets, [-1])
        loss_of = softmax_loss_function or tf.nn.sparse_softmax_cross_entropy_with_logits
        losses = loss_of(labels=labels, logits=scores) * tf.reshape(weights, [-1])
        both_averaged = average_across_timesteps and average_across_batch
        both_summed = sum_over_timesteps and sum_over_batch
        if both_averaged or both_summed:
            axis = None
        else:
            losses = tf.reshape(losses, tf.shape(logits)[:2])
            if average_across_timesteps or average_across_batch:
                axis = [0] if average_across_batch else [1]
            elif sum_over_timesteps or sum_over_batch:
                axis = [0] if sum_over_batch else [1]
            else:
                return losses
        if average_across_timesteps or average_across_batch:
            count = tf.reduce_sum(weights, axis=axis)
        else:
            count = tf.cast(tf.count_nonzero(weights, axis=axis), losses.dtype)
        return tf.div_no_nan(tf.reduce_sum(losses, axis=axis), count)
