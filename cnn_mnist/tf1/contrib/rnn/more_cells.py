"""Recurrent cells that depend on time, share a gate, or convolve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnn_mnist.tf1.contrib.rnn.base import (
    Linear,
    LSTMStateTuple,
    RNNCell,
    depth_of,
    layer_norm,
)
from cnn_mnist.tf_compat import tf


class CoupledInputForgetGateLSTMCell(RNNCell):
    """An LSTM that forgets as much as it takes in: the input gate is 1 minus the forget gate.

    Args:
      num_units: the number of units.
      use_peepholes: whether the gates see the cell's state.
      initializer: ignored, as in TensorFlow 1.
      num_proj: the depth of the outputs, if they are projected.
      proj_clip: the largest absolute value of a projected output.
      num_unit_shards: into how many variables the kernel is split.
      num_proj_shards: into how many variables the projection is split.
      forget_bias: added to the forget gate.
      state_is_tuple: whether the state is a tuple `(c, m)`, or their concatenation.
      activation: of the inner states.
      reuse: whether to take variables that exist.
      layer_norm: whether to normalize.
      norm_gain: initial `gamma`.
      norm_shift: initial `beta`.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: int = 1,
        num_proj_shards: int = 1,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = tf.tanh,
        reuse: bool | None = None,
        layer_norm: bool = False,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units, self._peepholes = num_units, use_peepholes
        self._num_proj, self._proj_clip = num_proj, proj_clip
        self._shards = (num_unit_shards, num_proj_shards)
        self._forget_bias, self._tuple, self._activation = forget_bias, state_is_tuple, activation
        self._normalizes, self._gain, self._shift = layer_norm, norm_gain, norm_shift

    @property
    def output_size(self) -> int:
        return self._num_proj or self._num_units

    @property
    def state_size(self) -> Any:
        sizes = LSTMStateTuple(self._num_units, self.output_size)
        return sizes if self._tuple else sum(sizes)

    def call(self, inputs: Any, state: Any) -> Any:
        sizes = [self._num_units, self.output_size]
        c, m = state if self._tuple else tf.split(state, sizes, axis=1)
        dtype, units = inputs.dtype, self._num_units
        shape = [depth_of(inputs) + self.output_size, 3 * units]
        kernel = _sharded("W", shape, dtype, self._shards[0])
        bias = tf.get_variable(
            "B", shape=[3 * units], initializer=tf.zeros_initializer(), dtype=dtype
        )
        gates = tf.matmul(tf.concat([inputs, m], 1), kernel)
        if not self._normalizes:
            gates = tf.nn.bias_add(gates, bias)
        j, f, o = tf.split(gates, 3, axis=1)
        j, f = self._normalized(j, "transform"), self._normalized(f, "forget")
        o = self._normalized(o, "output")
        f = f + self._forget_bias
        if self._peepholes:
            forget_diagonal = tf.get_variable("W_F_diag", shape=[units], dtype=dtype)
            output_diagonal = tf.get_variable("W_O_diag", shape=[units], dtype=dtype)
            f = f + forget_diagonal * c
        f = tf.sigmoid(f)
        c = self._normalized(f * c + (1 - f) * self._activation(j), "state")
        if self._peepholes:
            o = o + output_diagonal * c
        m = tf.sigmoid(o) * self._activation(c)
        if self._num_proj is not None:
            m = tf.matmul(m, _sharded("W_P", [units, self._num_proj], dtype, self._shards[1]))
            if self._proj_clip is not None:
                m = tf.clip_by_value(m, -self._proj_clip, self._proj_clip)
        return m, LSTMStateTuple(c, m) if self._tuple else tf.concat([c, m], 1)

    def _normalized(self, value: Any, scope: str) -> Any:
        if not self._normalizes:
            return value
        return layer_norm(value, scope, self._gain, self._shift)


def _sharded(name: str, shape: list[int], dtype: Any, shards: int) -> Any:
    """Returns a matrix that is one variable, or several of about the same number of rows."""
    if shards == 1:
        return tf.get_variable(f"{name}_0", shape, dtype=dtype)
    size, rest = divmod(shape[0], shards)
    parts = [
        tf.get_variable(f"{name}_{k}", [size + (k < rest), *shape[1:]], dtype=dtype)
        for k in range(shards)
    ]
    return tf.concat(parts, 0, name=name)


class PhasedLSTMCell(RNNCell):
    """An LSTM whose gates open from time to time (arXiv:1610.09513).

    The inputs are a tuple: times `[batch, 1]`, float32 or float64, and features `[batch, depth]`.

    Args:
      num_units: the number of units.
      use_peepholes: whether the gates see the cell's state.
      leak: the share that passes a closed gate.
      ratio_on: the share of the period in which a gate is open.
      trainable_ratio_on: whether that is learned.
      period_init_min: the least initial period; they are uniform in their logarithms.
      period_init_max: the greatest initial period.
      reuse: whether to take variables that exist.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        leak: Any = 0.001,
        ratio_on: Any = 0.1,
        trainable_ratio_on: bool = True,
        period_init_min: float = 1.0,
        period_init_max: float = 1000.0,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse, autocast=False)
        self._num_units, self._peepholes, self._leak = num_units, use_peepholes, leak
        self._ratio_on, self._trainable_ratio_on = ratio_on, trainable_ratio_on
        self._periods = (period_init_min, period_init_max)
        self._linear: dict[str, Any] = {}

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        return self._num_units

    def call(self, inputs: Any, state: Any) -> Any:
        c, h = state
        time, x = inputs
        peephole = [c] if self._peepholes else []
        gates = tf.sigmoid(self._mapped("mask_gates", [x, h, *peephole], 2))
        i, f = tf.split(gates, 2, axis=1)
        new_c = c * f + i * tf.tanh(self._mapped("new_input", [x, h], 1))
        peephole = [new_c] if self._peepholes else []
        output_gate = tf.sigmoid(self._mapped("output_gate", [x, h, *peephole], 1))
        new_h = tf.tanh(new_c) * output_gate
        open_ = self._openness(time)
        new_c = open_ * new_c + (1 - open_) * c
        new_h = open_ * new_h + (1 - open_) * h
        return new_h, LSTMStateTuple(new_c, new_h)

    def _mapped(self, scope: str, values: list[Any], times: int) -> Any:
        with tf.variable_scope(scope):
            if scope not in self._linear:
                self._linear[scope] = Linear(values, times * self._num_units, True)
            return self._linear[scope](values)

    def _openness(self, time: Any) -> Any:
        def uniform_in_logarithms(shape: Any, dtype: Any = tf.float32, **_: Any) -> Any:
            least, most = (tf.log(value) for value in self._periods)
            return tf.exp(tf.random_uniform(shape, least, most, dtype))

        units = [self._num_units]
        period = tf.get_variable("period", units, initializer=uniform_in_logarithms)
        phase = tf.get_variable(
            "phase", units, initializer=tf.random_uniform_initializer(0.0, period.initial_value)
        )
        ratio_on = tf.get_variable(
            "ratio_on",
            units,
            initializer=tf.constant_initializer(self._ratio_on),
            trainable=self._trainable_ratio_on,
        )
        shifted, period = time - tf.cast(phase, time.dtype), tf.cast(period, time.dtype)
        # tf.mod alone has no gradient for the shifted time.
        within = tf.stop_gradient(tf.mod(shifted, period) - shifted) + shifted
        cycle = tf.cast(within / period, tf.float32)
        rising = 2 * cycle / ratio_on
        open_ = tf.where(cycle < ratio_on, 2 - rising, self._leak * cycle)
        return tf.where(cycle < 0.5 * ratio_on, rising, open_)


class ConvLSTMCell(RNNCell):
    """An LSTM whose gates are convolutions (arXiv:1506.04214).

    Args:
      conv_ndims: 1, 2 or 3 dimensions.
      input_shape: of one example, with the channels last.
      output_channels: of the outputs.
      kernel_shape: one number for each dimension.
      use_bias: whether there is a bias, `biases`.
      skip_connection: whether the inputs are appended to the outputs.
      forget_bias: added to the forget gate.
      initializers: ignored, as in TensorFlow 1.
      name: of the layer.

    Raises:
      ValueError: `input_shape` does not fit `conv_ndims`.
    """

    def __init__(
        self,
        conv_ndims: int,
        input_shape: Sequence[int],
        output_channels: int,
        kernel_shape: Sequence[int],
        use_bias: bool = True,
        skip_connection: bool = False,
        forget_bias: float = 1.0,
        initializers: Any = None,
        name: str = "conv_lstm_cell",
    ) -> None:
        super().__init__(name=name)
        if conv_ndims != len(input_shape) - 1:
            raise ValueError(f"input_shape={input_shape} does not fit conv_ndims={conv_ndims}")
        self._ndims, self._channels = conv_ndims, output_channels
        self._kernel_shape, self._use_bias = list(kernel_shape), use_bias
        self._skip, self._forget_bias = skip_connection, forget_bias
        *size, depth = input_shape
        inner = tf.TensorShape([*size, output_channels])
        self._state_size = LSTMStateTuple(inner, inner)
        self._output_size = tf.TensorShape([*size, output_channels + depth * skip_connection])

    @property
    def state_size(self) -> Any:
        return self._state_size

    @property
    def output_size(self) -> Any:
        return self._output_size

    def call(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        c, h = state
        i, j, f, o = tf.split(self._convolved(tf.concat([inputs, h], -1)), 4, axis=-1)
        c = tf.sigmoid(f + self._forget_bias) * c + tf.sigmoid(i) * tf.tanh(j)
        output = tf.tanh(c) * tf.sigmoid(o)
        if self._skip:
            output = tf.concat([output, inputs], axis=-1)
        return output, LSTMStateTuple(c, output)

    def _convolved(self, values: Any) -> Any:
        depth, width = values.get_shape().as_list()[-1], 4 * self._channels
        kernel = tf.get_variable("kernel", [*self._kernel_shape, depth, width], dtype=values.dtype)
        convolved = tf.nn.convolution(values, kernel, "SAME")
        if not self._use_bias:
            return convolved
        return convolved + tf.get_variable(
            "biases",
            [width],
            dtype=values.dtype,
            initializer=tf.constant_initializer(0.0, dtype=values.dtype),
        )


class Conv1DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` with one dimension."""

    def __init__(self, name: str = "conv_1d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=1, name=name, **kwargs)


class Conv2DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` with two dimensions."""

    def __init__(self, name: str = "conv_2d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=2, name=name, **kwargs)


class Conv3DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` with three dimensions."""

    def __init__(self, name: str = "conv_3d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=3, name=name, **kwargs)
