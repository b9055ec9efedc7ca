"""Losses over sequences that are lists of tensors, and models for several lengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cnn_mnist.tf_compat import tf


def sequence_loss_by_example(
    logits: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[Any],
    average_across_timesteps: bool = True,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Any:
    """Returns the weighted cross entropy of each sequence, `[batch]`.

    Args:
      logits: a list of tensors `[batch, symbols]`, one a step.
      targets: the right symbols, a list of int tensors `[batch]`.
      weights: a list of float tensors `[batch]`.
      average_across_timesteps: whether to divide by the sum of the weights.
      softmax_loss_function: takes `labels` and `logits` and returns the loss, `[batch]`.
      name: of the scope.

    Raises:
      ValueError: the lists have different lengths.
    """
    if not len(logits) == len(targets) == len(weights):
        raise ValueError(
            "logits, targets and weights must have one length, "
            f"not {len(logits)}, {len(targets)} and {len(weights)}"
        )
    values = [*logits, *targets, *weights]
    with tf.name_scope(name, "sequence_loss_by_example", values):
        losses = []
        for logit, target, weight in zip(logits, targets, weights, strict=True):
            if softmax_loss_function is None:
                loss = tf.nn.sparse_softmax_cross_entropy_with_logits(
                    labels=tf.reshape(target, [-1]), logits=logit
                )
            else:
                loss = softmax_loss_function(labels=target, logits=logit)
            losses.append(loss * weight)
        total = tf.add_n(losses)
        if average_across_timesteps:
            total /= tf.add_n(list(weights)) + 1e-12
    return total


def sequence_loss(
    logits: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[Any],
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Any:
    """Returns the sum of `sequence_loss_by_example`, divided by the size of the batch if wanted.

    Args:
      logits: see `sequence_loss_by_example`, as the other arguments.
      targets: the right symbols.
      weights: the weights.
      average_across_timesteps: whether to divide by the sum of the weights.
      average_across_batch: whether to divide by the size of the batch.
      softmax_loss_function: another loss.
      name: of the scope.

    Raises:
      ValueError: the lists have different lengths.
    """
    with tf.name_scope(name, "sequence_loss", [*logits, *targets, *weights]):
        losses = sequence_loss_by_example(
            logits,
            targets,
            weights,
            average_across_timesteps=average_across_timesteps,
            softmax_loss_function=softmax_loss_function,
        )
        cost = tf.reduce_sum(losses)
        if average_across_batch:
            cost /= tf.cast(tf.shape(targets[0])[0], cost.dtype)
    return cost


def model_with_buckets(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[Any],
    buckets: Sequence[tuple[int, int]],
    seq2seq: Callable[[Any, Any], Any],
    softmax_loss_function: Callable[..., Any] | None = None,
    per_example_loss: bool = False,
    name: str | None = None,
) -> tuple[list[Any], list[Any]]:
    """Builds a model for each of several lengths, with the same variables.

    Args:
      encoder_inputs: the inputs of the longest bucket.
      decoder_inputs: the same for the decoder.
      targets: the right symbols.
      weights: the weights.
      buckets: pairs of the lengths of inputs and outputs, the longest last.
      seq2seq: takes inputs of the encoder and of the decoder, and returns outputs and a state.
      softmax_loss_function: see `sequence_loss_by_example`.
      per_example_loss: whether losses are `[batch]` instead of scalars.
      name: of the scope.

    Returns:
      The outputs and the losses, one of each for each bucket.

    Raises:
      ValueError: a list is shorter than the last bucket.
    """
    longest = buckets[-1]
    for what, values, least in (
        ("encoder_inputs", encoder_inputs, longest[0]),
        ("targets", targets, longest[1]),
        ("weights", weights, longest[1]),
    ):
        if len(values) < least:
            raise ValueError(f"{what}: {len(values)} are fewer than the last bucket's {least}")
    loss_of = sequence_loss_by_example if per_example_loss else sequence_loss
    losses, outputs = [], []
    values = [*encoder_inputs, *decoder_inputs, *targets, *weights]
    with tf.name_scope(name, "model_with_buckets", values):
        for number, (inputs, length) in enumerate(buckets):
            with tf.variable_scope(tf.get_variable_scope(), reuse=True if number else None):
                found, _ = seq2seq(encoder_inputs[:inputs], decoder_inputs[:length])
                outputs.append(found)
                loss = loss_of(
                    found,
                    targets[:length],
                    weights[:length],
                    softmax_loss_function=softmax_loss_function,
                )
                losses.append(loss)
    return outputs, losses
