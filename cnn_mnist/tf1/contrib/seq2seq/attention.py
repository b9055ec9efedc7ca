"""Attention: what of a memory a query reads."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from cnn_mnist.tf1.contrib.rnn.base import nest
from cnn_mnist.tf1.contrib.seq2seq.helper import is_layer
from cnn_mnist.tf_compat import tf

_implementation = importlib.import_module("tensorflow.python.ops.rnn_cell_impl")


class AttentionMechanism:
    """What `AttentionWrapper` takes."""

    @property
    def alignments_size(self) -> Any:
        """The length of the memory."""
        raise NotImplementedError

    @property
    def state_size(self) -> Any:
        """The size of the state between steps."""
        raise NotImplementedError


class BaseAttentionMechanism(AttentionMechanism):
    """Attention to a memory that is prepared once.

    Args:
      query_layer: for the query, or None.
      memory: `[batch, time, ...]`.
      probability_fn: takes scores `[batch, time]` and the state, and returns alignments.
      memory_sequence_length: int `[batch]`; what is behind it has no share.
      memory_layer: from the memory to the keys.
      check_inner_dims_defined: whether the memory's last dimensions must be known.
      score_mask_value: the score behind the end of a sequence; minus infinity by default.
      custom_key_value_fn: takes keys and values and returns others.
      name: of the scope.

    Raises:
      TypeError: a layer is not one, or `probability_fn` cannot be called.
      ValueError: a dimension of the memory is unknown.
    """

    def __init__(
        self,
        query_layer: Any,
        memory: Any,
        probability_fn: Callable[[Any, Any], Any],
        memory_sequence_length: Any = None,
        memory_layer: Any = None,
        check_inner_dims_defined: bool = True,
        score_mask_value: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str | None = None,
    ) -> None:
        for layer in (query_layer, memory_layer):
            if layer is not None and not is_layer(layer):
                raise TypeError(f"a layer is expected, not {type(layer)}")
        if not callable(probability_fn):
            raise TypeError(f"probability_fn must be a function, not {type(probability_fn)}")
        self._query_layer, self._memory_layer = query_layer, memory_layer
        self.dtype = memory_layer.dtype
        if score_mask_value is None:
            score_mask_value = tf.as_dtype(self.dtype).as_numpy_dtype(-np.inf)
        self._probability_fn = lambda score, state: probability_fn(
            _masked_score(score, memory_sequence_length, score_mask_value), state
        )
        with tf.name_scope(name, "BaseAttentionMechanismInit", nest.flatten(memory)):
            self._values = _prepared(memory, memory_sequence_length, check_inner_dims_defined)
            self._keys = self._memory_layer(self._values) if memory_layer else self._values
            if custom_key_value_fn is not None:
                self._keys, self._values = custom_key_value_fn(self._keys, self._values)
            batch, time = self._keys.shape.as_list()[:2]
            self._batch_size = batch or tf.shape(self._keys)[0]
            self._alignments_size = time or tf.shape(self._keys)[1]

    @property
    def memory_layer(self) -> Any:
        return self._memory_layer

    @property
    def query_layer(self) -> Any:
        return self._query_layer

    @property
    def values(self) -> Any:
        return self._values

    @property
    def keys(self) -> Any:
        return self._keys

    @property
    def batch_size(self) -> Any:
        return self._batch_size

    @property
    def alignments_size(self) -> Any:
        return self._alignments_size

    @property
    def state_size(self) -> Any:
        return self._alignments_size

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Any:
        """Returns alignments of 0, `[batch, time]`."""
        return _implementation._zero_state_tensors(self._alignments_size, batch_size, dtype)

    def initial_state(self, batch_size: Any, dtype: Any) -> Any:
        """Returns the first state, the alignments."""
        return self.initial_alignments(batch_size, dtype)


class LuongAttention(BaseAttentionMechanism):
    """Multiplicative attention (arXiv:1508.04025): scores are products of query and keys.

    Args:
      num_units: the depth of query and keys.
      memory: `[batch, time, ...]`.
      memory_sequence_length: int `[batch]`.
      scale: whether scores are scaled by the variable `attention_g`.
      probability_fn: from scores to alignments; softmax by default.
      score_mask_value: see `BaseAttentionMechanism`.
      dtype: of the keys.
      custom_key_value_fn: see `BaseAttentionMechanism`.
      name: of the scope.
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        probability_fn: Callable[[Any], Any] | None = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str = "LuongAttention",
    ) -> None:
        shares_of = probability_fn or tf.nn.softmax
        super().__init__(
            query_layer=None,
            memory_layer=_map(num_units, "memory_layer", dtype),
            memory=memory,
            probability_fn=lambda score, state: shares_of(score),
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            custom_key_value_fn=custom_key_value_fn,
            name=name,
        )
        self._num_units, self._scale = num_units, scale

    def __call__(self, query: Any, state: Any) -> tuple[Any, Any]:
        """Returns alignments `[batch, time]` and the next state, which is the same.

        Raises:
          ValueError: query and keys have different depths.
        """
        with tf.variable_scope(None, "luong_attention", [query]):
            depths = [value.get_shape().as_list()[-1] for value in (query, self._keys)]
            if depths[0] != depths[1]:
                raise ValueError(
                    f"query and keys have the depths {depths}: set num_units to that of the query"
                )
            score = tf.matmul(tf.expand_dims(query, 1), self._keys, transpose_b=True)
            score = tf.squeeze(score, [1])
            if self._scale:
                score = score * tf.get_variable(
                    "attention_g", dtype=query.dtype, initializer=tf.ones_initializer, shape=()
                )
        alignments = self._probability_fn(score, state)
        return alignments, alignments


class BahdanauAttention(BaseAttentionMechanism):
    """Additive attention (arXiv:1409.0473), weight-normalized if wanted (arXiv:1602.07868).

    Args:
      num_units: the depth in which query and keys are compared.
      memory: `[batch, time, ...]`.
      memory_sequence_length: int `[batch]`.
      normalize: whether the weights are normalized.
      probability_fn: from scores to alignments; softmax by default.
      score_mask_value: see `BaseAttentionMechanism`.
      dtype: of query and keys.
      custom_key_value_fn: see `BaseAttentionMechanism`.
      name: of the scope.
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        probability_fn: Callable[[Any], Any] | None = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str = "BahdanauAttention",
    ) -> None:
        shares_of = probability_fn or tf.nn.softmax
        super().__init__(
            query_layer=_map(num_units, "query_layer", dtype),
            memory_layer=_map(num_units, "memory_layer", dtype),
            memory=memory,
            probability_fn=lambda score, state: shares_of(score),
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            custom_key_value_fn=custom_key_value_fn,
            name=name,
        )
        self._num_units, self._normalize = num_units, normalize

    def __call__(self, query: Any, state: Any) -> tuple[Any, Any]:
        """Returns alignments `[batch, time]` and the next state, which is the same."""
        with tf.variable_scope(None, "bahdanau_attention", [query]):
            compared = tf.expand_dims(self._query_layer(query), 1) + self._keys
            vector = tf.get_variable("attention_v", [self._num_units], dtype=query.dtype)
            if self._normalize:
                length = tf.get_variable(
                    "attention_g",
                    dtype=query.dtype,
                    initializer=tf.constant_initializer(math.sqrt(1 / self._num_units)),
                    shape=(),
                )
                bias = tf.get_variable(
                    "attention_b",
                    [self._num_units],
                    dtype=query.dtype,
                    initializer=tf.zeros_initializer(),
                )
                vector = length * vector * tf.rsqrt(tf.reduce_sum(tf.square(vector)))
                compared = compared + bias
            score = tf.reduce_sum(vector * tf.tanh(compared), [2])
        alignments = self._probability_fn(score, state)
        return alignments, alignments


def hardmax(logits: Any, name: str | None = None) -> Any:
    """Returns 1 at the greatest score of each row, and 0 elsewhere."""
    with tf.name_scope(name, "Hardmax", [logits]):
        logits = tf.convert_to_tensor(logits, name="logits")
        depth = logits.get_shape().as_list()[-1] or tf.shape(logits)[-1]
        return tf.one_hot(tf.argmax(logits, -1), depth, dtype=logits.dtype)


def _map(units: int, name: str, dtype: Any) -> Any:
    return tf.layers.Dense(units, name=name, use_bias=False, dtype=dtype or tf.float32)


def _prepared(memory: Any, lengths: Any, check_inner_dims: bool) -> Any:
    """Returns the memory with 0 behind the end of each sequence."""

    def prepared(value: Any) -> Any:
        value = tf.convert_to_tensor(value, name="memory")
        if check_inner_dims and not value.get_shape()[2:].is_fully_defined():
            raise ValueError(f"the last dimensions of the memory must be known: {value}")
        if lengths is None:
            return value
        mask = tf.sequence_mask(lengths, maxlen=tf.shape(value)[1], dtype=value.dtype)
        ones = tf.ones(value.get_shape().ndims - 2, dtype=tf.int32)
        return value * tf.reshape(mask, tf.concat([tf.shape(mask), ones], 0))

    return nest.map_structure(prepared, memory)


def _masked_score(score: Any, lengths: Any, value: Any) -> Any:
    if lengths is None:
        return score
    message = "All values in memory_sequence_length must be greater than zero."
    with tf.control_dependencies([tf.assert_positive(lengths, message=message)]):
        mask = tf.sequence_mask(lengths, maxlen=tf.shape(score)[1])
    return tf.where(mask, score, value * tf.ones_like(score))
