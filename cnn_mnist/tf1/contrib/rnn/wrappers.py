"""Wrappers that add something before or behind a cell."""

from __future__ import annotations

import math
from typing import Any

from cnn_mnist.tf1.contrib.rnn.base import Linear, RNNCell, assert_like_rnncell, depth_of, nest
from cnn_mnist.tf_compat import tf


class _Wrapper(RNNCell):
    """A cell around another one, with the state of that one."""

    def __init__(self, cell: Any, reuse: bool | None = None) -> None:
        super().__init__(_reuse=reuse)
        assert_like_rnncell("cell", cell)
        self._cell = cell

    @property
    def state_size(self) -> Any:
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        with tf.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return self._cell.zero_state(batch_size, dtype)


class EmbeddingWrapper(_Wrapper):
    """Embeds int inputs `[batch]` or `[batch, 1]` before the cell.

    Args:
      cell: the cell.
      embedding_classes: the number of symbols.
      embedding_size: the length of the vector of each.
      initializer: of the variable `embedding`; by default that of the variable scope, or uniform
        with the variance 1.
      reuse: whether to take variables that exist.

    Raises:
      TypeError: `cell` is not a cell.
      ValueError: a number is not positive.
    """

    def __init__(
        self,
        cell: Any,
        embedding_classes: int,
        embedding_size: int,
        initializer: Any = None,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(cell, reuse)
        if embedding_classes <= 0 or embedding_size <= 0:
            raise ValueError(
                "embedding_classes and embedding_size must be positive, "
                f"not {embedding_classes} and {embedding_size}"
            )
        self._shape = [embedding_classes, embedding_size]
        self._initializer = initializer

    def call(self, inputs: Any, state: Any) -> Any:
        with tf.device("/cpu:0"):
            root = math.sqrt(3)
            initializer = (
                self._initializer
                or tf.get_variable_scope().initializer
                or tf.random_uniform_initializer(-root, root)
            )
            dtype = (state[0] if isinstance(state, tuple) else state).dtype
            embedding = tf.get_variable(
                "embedding", self._shape, initializer=initializer, dtype=dtype
            )
            embedded = tf.nn.embedding_lookup(embedding, tf.reshape(inputs, [-1]))
            return self._cell(embedded, state)


class InputProjectionWrapper(_Wrapper):
    """Projects the inputs linearly before the cell.

    Args:
      cell: the cell.
      num_proj: the depth that it gets.
      activation: applied to the projection.
      input_size: ignored, as in TensorFlow 1.
      reuse: whether to take variables that exist.

    Raises:
      TypeError: `cell` is not a cell.
    """

    def __init__(
        self,
        cell: Any,
        num_proj: int,
        activation: Any = None,
        input_size: Any = None,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(cell, reuse)
        self._num_proj, self._activation = num_proj, activation
        self._linear: Any = None

    def call(self, inputs: Any, state: Any) -> Any:
        if self._linear is None:
            self._linear = Linear(inputs, self._num_proj, True)
        projected = self._linear(inputs)
        if self._activation:
            projected = self._activation(projected)
        return self._cell(projected, state)


class OutputProjectionWrapper(_Wrapper):
    """Projects the outputs of the cell linearly.

    Args:
      cell: the cell.
      output_size: the depth of the outputs.
      activation: applied to the projection.
      reuse: whether to take variables that exist.

    Raises:
      TypeError: `cell` is not a cell.
      ValueError: `output_size` is not positive.
    """

    def __init__(
        self, cell: Any, output_size: int, activation: Any = None, reuse: bool | None = None
    ) -> None:
        super().__init__(cell, reuse)
        if output_size < 1:
            raise ValueError(f"output_size must be positive, not {output_size}")
        self._output_size, self._activation = output_size, activation
        self._linear: Any = None

    @property
    def output_size(self) -> int:
        return self._output_size

    def call(self, inputs: Any, state: Any) -> Any:
        output, new_state = self._cell(inputs, state)
        if self._linear is None:
            self._linear = Linear(output, self._output_size, True)
        projected = self._linear(output)
        if self._activation:
            projected = self._activation(projected)
        return projected, new_state


class HighwayWrapper(RNNCell):
    """Mixes the inputs and the outputs of a cell of the same depth (arXiv:1505.00387).

    Args:
      cell: the cell.
      couple_carry_transform_gates: whether the outputs count by 1 minus the share of the inputs.
      carry_bias_init: initial bias of the gate of the inputs.
    """

    def __init__(
        self, cell: Any, couple_carry_transform_gates: bool = True, carry_bias_init: float = 1.0
    ) -> None:
        super().__init__()
        self._cell = cell
        self._coupled, self._bias = couple_carry_transform_gates, carry_bias_init

    @property
    def state_size(self) -> Any:
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        with tf.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return self._cell.zero_state(batch_size, dtype)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """Returns the mixed outputs and the new state.

        Raises:
          ValueError: inputs and outputs have different shapes or structures.
        """
        outputs, new_state = self._cell(inputs, state, scope=scope)
        nest.assert_same_structure(inputs, outputs)
        return nest.map_structure(self._mixed, inputs, outputs), new_state

    def _mixed(self, value: Any, output: Any) -> Any:
        value.get_shape().assert_is_compatible_with(output.get_shape())
        carry = self._gate("carry", value, self._bias)
        transform = 1 - carry if self._coupled else self._gate("transform", value, -self._bias)
        return value * carry + output * transform

    def _gate(self, name: str, value: Any, bias: float) -> Any:
        depth = depth_of(value)
        weights = tf.get_variable(f"{name}_w", [depth, depth])
        biases = tf.get_variable(f"{name}_b", [depth], initializer=tf.constant_initializer(bias))
        return tf.sigmoid(tf.matmul(value, weights) + biases)


class AttentionCellWrapper(_Wrapper):
    """Has a cell attend to its last outputs (arXiv:1409.0473).

    The state is `(cell's state, attention [batch, attn_size], last outputs
    [batch, attn_length * attn_size])`, or their concatenation.

    Args:
      cell: the cell.
      attn_length: how many outputs it attends to.
      attn_size: the depth of the outputs; by default that of the cell.
      attn_vec_size: the depth in which query and outputs are compared; by default `attn_size`.
      input_size: the depth of what the cell gets; by default that of the inputs.
      state_is_tuple: whether the state is a tuple.
      reuse: whether to take variables that exist.

    Raises:
      TypeError: `cell` is not a cell.
      ValueError: `attn_length` is not positive, or the cell's state alone is a tuple.
    """

    def __init__(
        self,
        cell: Any,
        attn_length: int,
        attn_size: int | None = None,
        attn_vec_size: int | None = None,
        input_size: int | None = None,
        state_is_tuple: bool = True,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(cell, reuse)
        if isinstance(cell.state_size, tuple) and not state_is_tuple:
            raise ValueError(
                f"the state of the cell is a tuple, {cell.state_size}: set state_is_tuple"
            )
        if attn_length <= 0:
            raise ValueError(f"attn_length must be positive, not {attn_length}")
        self._length = attn_length
        self._size = cell.output_size if attn_size is None else attn_size
        self._compared = self._size if attn_vec_size is None else attn_vec_size
        self._input_size, self._tuple = input_size, state_is_tuple
        self._linear: dict[str, Any] = {}

    @property
    def state_size(self) -> Any:
        sizes = (self._cell.state_size, self._size, self._size * self._length)
        return sizes if self._tuple else sum(sizes)

    @property
    def output_size(self) -> int:
        return self._size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        return RNNCell.zero_state(self, batch_size, dtype)

    def call(self, inputs: Any, state: Any) -> Any:
        if self._tuple:
            state, attention, last = state
        else:
            sizes = [self._cell.state_size, self._size, self._size * self._length]
            state, attention, last = tf.split(state, sizes, axis=1)
        last = tf.reshape(last, [-1, self._length, self._size])
        size = depth_of(inputs) if self._input_size is None else self._input_size
        cell_inputs = self._mapped("input", [inputs, attention], size)
        cell_output, state = self._cell(cell_inputs, state)
        query = tf.concat(nest.flatten(state), 1) if self._tuple else state
        attention = self._attention(query, last)
        with tf.variable_scope("attn_output_projection"):
            output = self._mapped("output", [cell_output, attention], self._size)
        last = tf.concat([last[:, 1:], tf.expand_dims(output, 1)], 1)
        last = tf.reshape(last, [-1, self._length * self._size])
        new_state = (state, attention, last)
        return output, new_state if self._tuple else tf.concat(new_state, 1)

    def _attention(self, query: Any, last: Any) -> Any:
        with tf.variable_scope("attention"):
            weights = tf.get_variable("attn_w", [1, 1, self._size, self._compared])
            vector = tf.get_variable("attn_v", [self._compared])
            outputs = tf.reshape(last, [-1, self._length, 1, self._size])
            features = tf.nn.conv2d(outputs, weights, [1, 1, 1, 1], "SAME")
            compared = self._mapped("query", query, self._compared)
            compared = tf.reshape(compared, [-1, 1, 1, self._compared])
            scores = tf.reduce_sum(vector * tf.tanh(features + compared), [2, 3])
            shares = tf.reshape(tf.nn.softmax(scores), [-1, self._length, 1, 1])
            return tf.reshape(tf.reduce_sum(shares * outputs, [1, 2]), [-1, self._size])

    def _mapped(self, name: str, values: Any, size: int) -> Any:
        if name not in self._linear:
            self._linear[name] = Linear(values, size, True)
        return self._linear[name](values)
