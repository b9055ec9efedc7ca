"""Convolutions in one to three dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnn_mnist.tf1 import op_counts
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
from cnn_mnist.tf1.contrib.layers.outputs_and_sizes import n_positive_integers
from cnn_mnist.tf_compat import tf

_FORMATS = (None, "NWC", "NCW", "NHWC", "NCHW", "NDHWC", "NCDHW")


@add_arg_scope
@op_counts.counted(lambda made, a: made + (a.rate in (1, [1, 1], (1, 1))))
def convolution(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
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
    conv_dims: int | None = None,
) -> Any:
    """Returns activation(convolution(inputs, weights) + biases).

    Args:
      inputs: `[batch, ..., channels]` of rank 3, 4 or 5.
      num_outputs: how many filters.
      kernel_size: the size of a filter, one int for all dimensions or one for each.
      stride: how far the filters move.
      padding: SAME or VALID.
      data_format: such as NHWC, or NCHW for channels first.
      rate: the distance of the pixels under a filter.
      activation_fn: ReLU unless another is given; None for none.
      normalizer_fn: such as `batch_norm`; there are no biases with it.
      normalizer_params: its further arguments.
      weights_initializer, weights_regularizer: of `weights`.
      biases_initializer, biases_regularizer: of `biases`; without an initializer there are none.
      reuse: whether the variables exist.
      variables_collections: further collections of the variables, or a dictionary of them.
      outputs_collections: collections for the outputs.
      trainable: whether the variables are trained.
      scope: the name; `Conv` without one.
      conv_dims: how many dimensions the filters must have, if only one number is right.

    Raises:
      ValueError: the data format, the rank or the number of dimensions is wrong, or the number of
        channels is unknown.
    """
    if data_format not in _FORMATS:
        raise ValueError(f"Invalid data_format: {data_format!r}")
    with tf.variable_scope(scope, "Conv", [inputs], reuse=reuse) as sc:
        inputs = tf.convert_to_tensor(inputs)
        rank = inputs.shape.ndims
        if conv_dims is not None and conv_dims + 2 != rank:
            raise ValueError(f"Convolution expects input with rank {conv_dims + 2}, got {rank}")
        if rank not in (3, 4, 5):
            raise ValueError(f"Convolution not supported for input with rank {rank}")
        dimensions = rank - 2
        weights = layer_variable(
            "weights",
            [
                *n_positive_integers(dimensions, kernel_size),
                known_dimension(inputs, 1 if _channels_first(data_format) else -1),
                num_outputs,
            ],
            inputs.dtype.base_dtype,
            weights_initializer,
            weights_regularizer,
            variables_collections,
            trainable,
        )
        outputs = tf.nn.convolution(
            inputs,
            weights,
            padding=padding.upper(),
            strides=n_positive_integers(dimensions, stride),
            dilation_rate=n_positive_integers(dimensions, rate),
            data_format=data_format,
        )
        if normalizer_fn is None and biases_initializer:
            outputs = with_biases(
                outputs,
                biases_initializer,
                biases_regularizer,
                variables_collections,
                trainable,
                data_format,
            )
        return finished(
            outputs, sc, outputs_collections, activation_fn, normalizer_fn, normalizer_params
        )


def _channels_first(data_format: str | None) -> bool:
    return bool(data_format and data_format.startswith("NC"))


def _of_dimensions(conv_dims: int, name: str, images: str) -> Function:
    """Returns `convolution` for inputs of one rank, as a function of its own in `arg_scope`."""

    def convolve(
        inputs: Any,
        num_outputs: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: str = "SAME",
        data_format: str | None = None,
        rate: Any = 1,
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
        return convolution(
            inputs,
            num_outputs,
            kernel_size,
            stride,
            padding,
            data_format,
            rate,
            activation_fn,
            normalizer_fn,
            normalizer_params,
            weights_initializer,
            weights_regularizer,
            biases_initializer,
            biases_regularizer,
            reuse,
            variables_collections,
            outputs_collections,
            trainable,
            scope,
            conv_dims=conv_dims,
        )

    convolve.__name__ = convolve.__qualname__ = name
    convolve.__doc__ = (
        f"Returns the convolution of `[batch, {images}, channels]`; see `convolution`."
    )
    return add_arg_scope(convolve)


convolution1d = conv1d = _of_dimensions(1, "convolution1d", "width")
convolution2d = conv2d = _of_dimensions(2, "convolution2d", "height, width")
convolution3d = conv3d = _of_dimensions(3, "convolution3d", "depth, height, width")


@add_arg_scope
def convolution2d_in_plane(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
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
    """Returns each channel convolved with one and the same filter; see `convolution`.

    Args:
      inputs: `[batch, height, width, channels]`.

    The other arguments are those of `convolution`.
    """
    with tf.variable_scope(scope, "ConvInPlane", [inputs], reuse=reuse) as sc:
        inputs = tf.convert_to_tensor(inputs)
        channels = known_dimension(inputs, -1, least_rank=4)
        weights = layer_variable(
            "weights",
            [*n_positive_integers(2, kernel_size), 1, 1],
            inputs.dtype.base_dtype,
            weights_initializer,
            weights_regularizer,
            variables_collections,
            trainable,
        )
        outputs = tf.nn.depthwise_conv2d(
            inputs,
            tf.tile(weights, [1, 1, channels, 1]),
            [1, *n_positive_integers(2, stride), 1],
            padding,
        )
        if normalizer_fn is None and biases_initializer is not None:
            outputs = with_biases(
                outputs, biases_initializer, biases_regularizer, variables_collections, trainable
            )
        return finished(
            outputs, sc, outputs_collections, activation_fn, normalizer_fn, normalizer_params
        )


conv2d_in_plane = convolution2d_in_plane
