"""Recurrent cells of fully connected gates."""

from __future__ import annotations

from typing import Any

from cnn_mnist.tf1.contrib.rnn.base import (
    LayerRNNCell,
    Linear,
    LSTMStateTuple,
    RNNCell,
    depth_of,
    layer_norm,
)
from cnn_mnist.tf_compat import tf


class LayerNormBasicLSTMCell(RNNCell):
    """An LSTM with layer normalization (arXiv:1607.06450) and recurrent dropout (arXiv:1603.05118).

    Args:
      num_units: the number of units.
      forget_bias: added to the forget gate.
      input_size: ignored, as in TensorFlow 1.
      activation: of the inner states.
      layer_norm: whether to normalize; there is no bias then.
      norm_gain: initial `gamma`.
      norm_shift: initial `beta`.
      dropout_keep_prob: the share of the new values that is kept, as a float or a tensor.
      dropout_prob_seed: for the dropout.
      reuse: whether to take variables that exist.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        input_size: Any = None,
        activation: Any = tf.tanh,
        layer_norm: bool = True,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
        dropout_keep_prob: Any = 1.0,
        dropout_prob_seed: int | None = None,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units, self._forget_bias, self._activation = num_units, forget_bias, activation
        self._normalizes, self._gain, self._shift = layer_norm, norm_gain, norm_shift
        self._keep_prob, self._seed = dropout_keep_prob, dropout_prob_seed

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        return self._num_units

    def call(self, inputs: Any, state: Any) -> Any:
        c, h = state
        values = tf.concat([inputs, h], 1)
        kernel = tf.get_variable(
            "kernel", [depth_of(values), 4 * self._num_units], dtype=values.dtype
        )
        gates = tf.matmul(values, kernel)
        if not self._normalizes:
            bias = tf.get_variable("bias", [4 * self._num_units], dtype=values.dtype)
            gates = tf.nn.bias_add(gates, bias)
        i, j, f, o = tf.split(gates, 4, axis=1)
        i, j = self._normalized(i, "input"), self._normalized(j, "transform")
        f, o = self._normalized(f, "forget"), self._normalized(o, "output")
        new = self._activation(j)
        if not isinstance(self._keep_prob, float) or self._keep_prob < 1:
            new = tf.nn.dropout(new, self._keep_prob, seed=self._seed)
        c = c * tf.sigmoid(f + self._forget_bias) + tf.sigmoid(i) * new
        c = self._normalized(c, "state")
        h = self._activation(c) * tf.sigmoid(o)
        return h, LSTMStateTuple(c, h)

    def _normalized(self, value: Any, scope: str) -> Any:
        if not self._normalizes:
            return value
        return layer_norm(value, scope, self._gain, self._shift)


class NASCell(LayerRNNCell):
    """The cell that a neural architecture search found (arXiv:1611.01578, figure 8).

    Args:
      num_units: the number of units.
      num_proj: the depth of the outputs, if they are projected.
      use_bias: whether there is a bias.
      reuse: whether to take variables that exist.
      **kwargs: `name`, `dtype` and others of a layer.
    """

    def __init__(
        self,
        num_units: int,
        num_proj: int | None = None,
        use_bias: bool = False,
        reuse: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, **kwargs)
        self._num_units, self._num_proj, self._use_bias = num_units, num_proj, use_bias

    @property
    def output_size(self) -> int:
        return self._num_units if self._num_proj is None else self._num_proj

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self.output_size)

    def build(self, inputs_shape: Any) -> None:
        depth = tf.TensorShape(inputs_shape).with_rank(2).as_list()[1]
        width = 8 * self._num_units
        self.recurrent_kernel = self.add_weight("recurrent_kernel", shape=[self.output_size, width])
        self.kernel = self.add_weight("kernel", shape=[depth, width])
        if self._use_bias:
            self.bias = self.add_weight("bias", shape=[width], initializer=tf.zeros_initializer())
        if self._num_proj is not None:
            self.projection_weights = self.add_weight(
                "projection_weights", shape=[self._num_units, self._num_proj]
            )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        c, m = state
        hidden = tf.matmul(m, self.recurrent_kernel)
        if self._use_bias:
            hidden = tf.nn.bias_add(hidden, self.bias)
        h, x = tf.split(hidden, 8, axis=1), tf.split(tf.matmul(inputs, self.kernel), 8, axis=1)
        first = tf.tanh(tf.sigmoid(x[0] + h[0]) * tf.nn.relu(x[1] + h[1]))
        second = tf.tanh(tf.sigmoid(x[2] + h[2]) + tf.nn.relu(x[3] * h[3]))
        third = tf.tanh(tf.tanh(x[4] + h[4]) * tf.sigmoid(x[5] + h[5]))
        fourth = tf.sigmoid(tf.tanh(x[6] + h[6]) + tf.sigmoid(x[7] + h[7]))
        new_c = tf.tanh(first + c) * second
        new_m = tf.tanh(new_c * tf.tanh(third + fourth))
        if self._num_proj is not None:
            new_m = tf.matmul(new_m, self.projection_weights)
        return new_m, LSTMStateTuple(new_c, new_m)


class UGRNNCell(RNNCell):
    """A cell with one gate, the update gate (arXiv:1611.09913).

    Args:
      num_units: the number of units.
      initializer: of the kernel.
      forget_bias: added to the gate.
      activation: of the new values.
      reuse: whether to take variables that exist.
    """

    def __init__(
        self,
        num_units: int,
        initializer: Any = None,
        forget_bias: float = 1.0,
        activation: Any = tf.tanh,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units, self._initializer = num_units, initializer
        self._forget_bias, self._activation = forget_bias, activation
        self._linear: Any = None

    @property
    def state_size(self) -> int:
        return self._num_units

    @property
    def output_size(self) -> int:
        return self._num_units

    def call(self, inputs: Any, state: Any) -> Any:
        with tf.variable_scope(tf.get_variable_scope(), initializer=self._initializer):
            values = tf.concat([inputs, state], 1)
            if self._linear is None:
                self._linear = Linear(values, 2 * self._num_units, True)
            gate, new = tf.split(self._linear(values), 2, axis=1)
        gate = tf.sigmoid(gate + self._forget_bias)
        state = gate * state + (1.0 - gate) * self._activation(new)
        return state, state


class IndRNNCell(LayerRNNCell):
    """A basic cell whose units do not see each other's state (arXiv:1803.04831).

    Args:
      num_units: the number of units.
      activation: tanh by default.
      reuse: whether to take variables that exist.
      name: of the layer.
      dtype: of the variables.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: bool | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self._num_units, self._activation = num_units, activation or tf.tanh

    @property
    def state_size(self) -> int:
        return self._num_units

    @property
    def output_size(self) -> int:
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        depth = tf.TensorShape(inputs_shape).with_rank(2).as_list()[1]
        self._kernel_w = self.add_weight("kernel_w", shape=[depth, self._num_units])
        self._kernel_u = self.add_weight(
            "kernel_u",
            shape=[1, self._num_units],
            initializer=tf.random_uniform_initializer(-1, 1, dtype=self.dtype),
        )
        self._bias = self.add_weight(
            "bias", shape=[self._num_units], initializer=tf.zeros_initializer(dtype=self.dtype)
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        values = tf.matmul(inputs, self._kernel_w) + state * self._kernel_u
        output = self._activation(tf.nn.bias_add(values, self._bias))
        return output, output


class SRUCell(LayerRNNCell):
    """The simple recurrent unit (arXiv:1709.02755).

    Args:
      num_units: the number of units.
      activation: tanh by default.
      reuse: whether to take variables that exist.
      name: of the layer.
      **kwargs: others of a layer.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: bool | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, **kwargs)
        self._num_units, self._activation = num_units, activation or tf.tanh

    @property
    def state_size(self) -> int:
        return self._num_units

    @property
    def output_size(self) -> int:
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        depth = tf.TensorShape(inputs_shape).with_rank(2).as_list()[1]
        self._kernel = self.add_weight("kernel", shape=[depth, 4 * self._num_units])
        self._bias = self.add_weight(
            "bias", shape=[2 * self._num_units], initializer=tf.zeros_initializer()
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        new, f, r, direct = tf.split(tf.matmul(inputs, self._kernel), 4, axis=1)
        gates = tf.sigmoid(tf.nn.bias_add(tf.concat([f, r], 1), self._bias))
        f, r = tf.split(gates, 2, axis=1)
        c = f * state + (1.0 - f) * new
        return r * self._activation(c) + (1.0 - r) * direct, c
