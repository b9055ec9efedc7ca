"""Helpers: what a decoder's next input is."""

from __future__ import annotations

import abc
import importlib
from collections.abc import Callable
from typing import Any

from cnn_mnist.tf1.contrib.rnn.base import nest
from cnn_mnist.tf_compat import tf

_rnn = importlib.import_module("tensorflow.python.ops.rnn")


class Helper(abc.ABC):
    """Samples symbols from a decoder's outputs and chooses its next inputs."""

    @property
    @abc.abstractmethod
    def batch_size(self) -> Any:
        """The size of the batch, an int32 scalar."""

    @property
    @abc.abstractmethod
    def sample_ids_shape(self) -> Any:
        """The shape of an example's sample."""

    @property
    @abc.abstractmethod
    def sample_ids_dtype(self) -> Any:
        """The dtype of a sample."""

    @abc.abstractmethod
    def initialize(self, name: str | None = None) -> Any:
        """Returns `(finished, first inputs)`."""

    @abc.abstractmethod
    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Returns samples."""

    @abc.abstractmethod
    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """Returns `(finished, next inputs, next state)`."""


class _SymbolHelper(Helper):
    """A helper whose samples are int32 symbols."""

    _batch_size: Any

    @property
    def batch_size(self) -> Any:
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        return tf.TensorShape([])

    @property
    def sample_ids_dtype(self) -> Any:
        return tf.int32


class TrainingHelper(_SymbolHelper):
    """Feeds given inputs; its samples are the best symbols.

    Args:
      inputs: `[batch, time, ...]`.
      sequence_length: int32 `[batch]`.
      time_major: whether inputs are `[time, batch, ...]`.
      name: of the scope.

    Raises:
      ValueError: `sequence_length` does not have one dimension.
    """

    def __init__(
        self, inputs: Any, sequence_length: Any, time_major: bool = False, name: str | None = None
    ) -> None:
        with tf.name_scope(name, "TrainingHelper", [inputs, sequence_length]):
            self._inputs = inputs = tf.convert_to_tensor(inputs, name="inputs")
            if not time_major:
                inputs = _rnn._transpose_batch_time(inputs)
            self._steps = unstacked(inputs)
            self._lengths = tf.convert_to_tensor(sequence_length, name="sequence_length")
            if self._lengths.get_shape().ndims != 1:
                raise ValueError(f"sequence_length must have one dimension: {self._lengths}")
            self._zeros = tf.zeros_like(inputs[0, :])
            self._batch_size = tf.size(sequence_length)

    @property
    def inputs(self) -> Any:
        return self._inputs

    @property
    def sequence_length(self) -> Any:
        return self._lengths

    def initialize(self, name: str | None = None) -> Any:
        with tf.name_scope(name, "TrainingHelperInitialize"):
            finished = tf.equal(0, self._lengths)
            return finished, self._step(0, finished)

    def sample(self, time: Any, outputs: Any, state: Any = None, name: str | None = None) -> Any:
        with tf.name_scope(name, "TrainingHelperSample", [time, outputs]):
            return tf.cast(tf.argmax(outputs, axis=-1), tf.int32)

    def next_inputs(
        self,
        time: Any,
        outputs: Any,
        state: Any,
        sample_ids: Any = None,
        name: str | None = None,
    ) -> Any:
        with tf.name_scope(name, "TrainingHelperNextInputs"):
            finished = tf.greater_equal(time + 1, self._lengths)
            return finished, self._step(time + 1, finished), state

    def _step(self, time: Any, finished: Any) -> Any:
        return tf.cond(tf.reduce_all(finished), lambda: self._zeros, lambda: self._steps.read(time))


class GreedyEmbeddingHelper(_SymbolHelper):
    """Feeds the best symbol, embedded, until the end symbol.

    Args:
      embedding: `[symbols, size]`, or a function from symbols to vectors.
      start_tokens: int32 `[batch]`.
      end_token: int32 scalar.

    Raises:
      ValueError: a token has another rank.
    """

    def __init__(self, embedding: Any, start_tokens: Any, end_token: Any) -> None:
        self._embedding_fn = embedding_function(embedding)
        self._start_tokens, self._end_token = tokens(start_tokens, end_token)
        self._batch_size = tf.size(start_tokens)
        self._start_inputs = self._embedding_fn(self._start_tokens)

    def initialize(self, name: str | None = None) -> Any:
        return tf.tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        return tf.argmax(one_tensor(outputs), axis=-1, output_type=tf.int32)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        finished = tf.equal(sample_ids, self._end_token)
        inputs = tf.cond(
            tf.reduce_all(finished),
            lambda: self._start_inputs,
            lambda: self._embedding_fn(sample_ids),
        )
        return finished, inputs, state


class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """Feeds a random symbol, by the scores, until the end symbol.

    Args:
      embedding: see `GreedyEmbeddingHelper`, as the tokens.
      start_tokens: int32 `[batch]`.
      end_token: int32 scalar.
      softmax_temperature: divides the scores.
      seed: of the samples.
    """

    def __init__(
        self,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        softmax_temperature: Any = None,
        seed: int | None = None,
    ) -> None:
        super().__init__(embedding, start_tokens, end_token)
        self._temperature, self._seed = softmax_temperature, seed

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        scores = one_tensor(outputs)
        if self._temperature is not None:
            scores = scores / self._temperature
        return categorical_sample(scores, self._seed)


def embedding_function(embedding: Any) -> Callable[[Any], Any]:
    """Returns the function of an embedding, which is one or `[symbols, size]`."""
    if callable(embedding):
        return embedding
    return lambda symbols: tf.nn.embedding_lookup(embedding, symbols)


def tokens(start_tokens: Any, end_token: Any) -> tuple[Any, Any]:
    """Returns first symbols and end symbol as int32 tensors.

    Raises:
      ValueError: a token has another rank.
    """
    start = tf.convert_to_tensor(start_tokens, dtype=tf.int32, name="start_tokens")
    end = tf.convert_to_tensor(end_token, dtype=tf.int32, name="end_token")
    if start.get_shape().ndims != 1:
        raise ValueError("start_tokens must have one dimension")
    if end.get_shape().ndims != 0:
        raise ValueError("end_token must be a scalar")
    return start, end


def unstacked(inputs: Any) -> Any:
    """Returns an array of the steps of `[time, ...]`."""
    return tf.TensorArray(
        inputs.dtype, size=tf.shape(inputs)[0], element_shape=inputs.get_shape()[1:]
    ).unstack(inputs)


def one_tensor(outputs: Any) -> Any:
    """Returns outputs that must be one tensor.

    Raises:
      TypeError: they are not.
    """
    if not tf.is_tensor(outputs):
        raise TypeError(f"outputs must be one tensor, not {type(outputs)}")
    return outputs


def categorical_sample(logits: Any, seed: int | None = None) -> Any:
    """Returns an int32 sample for each row of scores."""
    logits = tf.convert_to_tensor(logits)
    rows = tf.reshape(logits, [-1, tf.shape(logits)[-1]])
    drawn = tf.random.categorical(rows, 1, seed=seed, dtype=tf.int32)
    return tf.reshape(drawn, tf.shape(logits)[:-1])


def is_layer(value: Any) -> bool:
    """Returns whether a value is a layer.

    Scripts also import layers from `tensorflow.python.layers`, whose classes are other ones than
    those of `tf.layers`.
    """
    return callable(value) and hasattr(value, "compute_output_shape")


def gathered(values: Any, where: Any) -> tuple[Any, Any]:
    """Returns the indices of true entries as int32 `[count, 1]`, and the values there."""
    indices = tf.cast(tf.where(where), tf.int32)
    return indices, nest.map_structure(lambda value: tf.gather_nd(value, indices), values)
