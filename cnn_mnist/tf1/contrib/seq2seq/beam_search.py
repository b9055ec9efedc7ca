"""Beam search: decoding that keeps the best sequences of each example."""

from __future__ import annotations

import collections
from typing import Any

import numpy as np

from cnn_mnist.tf1.contrib.rnn.base import assert_like_rnncell, nest
from cnn_mnist.tf1.contrib.seq2seq.attention_wrapper import AttentionWrapperState
from cnn_mnist.tf1.contrib.seq2seq.beams import (
    gather_tree,
    gather_tree_from_array,
    mean_of,
    picked,
    rank_of,
    shape_of,
)
from cnn_mnist.tf1.contrib.seq2seq.decoder import Decoder, size_behind
from cnn_mnist.tf1.contrib.seq2seq.helper import embedding_function, is_layer, tokens
from cnn_mnist.tf_compat import tf


class BeamSearchDecoderState(
    collections.namedtuple(
        "BeamSearchDecoderState",
        ("cell_state", "log_probs", "finished", "lengths", "accumulated_attention_probs"),
    )
):
    """The state of the beams, `[batch, beams, ...]` each."""


class BeamSearchDecoderOutput(
    collections.namedtuple("BeamSearchDecoderOutput", ("scores", "predicted_ids", "parent_ids"))
):
    """What a step puts out, `[batch, beams]` each."""


class FinalBeamSearchDecoderOutput(
    collections.namedtuple(
        "FinalBeamDecoderOutput", ("predicted_ids", "beam_search_decoder_output")
    )
):
    """The sequences of the beams, the best first, and the outputs of the steps."""


class BeamSearchDecoder(Decoder):
    """Decodes with a beam for each of the best sequences.

    Args:
      cell: the cell.
      embedding: `[symbols, size]`, or a function from symbols to vectors.
      start_tokens: int32 `[batch]`.
      end_token: int32 scalar.
      initial_state: of the cell, for `batch * beam_width` examples; see `tile_batch`.
      beam_width: the number of beams.
      output_layer: a `tf.layers.Layer` from outputs to scores of symbols.
      length_penalty_weight: scores are divided by `((5 + length) / 6) ** weight`
        (arXiv:1609.08144, equation 14).
      coverage_penalty_weight: of the penalty for what no attention covers (the same equation).
      reorder_tensor_arrays: whether arrays in the cell's state follow the beams at the end.

    Raises:
      TypeError: `cell` or `output_layer` has the wrong type.
      ValueError: a token has the wrong rank.
    """

    def __init__(
        self,
        cell: Any,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        initial_state: Any,
        beam_width: int,
        output_layer: Any = None,
        length_penalty_weight: Any = 0.0,
        coverage_penalty_weight: float = 0.0,
        reorder_tensor_arrays: bool = True,
    ) -> None:
        assert_like_rnncell("cell", cell)
        if output_layer is not None and not is_layer(output_layer):
            raise TypeError(f"output_layer must be a Layer, not {type(output_layer)}")
        self._cell, self._output_layer, self._width = cell, output_layer, beam_width
        self._length_weight = length_penalty_weight
        self._coverage_weight = coverage_penalty_weight
        self._reorders = reorder_tensor_arrays
        self._embedding_fn = embedding_function(embedding)
        start, self._end_token = tokens(start_tokens, end_token)
        self._batch_size = tf.size(start_tokens)
        self._initial_cell_state = nest.map_structure(
            self._maybe_split, initial_state, cell.state_size
        )
        start = tf.tile(tf.expand_dims(start, 1), [1, beam_width])
        self._start_inputs = self._embedding_fn(start)

    @property
    def batch_size(self) -> Any:
        return self._batch_size

    @property
    def tracks_own_finished(self) -> bool:
        # Beams change places from step to step.
        return True

    @property
    def output_size(self) -> BeamSearchDecoderOutput:
        return BeamSearchDecoderOutput(*[tf.TensorShape([self._width])] * 3)

    @property
    def output_dtype(self) -> BeamSearchDecoderOutput:
        dtype = nest.flatten(self._initial_cell_state)[0].dtype
        size = size_behind(self._cell, self._output_layer)
        scores = nest.map_structure(lambda _: dtype, size)
        return BeamSearchDecoderOutput(scores, tf.int32, tf.int32)

    def initialize(self, name: str | None = None) -> Any:
        """Returns `(finished, first inputs, first state)`; only the first beam counts at first."""
        dtype = nest.flatten(self._initial_cell_state)[0].dtype
        first = tf.zeros([self._batch_size], dtype=tf.int32)
        finished = tf.one_hot(first, self._width, on_value=False, off_value=True, dtype=tf.bool)
        log_probs = tf.one_hot(
            first,
            self._width,
            on_value=tf.constant(0.0, dtype=dtype),
            off_value=tf.constant(-np.inf, dtype=dtype),
            dtype=dtype,
        )
        state = BeamSearchDecoderState(
            cell_state=self._initial_cell_state,
            log_probs=log_probs,
            finished=finished,
            lengths=tf.zeros([self._batch_size, self._width], dtype=tf.int64),
            accumulated_attention_probs=self._attention(self._initial_cell_state),
        )
        return finished, self._start_inputs, state

    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> Any:
        with tf.name_scope(name, "BeamSearchDecoderStep", (time, inputs, state)):
            merged = nest.map_structure(lambda value: self._merge(value, value.shape[2:]), inputs)
            cell_state = nest.map_structure(
                self._maybe_merge, state.cell_state, self._cell.state_size
            )
            scores, cell_state = self._cell(merged, cell_state)
            scores = nest.map_structure(lambda value: self._split(value, value.shape[1:]), scores)
            cell_state = nest.map_structure(self._maybe_split, cell_state, self._cell.state_size)
            if self._output_layer is not None:
                scores = self._output_layer(scores)
            output, state = self._best(scores, cell_state, state)
            inputs = tf.cond(
                tf.reduce_all(state.finished),
                lambda: self._start_inputs,
                lambda: self._embedding_fn(output.predicted_ids),
            )
        return output, state, inputs, state.finished

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> Any:
        """Returns the sequences, `predicted_ids` `[time, batch, beams]`, and the last state."""
        longest = tf.cast(tf.reduce_max(final_state.lengths, axis=1), tf.int32)
        predicted = gather_tree(
            outputs.predicted_ids,
            outputs.parent_ids,
            max_sequence_lengths=longest,
            end_token=self._end_token,
        )
        if self._reorders:
            cell_state = nest.map_structure(
                lambda value: self._maybe_sorted(value, outputs.parent_ids, final_state.lengths),
                final_state.cell_state,
            )
            final_state = final_state._replace(cell_state=cell_state)
        return FinalBeamSearchDecoderOutput(predicted, outputs), final_state

    def _best(self, logits: Any, cell_state: Any, state: Any) -> Any:
        """Returns the output of a step, and the state with its best beams."""
        beams, batch, finished = self._width, self._batch_size, state.finished
        symbols = logits.get_shape().as_list()[-1] or tf.shape(logits)[-1]
        log_probs = self._masked(tf.nn.log_softmax(logits), finished, symbols)
        totals = tf.expand_dims(state.log_probs, 2) + log_probs
        ends = tf.one_hot(
            tf.fill([batch, beams], self._end_token),
            symbols,
            on_value=tf.constant(0, tf.int64),
            off_value=tf.constant(1, tf.int64),
            dtype=tf.int64,
        )
        going = tf.expand_dims(tf.cast(tf.logical_not(finished), tf.int64), 2)
        lengths = ends * going + tf.expand_dims(state.lengths, 2)
        covered = self._attention(cell_state)
        if self._coverage_weight != 0.0:
            covered = covered * tf.expand_dims(tf.cast(tf.logical_not(finished), tf.float32), 2)
            covered = state.accumulated_attention_probs + covered
        scores = self._scores(totals, lengths, finished, covered)
        best, at = tf.nn.top_k(tf.reshape(scores, [batch, beams * symbols]), k=beams)
        words, parents = tf.floormod(at, symbols), tf.floordiv(at, symbols)
        flat_totals = tf.reshape(totals, [batch, beams * symbols])
        was_finished = picked(finished, parents)
        next_state = BeamSearchDecoderState(
            cell_state=nest.map_structure(
                lambda value: self._maybe_picked(value, parents), cell_state
            ),
            log_probs=self._shaped(picked(flat_totals, at)),
            lengths=self._shaped(
                picked(state.lengths, parents) + tf.cast(tf.logical_not(was_finished), tf.int64)
            ),
            finished=self._shaped(tf.logical_or(was_finished, tf.equal(words, self._end_token))),
            accumulated_attention_probs=()
            if self._coverage_weight == 0.0
            else self._maybe_picked(covered, parents),
        )
        output = BeamSearchDecoderOutput(*map(self._shaped, (best, words, parents)))
        return output, next_state

    def _masked(self, log_probs: Any, finished: Any, symbols: Any) -> Any:
        """Returns the logarithms of a step; a finished beam has the end symbol alone."""
        dtype = log_probs.dtype
        row = tf.one_hot(
            self._end_token,
            symbols,
            dtype=dtype,
            on_value=tf.constant(0.0, dtype=dtype),
            off_value=tf.constant(dtype.min, dtype=dtype),
        )
        rows = tf.ones_like(log_probs) * tf.reshape(row, [1, 1, -1])
        mask = tf.logical_and(tf.expand_dims(finished, 2), tf.ones_like(log_probs, dtype=tf.bool))
        return tf.where(mask, rows, log_probs)

    def _scores(self, log_probs: Any, lengths: Any, finished: Any, covered: Any) -> Any:
        weight = tf.get_static_value(tf.convert_to_tensor(self._length_weight))
        if weight is None or weight != 0:
            penalty = ((5.0 + tf.cast(lengths, tf.float32)) / 6.0) ** self._length_weight
            log_probs = log_probs / tf.cast(penalty, log_probs.dtype)
        if self._coverage_weight == 0.0:
            return log_probs
        # Nothing has been read yet where the sum is 0.
        covered = tf.where(tf.equal(covered, 0.0), tf.ones_like(covered), covered)
        penalty = tf.reduce_sum(tf.log(tf.minimum(covered, 1.0)), 2)
        penalty = penalty * tf.cast(finished, tf.float32) * self._coverage_weight
        return log_probs + tf.expand_dims(penalty, 2)

    def _attention(self, cell_state: Any) -> Any:
        """Returns the mean alignments of a cell's attentions, or nothing if they do not count.

        Raises:
          ValueError: they count, and the cell has no attention.
        """
        if self._coverage_weight == 0.0:
            return ()
        states = [cell_state] if isinstance(cell_state, AttentionWrapperState) else cell_state
        means = []
        for state in states if isinstance(states, list | tuple) else []:
            if isinstance(state, AttentionWrapperState):
                means.append(mean_of(state.alignments))
        if not means:
            raise ValueError("coverage_penalty_weight must be 0.0 if no cell has attention")
        return mean_of(tuple(means))

    def _maybe_split(self, value: Any, size: Any) -> Any:
        if isinstance(value, tf.TensorArray) or rank_of(value) == 0:
            return value
        return self._split(value, size)

    def _maybe_merge(self, value: Any, size: Any) -> Any:
        if isinstance(value, tf.TensorArray) or rank_of(value) < 2:
            return value
        return self._merge(value, size)

    def _maybe_picked(self, value: Any, parents: Any) -> Any:
        if isinstance(value, tf.TensorArray) or rank_of(value) < 2:
            return value
        chosen = picked(value, parents)
        chosen.set_shape(value.get_shape())
        return chosen

    def _split(self, value: Any, size: Any) -> Any:
        shape = tf.shape(value)
        split = tf.reshape(value, tf.concat([[self._batch_size, self._width], shape[1:]], 0))
        batch = tf.get_static_value(self._batch_size)
        wanted = tf.TensorShape([batch, self._width]).concatenate(shape_of(size))
        if not split.get_shape().is_compatible_with(wanted):
            raise ValueError(
                f"the state has the shape {split.get_shape()} instead of {wanted}: zero_state "
                "takes a batch of batch * beam_width"
            )
        split.set_shape(wanted)
        return split

    def _merge(self, value: Any, size: Any) -> Any:
        shape = tf.shape(value)
        count = self._batch_size * self._width
        merged = tf.reshape(value, tf.concat([[count], shape[2:]], 0))
        batch = tf.get_static_value(self._batch_size)
        count = None if batch is None else int(batch) * self._width
        merged.set_shape(tf.TensorShape([count]).concatenate(shape_of(size)))
        return merged

    def _shaped(self, value: Any) -> Any:
        value.set_shape([tf.get_static_value(self._batch_size), self._width])
        return value

    def _maybe_sorted(self, value: Any, parents: Any, lengths: Any) -> Any:
        """Returns the steps of an array in the order of the final beams."""
        if not isinstance(value, tf.TensorArray):
            return value
        shape, batch = value.element_shape, tf.get_static_value(self._batch_size)
        if not shape.ndims:
            return value
        # As in TensorFlow 1, which left [batch * beams, depth] alone if all of it was known.
        first, *rest = shape.as_list()
        if batch is not None and first is not None:
            apart = bool(rest) and rest[0] is not None and [first, rest[0]] != [batch, self._width]
            if first != batch * self._width or apart:
                return value
        return gather_tree_from_array(value.stack(), parents, lengths)
