"""Layers without weights, and biases alone."""

from __future__ import annotations

from typing import Any

from cnn_mnist.tf1 import op_counts
from cnn_mnist.tf1.contrib.framework.arg_scopes import add_arg_scope
from cnn_mnist.tf1.contrib.framework.variables import model_variable
from cnn_mnist.tf1.contrib.layers.base import (
    Collections,
    Function,
    checked_format,
    finished,
    known_dimension,
    with_biases,
)
from cnn_mnist.tf1.contrib.layers.initializers import ZEROS
from cnn_mnist.tf1.contrib.layers.outputs_and_sizes import get_variable_collections, smart_cond
from cnn_mnist.tf_compat import tf


@add_arg_scope
def bias_add(
    inputs: Any,
    activation_fn: Function | None = None,
    initializer: Any = ZEROS,
    regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Collections = None,
    outputs_collections: Collections = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Any:
    """Returns activation(inputs + biases), with one bias for each channel.

    Args:
      inputs: `[batch, ..., channels]`, or `[batch, channels, height, width]` with NCHW.
      activation_fn: none unless given.
      initializer, regularizer: of `biases`.
      reuse: whether the variable exists.
      variables_collections: further collections of the variable, or a dictionary of them.
      outputs_collections: collections for the outputs.
      trainable: whether the variable is trained.
      data_format: NHWC or NCHW.
      scope: the name; `BiasAdd` without one.

    Raises:
      ValueError: the data format does not fit, or the rank or number of channels is unknown.
    """
    checked_format(data_format)
    with tf.variable_scope(scope, "BiasAdd", [inputs], reuse=reuse) as sc:
        inputs = tf.convert_to_tensor(inputs)
        if data_format == "NCHW" and inputs.shape.ndims != 4:
            raise ValueError("Data format NCHW only supports 4D Tensor")
        known_dimension(inputs, 1 if data_format == "NCHW" else -1)
        outputs = with_biases(
            inputs, initializer, regularizer, variables_collections, trainable, data_format
        )
        return finished(outputs, sc, outputs_collections, activation_fn)


@add_arg_scope
def dropout(
    inputs: Any,
    keep_prob: Any = 0.5,
    noise_shape: Any = None,
    is_training: Any = True,
    outputs_collections: Collections = None,
    scope: Any = None,
    seed: int | None = None,
) -> Any:
    """Returns the inputs with some set to 0 in training, and the others divided by `keep_prob`.

    Args:
      inputs: any tensor.
      keep_prob: the probability that a value is kept.
      noise_shape: see `tf.nn.dropout`.
      is_training: a bool, or a tensor or placeholder of one.
      outputs_collections: collections for the outputs.
      scope: the name; `Dropout` without one.
      seed: of the random choice.
    """
    with tf.variable_scope(scope, "Dropout", [inputs]) as sc:
        inputs = tf.convert_to_tensor(inputs)
        outputs = smart_cond(
            is_training,
            lambda: tf.nn.dropout(inputs, rate=1 - keep_prob, noise_shape=noise_shape, seed=seed),
            lambda: tf.identity(inputs),
        )
        return finished(outputs, sc, outputs_collections)


@add_arg_scope
@op_counts.counted(lambda made, a: op_counts.of_flatten(made, a.inputs))
def flatten(inputs: Any, outputs_collections: Collections = None, scope: str | None = None) -> Any:
    """Returns the inputs as `[batch, values of one example]`.

    Args:
      inputs: `[batch, ...]`.
      outputs_collections: collections for the outputs.
      scope: the name; `Flatten` without one.
    """
    with tf.name_scope(scope, "Flatten", [inputs]) as sc:
        inputs = tf.convert_to_tensor(inputs)
        batch, *sizes = inputs.shape.with_rank_at_least(1).as_list()
        size: int | None = 1
        for one in sizes:
            size = None if size is None or one is None else size * one
        if size is None:
            outputs = tf.reshape(inputs, [tf.shape(inputs)[0], -1])
        else:
            outputs = tf.reshape(inputs, [-1, size])
        outputs.set_shape([batch, size])
        return finished(outputs, sc, outputs_collections)


@add_arg_scope
def one_hot_encoding(
    labels: Any,
    num_classes: int,
    on_value: float = 1.0,
    off_value: float = 0.0,
    outputs_collections: Collections = None,
    scope: str | None = None,
) -> Any:
    """Returns one-hot rows, `[batch]` to `[batch, num_classes]`.

    Args:
      labels: ints.
      num_classes: how many classes.
      on_value: at the label.
      off_value: elsewhere.
      outputs_collections: collections for the outputs.
      scope: the name; `OneHotEncoding` without one.
    """
    with tf.name_scope(scope, "OneHotEncoding", [labels, num_classes]) as sc:
        labels = tf.convert_to_tensor(labels)
        if labels.dtype == tf.int32:
            labels = tf.cast(labels, tf.int64)
        outputs = tf.one_hot(labels, num_classes, on_value=on_value, off_value=off_value)
        return finished(outputs, sc, outputs_collections)


@add_arg_scope
def softmax(logits: Any, scope: Any = None) -> Any:
    """Returns the softmax over the last dimension.

    Args:
      logits: of rank 2 or more.
      scope: the name; `softmax` without one.

    Raises:
      ValueError: the rank is lower, or the last dimension is unknown.
    """
    with tf.variable_scope(scope, "softmax", [logits]):
        size = known_dimension(logits, -1, least_rank=2)
        predictions = tf.nn.softmax(tf.reshape(logits, [-1, size]))
        predictions = tf.reshape(predictions, tf.shape(logits))
        predictions.set_shape(logits.shape)
        return predictions


@add_arg_scope
def spatial_softmax(
    features: Any,
    temperature: float | None = None,
    name: Any = None,
    variables_collections: Collections = None,
    trainable: bool = True,
    data_format: str = "NHWC",
) -> Any:
    """Returns the expected position of each channel's values, from -1 to 1.

    Source: Finn and others, Deep spatial autoencoders for visuomotor learning, 2015.

    Args:
      features: `[batch, height, width, channels]`.
      temperature: the first value of the variable `temperature`; 1 without it.
      name: of the scope; `spatial_softmax` without one.
      variables_collections: further collections of the variable, or a dictionary of them.
      trainable: whether the variable is trained.
      data_format: NHWC or NCHW.

    Returns:
      `[batch, 2 * channels]`, for each channel the position down, then across.

    Raises:
      ValueError: the data format is another one, or the number of channels is unknown.
    """
    checked_format(data_format)
    with tf.variable_scope(name, "spatial_softmax"):
        channels = known_dimension(features, 1 if data_format == "NCHW" else 3, least_rank=4)
        shape = tf.shape(features)
        if data_format == "NHWC":
            height, width = shape[1], shape[2]
            features = tf.transpose(features, [0, 3, 1, 2])
        else:
            height, width = shape[2], shape[3]
        down, across = tf.meshgrid(
            tf.lin_space(-1.0, 1.0, num=height), tf.lin_space(-1.0, 1.0, num=width), indexing="ij"
        )
        found = get_variable_collections(variables_collections, "temperature")
        divisor = model_variable(
            "temperature",
            shape=(),
            dtype=tf.float32,
            initializer=tf.constant_initializer(1.0 if temperature is None else temperature),
            collections=found if trainable else None,
            trainable=trainable,
        )
        attention = tf.nn.softmax(tf.reshape(features, [-1, height * width]) / divisor)
        expected = [
            tf.reduce_sum(tf.reshape(position, [-1]) * attention, [1], keepdims=True)
            for position in (down, across)
        ]
        return tf.reshape(tf.concat(expected, 1), [-1, 2 * channels])


@add_arg_scope
def maxout(inputs: Any, num_units: int, axis: int = -1, scope: Any = None) -> Any:
    """Returns the largest value of each group of channels.

    Source: Goodfellow and others, Maxout networks, 2013.

    Args:
      inputs: with a known number of channels.
      num_units: how many groups.
      axis: of the channels.
      scope: the name; `MaxOut` without one.

    Raises:
      ValueError: the groups do not divide the channels.
    """
    with tf.variable_scope(scope, "MaxOut", [inputs]):
        inputs = tf.convert_to_tensor(inputs)
        channels = known_dimension(inputs, axis)
        if channels % num_units:
            raise ValueError(f"{channels} channels cannot be divided into {num_units} units")
        dynamic = tf.shape(inputs)
        sizes = [dynamic[i] if n is None else n for i, n in enumerate(inputs.shape.as_list())]
        sizes[axis] = num_units
        return tf.reduce_max(tf.reshape(inputs, [*sizes, channels // num_units]), -1)


@add_arg_scope
def dense_to_sparse(
    tensor: Any,
    eos_token: Any = 0,
    outputs_collections: Collections = None,
    scope: Any = None,
) -> Any:
    """Returns a sparse tensor of the values that differ from `eos_token`.

    Args:
      tensor: ints or strings.
      eos_token: what is left out.
      outputs_collections: collections for the outputs.
      scope: the name; `dense_to_sparse` without one.
    """
    with tf.variable_scope(scope, "dense_to_sparse", [tensor]) as sc:
        tensor = tf.convert_to_tensor(tensor)
        indices = tf.where(tf.not_equal(tensor, tf.constant(eos_token, tensor.dtype)))
        shape = tf.shape(tensor, out_type=tf.int64)
        outputs = tf.SparseTensor(indices, tf.gather_nd(tensor, indices), shape)
        return finished(outputs, sc, outputs_collections)


@tf.custom_gradient
def scale_gradient(inputs: Any, gradient_multiplier: Any) -> Any:
    """Returns the inputs; their gradient is multiplied by a number."""
    return inputs, lambda dy: [dy * gradient_multiplier, None]
