"""Transposed and separable convolutions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnn_mnist.tf1 import op_counts
from cnn_mnist.tf1.contrib.framework.arg_scopes import add_arg_scope
from cnn_mnist.tf1.contrib.layers.base import (
    Collections,
    Function,
    checked_format,
    finished,
    in_format,
    known_dimension,
    layer_variable,
    with_biases,
)
from cnn_mnist.tf1.contrib.layers.initializers import XAVIER, ZEROS
from cnn_mnist.tf1.contrib.layers.outputs_and_sizes import n_positive_integers
from cnn_mnist.tf_compat import tf


@add_arg_scope
@op_counts.counted(
    lambda made, a: made + op_counts.of_output_shape(a.inputs, a.data_format, a.padding) + 4
)
def convolution2d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
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
    """Returns activation(transposed convolution(inputs, weights) + biases).

    The outputs have `size * stride` pixels with SAME and `size * stride + max(kernel - stride, 0)`
    with VALID. See `convolution` for the arguments.

    Args:
      inputs: `[batch, height, width, channels]`.
      data_format: NHWC, or NCHW for channels first.
      scope: the name; `Conv2d_transpose` without one.

    Raises:
      ValueError: the data format is another one, or the number of channels is unknown.
    """
    with tf.variable_scope(scope, "Conv2d_transpose", [inputs], reuse=reuse) as sc:
        outputs = _transposed(
            tf.nn.conv2d_transpose,
            checked_format(data_format),
            inputs,
            num_outputs,
            kernel_size,
            stride,
            padding,
            (weights_initializer, weights_regularizer, variables_collections, trainable),
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


@add_arg_scope
def convolution3d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NDHWC",
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
    """Returns the transposed convolution of `[batch, depth, height, width, channels]`.

    See `convolution2d_transpose`; the data formats are NDHWC and NCDHW, the name without `scope`
    is `Conv3d_transpose`.
    """
    with tf.variable_scope(scope, "Conv3d_transpose", [inputs], reuse=reuse) as sc:
        outputs = _transposed(
            tf.nn.conv3d_transpose,
            checked_format(data_format, ("NDHWC", "NCDHW")),
            inputs,
            num_outputs,
            kernel_size,
            stride,
            padding,
            (weights_initializer, weights_regularizer, variables_collections, trainable),
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


def _transposed(
    function: Function,
    data_format: str,
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any,
    padding: str,
    of_weights: tuple[Any, ...],
) -> Any:
    dimensions = len(data_format) - 2
    channels_first = data_format.startswith("NC")
    inputs = tf.convert_to_tensor(inputs)
    channels = known_dimension(inputs, 1 if channels_first else -1, least_rank=dimensions + 2)
    kernel = n_positive_integers(dimensions, kernel_size)
    strides = n_positive_integers(dimensions, stride)
    padding = padding.upper()
    weights = layer_variable(
        "weights", [*kernel, num_outputs, channels], inputs.dtype.base_dtype, *of_weights
    )
    first = 2 if channels_first else 1
    static = inputs.shape.as_list()
    dynamic = tf.shape(inputs)
    sizes: list[Any] = []
    for axis, (window, step) in enumerate(zip(kernel, strides, strict=True), first):
        more = max(window - step, 0) if padding == "VALID" else 0
        size = dynamic[axis] if static[axis] is None else static[axis]
        sizes.append(size * step + more)
    batch = dynamic[0] if static[0] is None else static[0]
    shape = [batch, num_outputs, *sizes] if channels_first else [batch, *sizes, num_outputs]
    outputs = function(
        inputs,
        weights,
        tf.stack(shape),
        in_format(data_format, strides),
        padding=padding,
        data_format=data_format,
    )
    outputs.set_shape([size if isinstance(size, int) else None for size in shape])
    return outputs


@add_arg_scope
def separable_convolution2d(
    inputs: Any,
    num_outputs: int | None,
    kernel_size: Any,
    depth_multiplier: int = 1,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    rate: Any = 1,
    activation_fn: Function | None = tf.nn.relu,
    normalizer_fn: Function | None = None,
    normalizer_params: Mapping[str, Any] | None = None,
    weights_initializer: Any = XAVIER,
    pointwise_initializer: Any = None,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Collections = None,
    outputs_collections: Collections = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """Returns a convolution of each channel by itself, then one of 1 x 1 over all channels.

    The variables are `depthwise_weights`, `pointwise_weights` and `biases`; both weights are in the
    collections for `weights`. See `convolution` for the arguments that are not listed.

    Args:
      inputs: `[batch, height, width, channels]`.
      num_outputs: how many filters the second one has; None leaves it out.
      depth_multiplier: how many filters the first one has for each channel.
      pointwise_initializer: of `pointwise_weights`; `weights_initializer` without it.
      scope: the name; `SeparableConv2d` without one.

    Raises:
      ValueError: the data format is neither NHWC nor NCHW, or the number of channels is unknown.
    """
    checked_format(data_format)
    with tf.variable_scope(scope, "SeparableConv2d", [inputs], reuse=reuse) as sc:
        inputs = tf.convert_to_tensor(inputs)
        axis = 1 if data_format == "NCHW" else -1
        channels = known_dimension(inputs, axis, least_rank=4)

        def weights(name: str, shape: list[int], initializer: Any) -> Any:
            return layer_variable(
                name,
                shape,
                inputs.dtype.base_dtype,
                initializer,
                weights_regularizer,
                variables_collections,
                trainable,
                group="weights",
            )

        depthwise = weights(
            "depthwise_weights",
            [*n_positive_integers(2, kernel_size), channels, depth_multiplier],
            weights_initializer,
        )
        strides = in_format(data_format, n_positive_integers(2, stride))
        rates = n_positive_integers(2, rate)
        if num_outputs is None:
            outputs = tf.nn.depthwise_conv2d(
                inputs, depthwise, strides, padding.upper(), rate=rates, data_format=data_format
            )
        else:
            pointwise = weights(
                "pointwise_weights",
                [1, 1, channels * depth_multiplier, num_outputs],
                pointwise_initializer or weights_initializer,
            )
            outputs = tf.nn.separable_conv2d(
                inputs,
                depthwise,
                pointwise,
                strides,
                padding.upper(),
                rate=rates,
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


conv2d_transpose = convolution2d_transpose
conv3d_transpose = convolution3d_transpose
separable_conv2d = separable_convolution2d
