"""Functions for beams: their sequences, and a batch repeated for them."""

from __future__ import annotations

import importlib
from typing import Any

from cnn_mnist.tf1.contrib.rnn.base import nest
from cnn_mnist.tf_compat import tf

_tensors = importlib.import_module("tensorflow.python.framework.tensor_util")


def tile_batch(t: Any, multiplier: int, name: str | None = None) -> Any:
    """Repeats each example for its beams.

    Args:
      t: `[batch, ...]`, or a structure of such tensors.
      multiplier: how many times.
      name: of the scope.

    Returns:
      `[batch * multiplier, ...]`, the copies of an example side by side.

    Raises:
      ValueError: a tensor is a scalar or of an unknown rank.
    """

    def tiled(value: Any) -> Any:
        value = tf.convert_to_tensor(value, name="t")
        if not value.get_shape().ndims:
            raise ValueError(f"tile_batch takes tensors of a known rank from 1, not {value}")
        repeated = tf.repeat(value, multiplier, axis=0)
        count = value.get_shape().as_list()[0]
        count = None if count is None else count * multiplier
        repeated.set_shape(tf.TensorShape([count]).concatenate(value.get_shape()[1:]))
        return repeated

    with tf.name_scope(name, "tile_batch", [*nest.flatten(t), multiplier]):
        return nest.map_structure(tiled, t)


def gather_tree(
    step_ids: Any,
    parent_ids: Any,
    max_sequence_lengths: Any,
    end_token: Any,
    name: str | None = None,
) -> Any:
    """Returns the sequences of the beams at the end.

    Args:
      step_ids: the symbols of each step, int32 `[time, batch, beams]`.
      parent_ids: the beam of the step before that each goes on from, of the same shape.
      max_sequence_lengths: int32 `[batch]`.
      end_token: fills a sequence from its first end symbol on, and behind the lengths.
      name: of the scope.
    """
    with tf.name_scope(name, "GatherTree"):
        step_ids, parent_ids = map(tf.convert_to_tensor, (step_ids, parent_ids))
        end_token = tf.cast(end_token, step_ids.dtype)
        time, batch, beams = tf.unstack(tf.shape(step_ids))
        lengths = tf.minimum(tf.convert_to_tensor(max_sequence_lengths), time)
        last = tf.tile(tf.expand_dims(tf.range(beams), 0), [batch, 1])

        def step(at: Any, beam: Any, found: Any) -> Any:
            symbols = tf.gather(step_ids[at], beam, batch_dims=1)
            parents = tf.gather(parent_ids[at], beam, batch_dims=1)
            # [batch, beams], because tf.where of version 1 does not broadcast.
            within = tf.logical_and(
                tf.expand_dims(tf.less(at, lengths), 1), tf.ones_like(beam, dtype=tf.bool)
            )
            symbols = tf.where(within, symbols, tf.ones_like(symbols) * end_token)
            return at - 1, tf.where(within, parents, beam), found.write(at, symbols)

        array = tf.TensorArray(step_ids.dtype, size=time, element_shape=step_ids.get_shape()[1:])
        _, _, array = tf.while_loop(
            lambda at, beam, found: tf.greater_equal(at, 0), step, (time - 1, last, array)
        )
        sequences = array.stack()
        is_end = tf.cast(tf.equal(sequences, end_token), tf.int32)
        ended = tf.greater(tf.cumsum(is_end, axis=0, exclusive=True), 0)
        sequences = tf.where(ended, tf.ones_like(sequences) * end_token, sequences)
        sequences.set_shape(step_ids.get_shape())
        return sequences


def gather_tree_from_array(t: Any, parent_ids: Any, sequence_length: Any) -> Any:
    """Returns what the steps have put out in the order of the beams at the end.

    Args:
      t: `[time, batch, beams, ...]` or `[time, batch * beams, ...]`.
      parent_ids: int32 `[time, batch, beams]`.
      sequence_length: int `[batch, beams]`.
    """
    time, batch, beams = tf.unstack(tf.shape(parent_ids))
    own = tf.ones_like(parent_ids) * tf.range(beams)
    longest = tf.cast(tf.reduce_max(sequence_length, axis=1), tf.int32)
    order = gather_tree(own, parent_ids, longest, end_token=beams + 1)
    within = tf.transpose(tf.sequence_mask(sequence_length, maxlen=time), [2, 0, 1])
    order = tf.where(within, order, own)
    values = tf.reshape(t, [time, batch, beams, -1])
    return tf.reshape(tf.gather(values, order, batch_dims=2), tf.shape(t))


def picked(values: Any, indices: Any) -> Any:
    """Returns the entries `[batch, indices]` of `[batch, ...]`."""
    return tf.gather(values, indices, batch_dims=1)


def mean_of(alignments: Any) -> Any:
    """Returns the mean of a tuple of tensors, or a tensor itself."""
    if not isinstance(alignments, tuple):
        return alignments
    return tf.add_n(list(alignments)) / len(alignments)


def rank_of(value: Any) -> int:
    """Returns the rank of a tensor.

    Raises:
      ValueError: it is unknown.
    """
    rank: int | None = value.get_shape().ndims
    if rank is None:
        raise ValueError(f"the rank of {value} must be known")
    return rank


def shape_of(size: Any) -> Any:
    """Returns the static shape of a size that may be a tensor."""
    if tf.is_tensor(size):
        return tf.TensorShape(_tensors.constant_value(size))
    return tf.TensorShape(size)
