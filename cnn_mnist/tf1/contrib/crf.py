"""Stand-ins for `tf.contrib.crf`: linear-chain conditional random fields.

A sequence's score is the sum of its unary potentials, `inputs[batch, step, tag]`, and of
`transition_params[tag, next tag]` between its tags.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnn_mnist.tf_compat import tf


def crf_log_likelihood(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any = None
) -> tuple[Any, Any]:
    """Returns the log likelihood of tag sequences, `[batch]`, and the transitions.

    Args:
      inputs: unary potentials `[batch, time, tags]`.
      tag_indices: int `[batch, time]`.
      sequence_lengths: int `[batch]`.
      transition_params: `[tags, tags]`; by default the variable `transitions`.
    """
    tags = inputs.get_shape().as_list()[2]
    if transition_params is None:
        transition_params = tf.get_variable("transitions", [tags, tags])
    score = crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params)
    norm = crf_log_norm(inputs, sequence_lengths, transition_params)
    return score - norm, transition_params


def crf_sequence_score(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any
) -> Any:
    """Returns the score of tag sequences, `[batch]`; 0 for an empty one.

    Args:
      inputs: unary potentials `[batch, time, tags]`.
      tag_indices: int `[batch, time]`.
      sequence_lengths: int `[batch]`.
      transition_params: `[tags, tags]`.
    """
    unary = crf_unary_score(tag_indices, sequence_lengths, inputs)
    return unary + crf_binary_score(tag_indices, sequence_lengths, transition_params)


def crf_unary_score(tag_indices: Any, sequence_lengths: Any, inputs: Any) -> Any:
    """Returns the sum of the unary potentials of tag sequences, `[batch]`.

    Args:
      tag_indices: int `[batch, time]`.
      sequence_lengths: int `[batch]`.
      inputs: unary potentials `[batch, time, tags]`.
    """
    potentials = _at(inputs, tag_indices)
    mask = tf.sequence_mask(sequence_lengths, tf.shape(tag_indices)[1], potentials.dtype)
    return tf.reduce_sum(potentials * mask, 1)


def crf_binary_score(tag_indices: Any, sequence_lengths: Any, transition_params: Any) -> Any:
    """Returns the sum of the transitions of tag sequences, `[batch]`.

    Args:
      tag_indices: int `[batch, time]`.
      sequence_lengths: int `[batch]`.
      transition_params: `[tags, tags]`.
    """
    pairs = tf.stack([tag_indices[:, :-1], tag_indices[:, 1:]], axis=2)
    transitions = tf.gather_nd(transition_params, pairs)
    mask = tf.sequence_mask(sequence_lengths, tf.shape(tag_indices)[1], transitions.dtype)
    return tf.reduce_sum(transitions * mask[:, 1:], 1)


def crf_log_norm(inputs: Any, sequence_lengths: Any, transition_params: Any) -> Any:
    """Returns the logarithm of the sum over all tag sequences, `[batch]`; 0 for an empty one.

    Args:
      inputs: unary potentials `[batch, time, tags]`.
      sequence_lengths: int `[batch]`.
      transition_params: `[tags, tags]`.
    """
    _, alphas = tf.nn.dynamic_rnn(
        CrfForwardRnnCell(transition_params),
        inputs[:, 1:],
        sequence_length=_less_one(sequence_lengths),
        initial_state=inputs[:, 0],
        dtype=tf.float32,
    )
    norm = tf.reduce_logsumexp(alphas, [1])
    return tf.where(tf.less_equal(sequence_lengths, 0), tf.zeros_like(norm), norm)


def crf_multitag_sequence_score(
    inputs: Any, tag_bitmap: Any, sequence_lengths: Any, transition_params: Any
) -> Any:
    """Returns the logarithm of the sum over all sequences of allowed tags, `[batch]`.

    Args:
      inputs: unary potentials `[batch, time, tags]`.
      tag_bitmap: bool `[batch, time, tags]`, the allowed ones.
      sequence_lengths: int `[batch]`.
      transition_params: `[tags, tags]`.
    """
    nothing = tf.fill(tf.shape(inputs), tf.constant(-np.inf, inputs.dtype))
    allowed = tf.where(tag_bitmap, inputs, nothing)
    return crf_log_norm(allowed, sequence_lengths, transition_params)


def crf_decode(potentials: Any, transition_params: Any, sequence_length: Any) -> tuple[Any, Any]:
    """Returns the best tags, int32 `[batch, time]`, and their scores, `[batch]` (Viterbi).

    Behind the end of a sequence the tags are 0.

    Args:
      potentials: unary potentials `[batch, time, tags]`.
      transition_params: `[tags, tags]`.
      sequence_length: int `[batch]`.
    """
    tags = potentials.get_shape().as_list()[2]
    lengths = _less_one(sequence_length)
    pointers, last = tf.nn.dynamic_rnn(
        CrfDecodeForwardRnnCell(transition_params),
        potentials[:, 1:],
        sequence_length=lengths,
        initial_state=potentials[:, 0],
        dtype=tf.int32,
    )
    best = tf.expand_dims(tf.cast(tf.argmax(last, axis=1), tf.int32), 1)
    earlier, _ = tf.nn.dynamic_rnn(
        CrfDecodeBackwardRnnCell(tags),
        tf.reverse_sequence(pointers, lengths, seq_axis=1),
        sequence_length=lengths,
        initial_state=best,
        dtype=tf.int32,
    )
    backwards = tf.concat([best, tf.squeeze(earlier, axis=[2])], axis=1)
    decoded = tf.reverse_sequence(backwards, sequence_length, seq_axis=1)
    return decoded, tf.reduce_max(last, axis=1)


def viterbi_decode(score: np.ndarray, transition_params: np.ndarray) -> tuple[list[Any], Any]:
    """Returns the best tags of one sequence and their score, by NumPy.

    Args:
      score: unary potentials `[time, tags]`.
      transition_params: `[tags, tags]`.
    """
    best, pointers = score[0], []
    for potentials in score[1:]:
        totals = best[:, np.newaxis] + transition_params
        pointers.append(np.argmax(totals, 0))
        best = potentials + np.max(totals, 0)
    tags = [np.argmax(best)]
    for pointer in reversed(pointers):
        tags.append(pointer[tags[-1]])
    return tags[::-1], np.max(best)


class _ChainCell(tf.nn.rnn_cell.RNNCell):
    """A step along a chain; there are no variables."""

    def __init__(self, transition_params: Any) -> None:
        super().__init__()
        self._transitions = tf.expand_dims(transition_params, 0)
        self._tags = transition_params.get_shape().as_list()[0]

    @property
    def state_size(self) -> int:
        return self._tags

    @property
    def output_size(self) -> int:
        return self._tags


class CrfForwardRnnCell(_ChainCell):
    """Adds up the weights of all sequences, in logarithms.

    Args:
      transition_params: `[tags, tags]`.
    """

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        totals = tf.expand_dims(state, 2) + self._transitions
        alphas = inputs + tf.reduce_logsumexp(totals, [1])
        return alphas, alphas


class CrfDecodeForwardRnnCell(_ChainCell):
    """Finds the best score of each tag, and which tag came before.

    Args:
      transition_params: `[tags, tags]`.
    """

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        totals = tf.expand_dims(state, 2) + self._transitions
        pointers = tf.cast(tf.argmax(totals, 1), tf.int32)
        return pointers, inputs + tf.reduce_max(totals, [1])


class CrfDecodeBackwardRnnCell(tf.nn.rnn_cell.RNNCell):
    """Follows the pointers from the last tag back.

    Args:
      num_tags: the number of tags.
    """

    def __init__(self, num_tags: int) -> None:
        super().__init__()
        self._num_tags = num_tags

    @property
    def state_size(self) -> int:
        return 1

    @property
    def output_size(self) -> int:
        return 1

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        tags = tf.expand_dims(_at(inputs, tf.squeeze(state, axis=[1])), 1)
        return tags, tags


def _at(values: Any, indices: Any) -> Any:
    """Returns the values at indices of the last axis."""
    depth = tf.shape(values)[-1]
    flat = tf.range(tf.size(indices, out_type=indices.dtype)) * tf.cast(depth, indices.dtype)
    chosen = tf.gather(tf.reshape(values, [-1]), flat + tf.reshape(indices, [-1]))
    return tf.reshape(chosen, tf.shape(indices))


def _less_one(lengths: Any) -> Any:
    lengths = tf.convert_to_tensor(lengths)
    return tf.maximum(tf.constant(0, dtype=lengths.dtype), lengths - 1)
