"""What the cells of this package are made of."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from cnn_mnist.tf_compat import tf

_implementation = importlib.import_module("tensorflow.python.ops.rnn_cell_impl")

RNNCell = tf.nn.rnn_cell.RNNCell
# Not public today, but what the public cells are made of.
LayerRNNCell = tf.nn.rnn_cell.BasicRNNCell.__bases__[0]
LSTMStateTuple = tf.nn.rnn_cell.LSTMStateTuple
assert_like_rnncell = _implementation.assert_like_rnncell
nest = importlib.import_module("tensorflow.python.util.nest")


class Linear:
    """A linear map of the concatenation of its arguments, with the variables `kernel` and `bias`.

    Args:
      values: the tensors `[batch, depth]` of the first call, or one of them.
      output_size: the depth of the result.
      bias: whether there is a bias. Its initial value is 0.
      bias_initializer: another initial value.
      kernel_initializer: by default that of the variable scope.

    Raises:
      ValueError: a tensor does not have two dimensions, or its depth is unknown.
    """

    def __init__(
        self,
        values: Any,
        output_size: int,
        bias: bool,
        bias_initializer: Any = None,
        kernel_initializer: Any = None,
    ) -> None:
        values = listed(values)
        depths = [value.get_shape().with_rank(2).as_list()[1] for value in values]
        if None in depths:
            raise ValueError(f"linear: the depth of each tensor must be known, not {depths}")
        dtype = values[0].dtype
        self._kernel = tf.get_variable(
            "kernel", [sum(depths), output_size], dtype=dtype, initializer=kernel_initializer
        )
        self._bias = None
        if bias:
            initializer = bias_initializer or tf.constant_initializer(0.0, dtype=dtype)
            with tf.variable_scope(tf.get_variable_scope()) as scope:
                scope.set_partitioner(None)
                self._bias = tf.get_variable(
                    "bias", [output_size], dtype=dtype, initializer=initializer
                )

    def __call__(self, values: Any) -> Any:
        values = listed(values)
        result = tf.matmul(values[0] if len(values) == 1 else tf.concat(values, 1), self._kernel)
        return result if self._bias is None else tf.nn.bias_add(result, self._bias)


def linear(
    args: Any,
    output_size: int,
    bias: bool,
    bias_initializer: Any = None,
    kernel_initializer: Any = None,
) -> Any:
    """Returns a linear map of tensors; see `Linear`."""
    return Linear(args, output_size, bias, bias_initializer, kernel_initializer)(args)


def listed(values: Any) -> Sequence[Any]:
    """Returns tensors as a list also if there is only one."""
    return list(values) if isinstance(values, list | tuple) else [values]


def layer_norm(value: Any, scope: str, gain: float, shift: float) -> Any:
    """Returns `[batch, depth]` normalized for each example, with the variables `gamma` and `beta`.

    As `tf.contrib.layers.layer_norm` does it, whose epsilon is 1e-12 (1e-3 in float16).
    """
    depth, dtype = value.get_shape()[-1:], value.dtype
    with tf.variable_scope(scope):
        gamma = tf.get_variable(
            "gamma", shape=depth, initializer=tf.constant_initializer(gain), dtype=dtype
        )
        beta = tf.get_variable(
            "beta", shape=depth, initializer=tf.constant_initializer(shift), dtype=dtype
        )
    mean, variance = tf.nn.moments(value, [1], keep_dims=True)
    epsilon = 1e-3 if dtype == tf.float16 else 1e-12
    return tf.nn.batch_normalization(value, mean, variance, beta, gamma, epsilon)


def depth_of(value: Any) -> int:
    """Returns the depth of a tensor `[batch, depth]`.

    Raises:
      ValueError: it is unknown, or the tensor has another rank.
    """
    depth: int | None = value.get_shape().with_rank(2).as_list()[1]
    if depth is None:
        raise ValueError(f"the last dimension of {value} must be known")
    return depth
