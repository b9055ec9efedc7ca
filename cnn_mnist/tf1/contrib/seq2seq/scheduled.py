"""Helpers for scheduled sampling (arXiv:1506.03099): inputs are at times samples of outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnn_mnist.tf1.contrib.seq2seq.helper import (
    TrainingHelper,
    categorical_sample,
    embedding_function,
    gathered,
    unstacked,
)
from cnn_mnist.tf_compat import tf


class ScheduledEmbeddingTrainingHelper(TrainingHelper):
    """Feeds a random symbol of the outputs instead of the input, with a probability.

    Samples are -1 where nothing was sampled.

    Args:
      inputs: see `TrainingHelper`, as the lengths.
      sequence_length: int32 `[batch]`.
      embedding: `[symbols, size]`, or a function from symbols to vectors.
      sampling_probability: a float scalar or `[batch]`.
      time_major: whether inputs are `[time, batch, ...]`.
      seed: of the symbols.
      scheduling_seed: of the choice between input and symbol.
      name: of the scope.

    Raises:
      ValueError: `sampling_probability` has more than one dimension.
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        embedding: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        scheduling_seed: int | None = None,
        name: str | None = None,
    ) -> None:
        with tf.name_scope(name, "ScheduledEmbeddingSamplingWrapper"):
            self._embedding_fn = embedding_function(embedding)
            self._probability = _probability(sampling_probability)
            self._seed, self._scheduling_seed = seed, scheduling_seed
            super().__init__(inputs, sequence_length, time_major, name)

    def sample(self, time: Any, outputs: Any, state: Any = None, name: str | None = None) -> Any:
        with tf.name_scope(name, "ScheduledEmbeddingTrainingHelperSample"):
            chosen = _chosen(self._probability, self.batch_size, self._scheduling_seed)
            symbols = categorical_sample(outputs, self._seed)
            return tf.where(chosen, symbols, tf.fill([self.batch_size], -1))

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any = None, name: str | None = None
    ) -> Any:
        with tf.name_scope(name, "ScheduledEmbeddingTrainingHelperNextInputs"):
            finished, inputs, state = super().next_inputs(time, outputs, state, sample_ids)

            def mixed() -> Any:
                at, symbols = gathered(sample_ids, sample_ids > -1)
                others, given = gathered(inputs, sample_ids <= -1)
                shape = tf.shape(inputs)
                sampled = tf.scatter_nd(at, self._embedding_fn(symbols), shape)
                return sampled + tf.scatter_nd(others, given, shape)

            return finished, tf.cond(tf.reduce_all(finished), lambda: inputs, mixed), state


class ScheduledOutputTrainingHelper(TrainingHelper):
    """Feeds the output instead of the input, with a probability.

    Samples are 1 where the output is fed.

    Args:
      inputs: see `TrainingHelper`, as the lengths.
      sequence_length: int32 `[batch]`.
      sampling_probability: a float scalar or `[batch]`.
      time_major: whether inputs are `[time, batch, ...]`.
      seed: of the choice.
      next_inputs_fn: from outputs to inputs.
      auxiliary_inputs: appended to the inputs of either kind.
      name: of the scope.

    Raises:
      ValueError: `sampling_probability` has more than one dimension.
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        next_inputs_fn: Callable[[Any], Any] | None = None,
        auxiliary_inputs: Any = None,
        name: str | None = None,
    ) -> None:
        with tf.name_scope(name, "ScheduledOutputTrainingHelper"):
            self._probability = _probability(sampling_probability)
            self._auxiliary: Any = None
            if auxiliary_inputs is not None:
                auxiliary = tf.convert_to_tensor(auxiliary_inputs)
                inputs = tf.concat([tf.convert_to_tensor(inputs), auxiliary], -1)
                if not time_major:
                    auxiliary = tf.transpose(auxiliary, [1, 0, 2])
                self._auxiliary = unstacked(auxiliary)
            self._seed, self._next_inputs_fn = seed, next_inputs_fn
            super().__init__(inputs, sequence_length, time_major, name)

    def sample(self, time: Any, outputs: Any, state: Any = None, name: str | None = None) -> Any:
        with tf.name_scope(name, "ScheduledOutputTrainingHelperSample"):
            return tf.cast(_chosen(self._probability, self.batch_size, self._seed), tf.int32)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any = None, name: str | None = None
    ) -> Any:
        with tf.name_scope(name, "ScheduledOutputTrainingHelperNextInputs"):
            finished, inputs, state = super().next_inputs(time, outputs, state, sample_ids)
            fed = tf.cast(sample_ids, tf.bool)

            def mixed() -> Any:
                if self._next_inputs_fn is None:
                    return tf.where(fed, self._completed(outputs, time), inputs)
                at, sampled = gathered(outputs, fed)
                others, given = gathered(inputs, tf.logical_not(fed))
                shape = tf.shape(inputs)
                sampled = self._completed(self._next_inputs_fn(sampled), time, at)
                return tf.scatter_nd(at, sampled, shape) + tf.scatter_nd(others, given, shape)

            unmixed = tf.logical_or(tf.reduce_all(finished), tf.logical_not(tf.reduce_any(fed)))
            return finished, tf.cond(unmixed, lambda: inputs, mixed), state

    def _completed(self, values: Any, time: Any, indices: Any = None) -> Any:
        if self._auxiliary is None:
            return values
        auxiliary = self._auxiliary.read(time + 1)
        if indices is not None:
            auxiliary = tf.gather_nd(auxiliary, indices)
        return tf.concat([values, auxiliary], -1)


def _probability(value: Any) -> Any:
    probability = tf.convert_to_tensor(value, name="sampling_probability")
    if probability.get_shape().ndims not in (0, 1):
        raise ValueError(f"sampling_probability must have at most one dimension: {probability}")
    return probability


def _chosen(probability: Any, batch: Any, seed: int | None) -> Any:
    shape = tf.concat([[batch], tf.shape(probability)], 0)
    return tf.less(tf.random_uniform(shape, seed=seed, dtype=probability.dtype), probability)
