"""Cells that were one op in TensorFlow 1, in ordinary ops where that op has no gradient today."""

from __future__ import annotations

import importlib
from typing import Any

from cnn_mnist.tf1.contrib.rnn.base import LayerRNNCell, LSTMStateTuple
from cnn_mnist.tf_compat import tf


class LSTMBlockCell(LayerRNNCell):
    """An LSTM with the weights of `tf.nn.rnn_cell.LSTMCell` (arXiv:1409.2329).

    Args:
      num_units: the number of units.
      forget_bias: added to the forget gate.
      cell_clip: the largest absolute value of the cell's state.
      use_peephole: whether the gates see the cell's state.
      dtype: of the variables.
      reuse: whether to take variables that exist.
      name: of the layer.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: float | None = None,
        use_peephole: bool = False,
        dtype: Any = None,
        reuse: bool | None = None,
        name: str = "lstm_cell",
    ) -> None:
        super().__init__(_reuse=reuse, dtype=dtype, name=name)
        self._num_units, self._forget_bias = num_units, forget_bias
        self._cell_clip, self._use_peephole = cell_clip or -1, use_peephole

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        depth = tf.TensorShape(inputs_shape).with_rank(2).as_list()[1]
        _add_lstm_variables(self, depth)
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        c, h = state
        gates = tf.nn.bias_add(tf.matmul(tf.concat([inputs, h], 1), self._kernel), self._bias)
        i, j, f, o = tf.split(gates, 4, axis=1)
        f = f + self._forget_bias
        if self._use_peephole:
            i, f = i + c * self._diagonals[0], f + c * self._diagonals[1]
        c = tf.sigmoid(i) * tf.tanh(j) + tf.sigmoid(f) * c
        if self._cell_clip > 0:
            c = tf.clip_by_value(c, -self._cell_clip, self._cell_clip)
        if self._use_peephole:
            o = o + c * self._diagonals[2]
        h = tf.sigmoid(o) * tf.tanh(c)
        return h, LSTMStateTuple(c, h)


class GRUBlockCell(LayerRNNCell):
    """A GRU with the variables `w_ru`, `b_ru`, `w_c` and `b_c` (arXiv:1406.1078).

    Args:
      num_units: the number of units.
      cell_size: the old name of `num_units`.
      reuse: whether to take variables that exist.
      name: of the layer.

    Raises:
      ValueError: neither or both of `num_units` and `cell_size` are given.
    """

    _NAMES = ("w_ru", "b_ru", "w_c", "b_c")

    def __init__(
        self,
        num_units: int | None = None,
        cell_size: int | None = None,
        reuse: bool | None = None,
        name: str = "gru_cell",
    ) -> None:
        super().__init__(_reuse=reuse, name=name)
        if (cell_size is None) == (num_units is None):
            raise ValueError("exactly one of num_units and cell_size must be given")
        self._size: Any = cell_size if num_units is None else num_units

    @property
    def state_size(self) -> int:
        return self._size

    @property
    def output_size(self) -> int:
        return self._size

    def build(self, input_shape: Any) -> None:
        depth = tf.TensorShape(input_shape).with_rank(2).as_list()[1] + self._size
        gates, gates_bias, candidate, candidate_bias = self._NAMES
        self._gates = self.add_weight(gates, shape=[depth, 2 * self._size])
        self._gates_bias = self.add_weight(
            gates_bias, shape=[2 * self._size], initializer=tf.constant_initializer(1.0)
        )
        self._candidate = self.add_weight(candidate, shape=[depth, self._size])
        self._candidate_bias = self.add_weight(
            candidate_bias, shape=[self._size], initializer=tf.constant_initializer(0.0)
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        gates = tf.matmul(tf.concat([inputs, state], 1), self._gates)
        r, u = tf.split(tf.sigmoid(tf.nn.bias_add(gates, self._gates_bias)), 2, axis=1)
        new = tf.matmul(tf.concat([inputs, r * state], 1), self._candidate)
        new = tf.tanh(tf.nn.bias_add(new, self._candidate_bias))
        state = u * state + (1 - u) * new
        return state, state


class GRUBlockCellV2(GRUBlockCell):
    """`GRUBlockCell` with the variable names of `tf.nn.rnn_cell.GRUCell`."""

    _NAMES = ("gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")


class LSTMBlockWrapper(tf.layers.Layer):
    """An LSTM over a whole sequence. Subclasses have `num_units` and `_call_cell`."""

    @property
    def num_units(self) -> int:
        """The number of units."""
        raise NotImplementedError

    def _call_cell(
        self, inputs: Any, initial_cell_state: Any, initial_output: Any, dtype: Any, lengths: Any
    ) -> Any:
        """Returns the states and outputs of all steps, `[time, batch, num_units]` each."""
        raise NotImplementedError

    def call(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
    ) -> Any:
        """Runs the LSTM over a sequence.

        Args:
          inputs: `[time, batch, depth]`, or a list of `[batch, depth]`.
          initial_state: `(c, h)`; zeros by default.
          dtype: of the state; required without `initial_state`.
          sequence_length: `[batch]`; outputs behind it are 0, and the state stays.

        Returns:
          The outputs, `[time, batch, num_units]` or a list, and the last state.

        Raises:
          ValueError: neither `initial_state` nor `dtype` is given.
        """
        is_list = isinstance(inputs, list)
        if is_list:
            inputs = tf.stack(inputs)
        time, batch, _ = (
            size if size is not None else tf.shape(inputs)[axis]
            for axis, size in enumerate(inputs.get_shape().with_rank(3).as_list())
        )
        if initial_state is None:
            if dtype is None:
                raise ValueError("initial_state or dtype must be given")
            zeros = tf.zeros(tf.stack([batch, self.num_units]), dtype=dtype)
            initial_state = zeros, zeros
        c, h = initial_state
        dtype = c.dtype if dtype is None else dtype
        lengths = None if sequence_length is None else tf.convert_to_tensor(sequence_length)
        states, outputs = self._call_cell(inputs, c, h, dtype, lengths)
        if lengths is None:
            last = LSTMStateTuple(states[-1], outputs[-1])
        else:
            mask = tf.transpose(tf.sequence_mask(lengths, time, dtype=dtype))
            outputs = outputs * tf.expand_dims(mask, -1)
            at = tf.stack([lengths, tf.range(batch, dtype=lengths.dtype)], axis=1)
            # Index 0 is the initial state, the last one of an empty sequence.
            last = LSTMStateTuple(
                tf.gather_nd(tf.concat([tf.expand_dims(c, 0), states], 0), at),
                tf.gather_nd(tf.concat([tf.expand_dims(h, 0), outputs], 0), at),
            )
        return tf.unstack(outputs) if is_list else outputs, last


class LSTMBlockFusedCell(LSTMBlockWrapper):
    """An LSTM over a whole sequence as one op, with the weights of `tf.nn.rnn_cell.LSTMCell`.

    Args:
      num_units: the number of units.
      forget_bias: added to the forget gate.
      cell_clip: the largest absolute value of the cell's state.
      use_peephole: whether the gates see the cell's state.
      reuse: whether to take variables that exist.
      dtype: of the variables.
      name: of the layer.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: float | None = None,
        use_peephole: bool = False,
        reuse: bool | None = None,
        dtype: Any = None,
        name: str = "lstm_fused_cell",
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self._num_units, self._forget_bias = num_units, forget_bias
        self._cell_clip = -1 if cell_clip is None else cell_clip
        self._use_peephole = use_peephole

    @property
    def num_units(self) -> int:
        return self._num_units

    def build(self, input_shape: Any) -> None:
        _add_lstm_variables(self, tf.TensorShape(input_shape).with_rank(3).as_list()[2])
        self.built = True

    def _call_cell(
        self, inputs: Any, initial_cell_state: Any, initial_output: Any, dtype: Any, lengths: Any
    ) -> Any:
        longest = tf.shape(inputs)[0] if lengths is None else tf.reduce_max(lengths)
        zeros = tf.zeros([self._num_units], dtype=dtype)
        to_input, to_forget, to_output = self._diagonals if self._use_peephole else [zeros] * 3
        # Its gradient is registered there.
        importlib.import_module("tensorflow.python.ops.rnn_grad")
        result = tf.raw_ops.BlockLSTM(
            seq_len_max=tf.cast(longest, tf.int64),
            x=inputs,
            cs_prev=initial_cell_state,
            h_prev=initial_output,
            w=self._kernel,
            wci=to_input,
            wcf=to_forget,
            wco=to_output,
            b=self._bias,
            forget_bias=self._forget_bias,
            cell_clip=self._cell_clip,
            use_peephole=self._use_peephole,
        )
        return result.cs, result.h


def _add_lstm_variables(layer: Any, depth: int) -> None:
    units = layer._num_units
    layer._kernel = layer.add_weight("kernel", shape=[depth + units, 4 * units])
    layer._bias = layer.add_weight(
        "bias", shape=[4 * units], initializer=tf.constant_initializer(0.0)
    )
    if layer._use_peephole:
        layer._diagonals = [
            layer.add_weight(f"w_{gate}_diag", shape=[units]) for gate in ("i", "f", "o")
        ]
