"""Fully connected layers, and several layers in a row."""

from __future__ import annotations

import functools
import numbers
from collections.abc import Mapping
from typing import Any

from cnn_mnist.tf1.contrib.framework.arg_scopes import add_arg_scope
from cnn_mnist.tf1.contrib.layers.base import (
    Collections,
    Function,
    finished,
    known_dimension,
    layer_variable,
    with_biases,
)
from cnn_mnist.tf1.contrib.layers.initializers import XAVIER, ZEROS
from cnn_mnist.tf_compat import tf


@add_arg_scope
def fully_connected(
    inputs: Any,
    num_outputs: int,
    activation_fn: Function | None = tf.nn.relu,
    normalizer_fn: Function | None = None,
    normalizer_params: Mapping[str, Any] | None = None,
    weights_initializer: Any = XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Collections = None,
    outputs_collections: Collections = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """Returns activation(inputs @ weights + biases), `[..., inputs]` to `[..., num_outputs]`.

    Args:
      inputs: of rank 2 or more.
      num_outputs: how many units.
      activation_fn: ReLU unless another is given; None for none.
      normalizer_fn: such as `batch_norm`; there are no biases with it.
      normalizer_params: its further arguments.
      weights_initializer, weights_regularizer: of `weights`.
      biases_initializer, biases_regularizer: of `biases`; without an initializer there are none.
      reuse: whether the variables exist.
      variables_collections: further collections of the variables, or a dictionary of them.
      outputs_collections: collections for the outputs.
      trainable: whether the variables are trained.
      scope: the name; `fully_connected` without one.

    Raises:
      ValueError: `num_outputs` is not an int, or the rank or the last dimension of the inputs is
        unknown.
    """
    if not isinstance(num_outputs, numbers.Integral):
        raise ValueError(f"num_outputs must be an int, not {num_outputs!r}")
    with tf.variable_scope(scope, "fully_connected", [inputs], reuse=reuse) as sc:
        inputs = tf.convert_to_tensor(inputs)
        weights = layer_variable(
            "weights",
            [known_dimension(inputs, -1, least_rank=2), num_outputs],
            inputs.dtype.base_dtype,
            weights_initializer,
            weights_regularizer,
            variables_collections,
            trainable,
        )
        outputs = _times(inputs, weights)
        if normalizer_fn is None and biases_initializer:
            outputs = with_biases(
                outputs, biases_initializer, biases_regularizer, variables_collections, trainable
            )
        return finished(
            outputs, sc, outputs_collections, activation_fn, normalizer_fn, normalizer_params
        )


def _times(inputs: Any, weights: Any) -> Any:
    """Returns the product over the last dimension of the inputs."""
    if inputs.shape.ndims == 2:
        return tf.matmul(inputs, weights)
    outputs = tf.tensordot(inputs, weights, [[inputs.shape.ndims - 1], [0]])
    outputs.set_shape([*inputs.shape.as_list()[:-1], weights.shape.as_list()[-1]])
    return outputs


relu = functools.partial(fully_connected, activation_fn=tf.nn.relu)
relu6 = functools.partial(fully_connected, activation_fn=tf.nn.relu6)
elu = functools.partial(fully_connected, activation_fn=tf.nn.elu)
linear = functools.partial(fully_connected, activation_fn=None)


def legacy_fully_connected(
    x: Any,
    num_output_units: int,
    activation_fn: Function | None = None,
    weight_init: Any = XAVIER,
    bias_init: Any = ZEROS,
    name: str | None = None,
    weight_collections: Any = (tf.GraphKeys.WEIGHTS,),
    bias_collections: Any = (tf.GraphKeys.BIASES,),
    output_collections: Any = (tf.GraphKeys.ACTIVATIONS,),
    trainable: bool = True,
    weight_regularizer: Any = None,
    bias_regularizer: Any = None,
) -> Any:
    """Returns activation(x @ weights + bias), with the arguments of TensorFlow 0.7.

    Args:
      x: of rank 2 or more.
      num_output_units: how many units.
      activation_fn: none unless given.
      weight_init, weight_regularizer, weight_collections: of the variable `weights`.
      bias_init, bias_regularizer, bias_collections: of the variable `bias`; none without
        `bias_init`.
      name: of the scope; `fully_connected` without one.
      output_collections: collections for the outputs, which are in ACTIVATIONS in any case.
      trainable: whether the variables are trained.

    Raises:
      ValueError: the rank or the last dimension of `x` is unknown.
    """
    with tf.variable_scope(name, "fully_connected", [x]):
        x = tf.convert_to_tensor(x)
        size = known_dimension(x, -1, least_rank=2)

        def variable(name: str, shape: list[int], init: Any, found: Any, regularizer: Any) -> Any:
            return tf.get_variable(
                name,
                shape=shape,
                dtype=x.dtype.base_dtype,
                initializer=init,
                collections=sorted({*(found or ()), tf.GraphKeys.GLOBAL_VARIABLES}),
                regularizer=regularizer,
                trainable=trainable,
            )

        shape = [size, num_output_units]
        y = _times(
            x, variable("weights", shape, weight_init, weight_collections, weight_regularizer)
        )
        if bias_init is not None:
            shape = [num_output_units]
            y = tf.nn.bias_add(
                y, variable("bias", shape, bias_init, bias_collections, bias_regularizer)
            )
        y = y if activation_fn is None else activation_fn(y)
        tf.add_to_collections([*(output_collections or ()), tf.GraphKeys.ACTIVATIONS], y)
        return y


legacy_relu = functools.partial(legacy_fully_connected, activation_fn=tf.nn.relu)
legacy_linear = functools.partial(legacy_fully_connected, activation_fn=None)


def repeat(inputs: Any, repetitions: int, layer: Function, *args: Any, **kwargs: Any) -> Any:
    """Returns the outputs of a layer applied several times, each time with its own variables.

    The scopes are `Repeat/<layer>_1` and so on, or `<scope>/<scope>_1` with a scope.

    Args:
      inputs: of the first.
      repetitions: how often.
      layer: a function with an argument `scope`.
      *args, **kwargs: its further arguments; `scope` is the one of all.
    """
    scope = kwargs.pop("scope", None)
    with tf.variable_scope(scope, "Repeat", [inputs]):
        name = scope or _name_of(layer, "repeat")
        outputs = tf.convert_to_tensor(inputs)
        for number in range(1, repetitions + 1):
            outputs = layer(outputs, *args, **{**kwargs, "scope": f"{name}_{number}"})
        return outputs


def stack(inputs: Any, layer: Function, stack_args: Any, **kwargs: Any) -> Any:
    """Returns the outputs of a layer applied once for each of a list of arguments.

    The scopes are `Stack/<layer>_1` and so on, or `<scope>/<scope>_1` with a scope.

    Args:
      inputs: of the first.
      layer: a function with an argument `scope`.
      stack_args: for each time one argument, or a list of arguments.
      **kwargs: arguments for all; `scope` is the one of all.

    Raises:
      ValueError: `stack_args` is not a list.
    """
    scope = kwargs.pop("scope", None)
    if not isinstance(stack_args, (list, tuple)):
        raise ValueError("stack_args need to be a list or tuple")
    with tf.variable_scope(scope, "Stack", [inputs]):
        name = scope or _name_of(layer, "stack")
        outputs = tf.convert_to_tensor(inputs)
        for number, given in enumerate(stack_args, 1):
            arguments = given if isinstance(given, (list, tuple)) else [given]
            outputs = layer(outputs, *arguments, **{**kwargs, "scope": f"{name}_{number}"})
        return outputs


def _name_of(layer: Function, default: str) -> str:
    function = getattr(layer, "func", layer)
    return str(getattr(layer, "__name__", getattr(function, "__name__", default)))
