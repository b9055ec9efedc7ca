"""Batch normalization.

Source of the formulas: Ioffe and Szegedy, Batch normalization, 2015.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from typing import Any

from cnn_mnist.tf1.contrib.framework.arg_scopes import add_arg_scope
from cnn_mnist.tf1.contrib.framework.variables import model_variable
from cnn_mnist.tf1.contrib.layers.base import (
    Collections,
    Function,
    checked_format,
    counted_batch_norm,
    finished,
    known_dimension,
    layer_variable,
)
from cnn_mnist.tf1.contrib.layers.outputs_and_sizes import (
    constant_value,
    get_variable_collections,
    smart_cond,
)
from cnn_mnist.tf_compat import tf

_averages = importlib.import_module("tensorflow.python.training.moving_averages")

_INITIAL = {
    "beta": tf.zeros_initializer(),
    "gamma": tf.ones_initializer(),
    "moving_mean": tf.zeros_initializer(),
    "moving_variance": tf.ones_initializer(),
}

# Of what `tf.layers` gives to a custom getter, what `model_variable` needs.
_OF_VARIABLES = ("shape", "dtype", "initializer", "regularizer", "trainable", "collections")


@dataclasses.dataclass(frozen=True)
class _Variables:
    beta: Any
    gamma: Any
    moving_mean: Any
    moving_variance: Any


@add_arg_scope
@counted_batch_norm
def batch_norm(
    inputs: Any,
    decay: float = 0.999,
    center: bool = True,
    scale: bool = False,
    epsilon: float = 0.001,
    activation_fn: Function | None = None,
    param_initializers: Mapping[str, Any] | None = None,
    param_regularizers: Mapping[str, Any] | None = None,
    updates_collections: Any = tf.GraphKeys.UPDATE_OPS,
    is_training: Any = True,
    reuse: bool | None = None,
    variables_collections: Collections = None,
    outputs_collections: Collections = None,
    trainable: bool = True,
    batch_weights: Any = None,
    fused: bool | None = None,
    data_format: str = "NHWC",
    zero_debias_moving_mean: bool = False,
    scope: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_decay: float = 0.99,
    adjustment: Function | None = None,
) -> Any:
    """Returns gamma * (inputs - mean) / sqrt(variance + epsilon) + beta, for each channel.

    In training the mean and variance are those of the batch, and the moving averages of both are
    updated. Otherwise they are those averages. With fused kernels (inputs of rank 2 or 4) the
    average is that of n / (n - 1) * variance, n being the number of values, as in TensorFlow 1.15.

    Args:
      inputs: `[batch, ..., channels]`, or `[batch, channels, ...]` with NCHW.
      decay: how much of a moving average each update keeps.
      center: adds `beta`.
      scale: multiplies by `gamma`.
      epsilon: see the formula.
      activation_fn: of the outputs, if any.
      param_initializers: for `beta`, `gamma`, `moving_mean` and `moving_variance`.
      param_regularizers: for `beta` and `gamma`.
      updates_collections: where the updates go, to be run with the step; None for at once.
      is_training: a bool, or a tensor or placeholder of one.
      reuse: whether the variables exist.
      variables_collections: further collections of the variables, or a dictionary of them.
      outputs_collections: collections for the outputs.
      trainable: whether `beta` and `gamma` are trained.
      batch_weights: `[batch]`, weights of the examples.
      fused: None or True for fused kernels where they can be used.
      data_format: NHWC, or NCHW for channels first.
      zero_debias_moving_mean: corrects the average of the mean for its start at 0.
      scope: the name; `BatchNorm` without one.
      renorm, renorm_clipping, renorm_decay, adjustment: see `tf.layers.batch_normalization`.

    Raises:
      ValueError: the data format is unknown, the number of channels is unknown, or an argument does
        not go with `renorm`.
    """
    checked_format(data_format)
    inputs = tf.convert_to_tensor(inputs)
    with tf.variable_scope(scope, "BatchNorm", [inputs], reuse=reuse) as sc:
        if renorm or adjustment is not None:
            _check_plain(batch_weights, updates_collections, zero_debias_moving_mean)
            outputs = _by_tf_layers(
                inputs,
                sc,
                is_training,
                variables_collections,
                param_initializers,
                param_regularizers,
                axis=1 if data_format == "NCHW" else -1,
                momentum=decay,
                epsilon=epsilon,
                center=center,
                scale=scale,
                trainable=trainable,
                renorm=renorm,
                renorm_clipping=renorm_clipping,
                renorm_momentum=renorm_decay,
                adjustment=adjustment,
                fused=False,
            )
            return finished(outputs, sc, outputs_collections, activation_fn)
        fuse = fused in (None, True) and batch_weights is None and inputs.shape.ndims in (2, 4)
        fuse = fuse and inputs.dtype.base_dtype != tf.float64
        axis = 1 if data_format == "NCHW" else -1
        variables = _created(
            [known_dimension(inputs, axis, least_rank=2)],
            tf.float32 if fuse else inputs.dtype.base_dtype,
            center,
            scale,
            param_initializers or {},
            param_regularizers or {},
            variables_collections,
            trainable,
        )
        normalized = _fused if fuse else _plain
        outputs, mean, variance = normalized(
            inputs, variables, epsilon, is_training, data_format, batch_weights
        )
        if constant_value(is_training) in (None, True):
            outputs = _with_updates(
                outputs,
                [
                    (variables.moving_mean, mean, zero_debias_moving_mean),
                    (variables.moving_variance, variance, False),
                ],
                decay,
                is_training,
                updates_collections,
            )
        outputs.set_shape(inputs.shape)
        return finished(outputs, sc, outputs_collections, activation_fn)


def _check_plain(batch_weights: Any, updates_collections: Any, zero_debias: bool) -> None:
    if batch_weights is not None or updates_collections != tf.GraphKeys.UPDATE_OPS or zero_debias:
        raise ValueError(
            "renorm and adjustment do not go with batch_weights, updates_collections or "
            "zero_debias_moving_mean"
        )


def _created(
    shape: list[int],
    dtype: Any,
    center: bool,
    scale: bool,
    initializers: Mapping[str, Any],
    regularizers: Mapping[str, Any],
    collections: Collections,
    trainable: bool,
) -> _Variables:
    def variable(name: str, trained: bool) -> Any:
        initializer = initializers.get(name, _INITIAL[name])
        regularizer = regularizers.get(name)
        return layer_variable(name, shape, dtype, initializer, regularizer, collections, trained)

    beta = variable("beta", trainable) if center else None
    gamma = variable("gamma", trainable) if scale else None
    with tf.variable_scope(tf.get_variable_scope()) as unpartitioned:
        # An average cannot be updated in parts.
        unpartitioned.set_partitioner(None)
        mean = variable("moving_mean", False)
        return _Variables(beta, gamma, mean, variable("moving_variance", False))


def _fused(
    inputs: Any,
    variables: _Variables,
    epsilon: float,
    is_training: Any,
    data_format: str,
    batch_weights: None,
) -> tuple[Any, Any, Any]:
    """Returns the outputs of the fused kernel, the mean and n / (n - 1) * the variance."""
    del batch_weights
    channels = variables.moving_mean.shape.as_list()
    images = inputs
    if inputs.shape.ndims == 2:
        flat = [-1, *channels, 1, 1] if data_format == "NCHW" else [-1, 1, 1, *channels]
        images = tf.reshape(inputs, flat)
    gamma = tf.ones(channels) if variables.gamma is None else variables.gamma
    beta = tf.zeros(channels) if variables.beta is None else variables.beta

    def in_training() -> Any:
        return tf.nn.fused_batch_norm(images, gamma, beta, epsilon=epsilon, data_format=data_format)

    def afterwards() -> Any:
        return tf.nn.fused_batch_norm(
            images,
            gamma,
            beta,
            mean=variables.moving_mean,
            variance=variables.moving_variance,
            epsilon=epsilon,
            data_format=data_format,
            is_training=False,
        )

    outputs, mean, variance = smart_cond(is_training, in_training, afterwards)
    return tf.reshape(outputs, tf.shape(inputs)), mean, variance


def _plain(
    inputs: Any,
    variables: _Variables,
    epsilon: float,
    is_training: Any,
    data_format: str,
    batch_weights: Any,
) -> tuple[Any, Any, Any]:
    """Returns the outputs, and the mean and variance of the batch."""
    rank = inputs.shape.ndims
    channel_axis = 1 if data_format == "NCHW" else rank - 1
    axes = [axis for axis in range(rank) if axis != channel_axis]
    broadcast = [-1 if axis == channel_axis else 1 for axis in range(rank)]
    if batch_weights is None:
        mean, variance = tf.nn.moments(inputs, axes)
    else:
        weights = tf.reshape(tf.convert_to_tensor(batch_weights), [-1] + [1] * (rank - 1))
        mean, variance = tf.nn.weighted_moments(inputs, axes, weights)
    chosen = smart_cond(
        is_training,
        lambda: (mean, variance),
        lambda: (tf.identity(variables.moving_mean), tf.identity(variables.moving_variance)),
    )
    mean_used, variance_used, beta, gamma = (
        None if value is None else tf.reshape(value, broadcast)
        for value in (*chosen, variables.beta, variables.gamma)
    )
    outputs = tf.nn.batch_normalization(inputs, mean_used, variance_used, beta, gamma, epsilon)
    return outputs, mean, variance


def _with_updates(
    outputs: Any,
    averages: list[tuple[Any, Any, bool]],
    decay: float,
    is_training: Any,
    updates_collections: Any,
) -> Any:
    """Returns the outputs; the updates of the averages go along with them or into collections."""

    def updates() -> list[Any]:
        return [
            _averages.assign_moving_average(average, value, decay, zero_debias=debias)
            for average, value, debias in averages
        ]

    if updates_collections is None:

        def outputs_after_updates() -> Any:
            with tf.control_dependencies(updates()):
                return tf.identity(outputs)

        return smart_cond(is_training, outputs_after_updates, lambda: outputs)

    def unchanged() -> list[Any]:
        return [tf.identity(average) for average, _, _ in averages]

    for update in smart_cond(is_training, updates, unchanged):
        tf.add_to_collections(updates_collections, update)
    return outputs


def _by_tf_layers(
    inputs: Any,
    scope: Any,
    is_training: Any,
    collections: Collections,
    initializers: Mapping[str, Any] | None,
    regularizers: Mapping[str, Any] | None,
    **options: Any,
) -> Any:
    def as_model_variable(getter: Any, name: str, *args: Any, **keywords: Any) -> Any:
        keywords = {key: value for key, value in keywords.items() if key in _OF_VARIABLES}
        found = get_variable_collections(collections, name.rpartition("/")[2]) or []
        keywords["collections"] = [*found, *(keywords.get("collections") or [])]
        return model_variable(name, *args, custom_getter=getter, **keywords)

    with tf.variable_scope(
        scope, custom_getter=as_model_variable, auxiliary_name_scope=False
    ) as inner:
        named = {f"{name}_initializer": value for name, value in (initializers or {}).items()}
        named |= {f"{name}_regularizer": value for name, value in (regularizers or {}).items()}
        layer = tf.layers.BatchNormalization(name=scope.name, _scope=inner, **options, **named)
        return layer.apply(inputs, training=is_training)
