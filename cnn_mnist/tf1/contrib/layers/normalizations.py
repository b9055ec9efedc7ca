"""Normalization over an example's own values: layer, instance, group, unit, Poincare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnn_mnist.tf1.contrib.framework.arg_scopes import add_arg_scope
from cnn_mnist.tf1.contrib.layers.base import (
    Collections,
    Function,
    checked_format,
    finished,
    known_dimension,
    layer_variable,
)
from cnn_mnist.tf_compat import tf


@add_arg_scope
def layer_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    activation_fn: Function | None = None,
    reuse: bool | None = None,
    variables_collections: Collections = None,
    outputs_collections: Collections = None,
    trainable: bool = True,
    begin_norm_axis: int = 1,
    begin_params_axis: int = -1,
    scope: Any = None,
) -> Any:
    """Returns gamma * (inputs - mean) / sqrt(variance + 1e-12) + beta, for each example.

    Source: Ba and others, Layer normalization, 2016.

    Args:
      inputs: of known rank.
      center: adds `beta`.
      scale: multiplies by `gamma`.
      activation_fn: of the outputs, if any.
      reuse: whether the variables exist.
      variables_collections: further collections of the variables, or a dictionary of them.
      outputs_collections: collections for the outputs.
      trainable: whether the variables are trained.
      begin_norm_axis: the first axis that the mean and variance are over.
      begin_params_axis: the first axis of `beta` and `gamma`.
      scope: the name; `LayerNorm` without one.

    Raises:
      ValueError: the rank is unknown or too low, or a size of `beta` is unknown.
    """
    with tf.variable_scope(scope, "LayerNorm", [inputs], reuse=reuse) as sc:
        inputs = tf.convert_to_tensor(inputs)
        rank = inputs.shape.ndims
        if rank is None:
            raise ValueError(f"Inputs {inputs.name} has undefined rank.")
        if begin_norm_axis < 0:
            begin_norm_axis += rank
        if begin_params_axis >= rank or begin_norm_axis >= rank:
            raise ValueError(
                f"begin_params_axis ({begin_params_axis}) and begin_norm_axis ({begin_norm_axis}) "
                f"must be < rank(inputs) ({rank})"
            )
        shape = inputs.shape[begin_params_axis:]
        if not shape.is_fully_defined():
            raise ValueError(f"the shape of beta and gamma must be known: {shape}")
        dtype = inputs.dtype.base_dtype
        beta, gamma = _beta_and_gamma(
            shape, dtype, center, scale, {}, variables_collections, trainable
        )
        axes = list(range(begin_norm_axis, rank))
        mean, variance = tf.nn.moments(inputs, axes, keep_dims=True)
        # 1e-12 is 0 as float16.
        epsilon = 1e-3 if dtype == tf.float16 else 1e-12
        outputs = tf.nn.batch_normalization(inputs, mean, variance, beta, gamma, epsilon)
        outputs.set_shape(inputs.shape)
        return finished(outputs, sc, outputs_collections, activation_fn)


def _beta_and_gamma(
    shape: Any,
    dtype: Any,
    center: bool,
    scale: bool,
    initializers: Mapping[str, Any],
    collections: Collections,
    trainable: bool,
) -> tuple[Any, Any]:
    """Returns the two variables, or None for the one that is not wanted."""

    def variable(name: str, initializer: Any) -> Any:
        initializer = initializers.get(name, initializer)
        return layer_variable(name, shape, dtype, initializer, None, collections, trainable)

    beta = variable("beta", tf.zeros_initializer()) if center else None
    gamma = variable("gamma", tf.ones_initializer()) if scale else None
    return beta, gamma


@add_arg_scope
def instance_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-06,
    activation_fn: Function | None = None,
    param_initializers: Mapping[str, Any] | None = None,
    reuse: bool | None = None,
    variables_collections: Collections = None,
    outputs_collections: Collections = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Any:
    """Returns the inputs normalized for each example and channel over the other dimensions.

    Source: Ulyanov and others, Instance normalization, 2016.

    Args:
      inputs: `[batch, ..., channels]`, or `[batch, channels, ...]` with NCHW.
      epsilon: added to the variance.
      param_initializers: for `beta` and `gamma`.
      data_format: NHWC or NCHW.
      scope: the name; `InstanceNorm` without one.

    The other arguments are those of `layer_norm`.

    Raises:
      ValueError: the data format is another one, or the rank or number of channels is unknown.
    """
    checked_format(data_format)
    inputs = tf.convert_to_tensor(inputs)
    axis = 1 if data_format == "NCHW" else -1
    channels = known_dimension(inputs, axis, least_rank=2)
    rank = inputs.shape.ndims
    with tf.variable_scope(scope, "InstanceNorm", [inputs], reuse=reuse) as sc:
        beta, gamma = _beta_and_gamma(
            [channels],
            inputs.dtype.base_dtype,
            center,
            scale,
            param_initializers or {},
            variables_collections,
            trainable,
        )
        if data_format == "NCHW":
            broadcast = [1, channels] + [1] * (rank - 2)
            beta = None if beta is None else tf.reshape(beta, broadcast)
            gamma = None if gamma is None else tf.reshape(gamma, broadcast)
        axes = [other for other in range(1, rank) if other != axis % rank]
        mean, variance = tf.nn.moments(inputs, axes, keep_dims=True)
        outputs = tf.nn.batch_normalization(inputs, mean, variance, beta, gamma, epsilon)
        return finished(outputs, sc, outputs_collections, activation_fn)


@add_arg_scope
def group_norm(
    inputs: Any,
    groups: int = 32,
    channels_axis: int = -1,
    reduction_axes: Sequence[int] = (-3, -2),
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-06,
    activation_fn: Function | None = None,
    param_initializers: Mapping[str, Any] | None = None,
    reuse: bool | None = None,
    variables_collections: Collections = None,
    outputs_collections: Collections = None,
    trainable: bool = True,
    scope: Any = None,
    mean_close_to_zero: bool = False,
) -> Any:
    """Returns the inputs normalized for each example and group of channels.

    Source: Wu and He, Group normalization, 2018.

    Args:
      inputs: with a known number of channels.
      groups: how many; it divides the number of channels.
      channels_axis: the axis of the channels.
      reduction_axes: the axes that the mean and variance are over, besides the group's channels.
      epsilon: added to the variance.
      param_initializers: for `beta` and `gamma`.
      scope: the name; `GroupNorm` without one.
      mean_close_to_zero: computes the variance as the mean of squares minus the squared mean.

    The other arguments are those of `layer_norm`.

    Raises:
      ValueError: the rank or a size is unknown, an axis is out of bounds, or the groups do not
        divide the channels.
    """
    inputs = tf.convert_to_tensor(inputs)
    rank = inputs.shape.ndims
    if rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    if channels_axis > rank - 1 or any(axis > rank - 1 for axis in reduction_axes):
        raise ValueError("Axis is out of bounds.")
    channels_axis %= rank
    axes = [axis % rank for axis in reduction_axes]
    channels = known_dimension(inputs, channels_axis)
    for axis in axes:
        known_dimension(inputs, axis)
    if channels_axis in axes:
        raise ValueError("reduction_axis must be mutually exclusive with channels_axis")
    if groups > channels or channels % groups:
        raise ValueError(f"{channels} channels cannot be divided into {groups} groups.")
    dynamic = tf.shape(inputs)
    sizes = [dynamic[i] if n is None else n for i, n in enumerate(inputs.shape.as_list())]
    before, after = sizes[:channels_axis], sizes[channels_axis + 1 :]
    split = [groups, channels // groups]
    grouped = tf.reshape(inputs, [*before, *split, *after])
    broadcast = [1] * len(before) + split + [1] * len(after)
    moment_axes = [
        channels_axis + 1,
        *(axis + 1 if axis > channels_axis else axis for axis in axes),
    ]
    with tf.variable_scope(scope, "GroupNorm", [inputs], reuse=reuse) as sc:
        beta, gamma = _beta_and_gamma(
            [channels],
            inputs.dtype.base_dtype,
            center,
            scale,
            param_initializers or {},
            variables_collections,
            trainable,
        )
        if mean_close_to_zero:
            counts, sums, squares, _ = tf.nn.sufficient_statistics(
                grouped, moment_axes, keep_dims=True
            )
            mean, variance = tf.nn.normalize_moments(counts, sums, squares, shift=None)
        else:
            mean, variance = tf.nn.moments(grouped, moment_axes, keep_dims=True)
        gain = tf.rsqrt(variance + epsilon)
        offset = -mean * gain
        if gamma is not None:
            gamma = tf.reshape(gamma, broadcast)
            gain *= gamma
            offset *= gamma
        if beta is not None:
            offset += tf.reshape(beta, broadcast)
        outputs = tf.reshape(grouped * gain + offset, sizes)
        return finished(outputs, sc, outputs_collections, activation_fn)


@add_arg_scope
def unit_norm(inputs: Any, dim: int, epsilon: float = 1e-7, scope: Any = None) -> Any:
    """Returns inputs / sqrt(epsilon + sum of inputs ** 2 along a dimension).

    Args:
      inputs: of known rank.
      dim: the dimension, from 0.
      epsilon: see the formula.
      scope: the name; `UnitNorm` without one.

    Raises:
      ValueError: there is no such dimension, or the rank is unknown.
    """
    with tf.variable_scope(scope, "UnitNorm", [inputs]):
        rank = inputs.shape.ndims
        if not rank:
            raise ValueError("The input rank must be known.")
        if dim < 0 or dim >= rank:
            raise ValueError("dim must be positive but smaller than the input rank.")
        return inputs / tf.sqrt(epsilon + tf.reduce_sum(tf.square(inputs), dim, keepdims=True))


def poincare_normalize(
    x: Any, axis: Any = 1, epsilon: float = 1e-5, name: str | None = None
) -> Any:
    """Returns x scaled to a norm of at most 1 - epsilon along an axis.

    Source: Nickel and Kiela, Poincare embeddings, 2017.

    Args:
      x: a tensor.
      axis: one axis or several.
      epsilon: the distance from the unit ball's surface.
      name: of the op.
    """
    with tf.name_scope(name, "poincare_normalize", [x]) as scope:
        x = tf.convert_to_tensor(x)
        inverse = tf.rsqrt(tf.reduce_sum(tf.square(x), axis, keepdims=True))
        return tf.multiply(x, tf.minimum((1.0 - epsilon) * inverse, 1.0), name=scope)
