"""Pooling layers. Their windows move by 2 unless another stride is given."""

from __future__ import annotations

from typing import Any

from cnn_mnist.tf1.contrib.framework.arg_scopes import add_arg_scope
from cnn_mnist.tf1.contrib.layers.base import (
    Collections,
    Function,
    checked_format,
    finished,
    in_format,
)
from cnn_mnist.tf1.contrib.layers.outputs_and_sizes import n_positive_integers
from cnn_mnist.tf_compat import tf

_VOLUMES = ("NDHWC", "NCDHW")


def _pooled(
    function: Function,
    name: str,
    inputs: Any,
    kernel_size: Any,
    stride: Any,
    padding: str,
    data_format: str,
    outputs_collections: Collections,
    scope: str | None,
) -> Any:
    dimensions = len(data_format) - 2
    with tf.name_scope(scope, name, [inputs]) as sc:
        outputs = function(
            tf.convert_to_tensor(inputs),
            in_format(data_format, n_positive_integers(dimensions, kernel_size)),
            in_format(data_format, n_positive_integers(dimensions, stride)),
            padding.upper(),
            data_format=data_format,
        )
        return finished(outputs, sc, outputs_collections)


@add_arg_scope
def max_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Collections = None,
    scope: str | None = None,
) -> Any:
    """Returns the largest value of each window, of `[batch, height, width, channels]`.

    Args:
      inputs: images.
      kernel_size: height and width of the window, or both in one.
      stride: how far it moves, down and across.
      padding: VALID or SAME.
      data_format: NHWC, or NCHW for channels first.
      outputs_collections: collections for the outputs.
      scope: the name; `MaxPool2D` without one.

    Raises:
      ValueError: the data format is another one.
    """
    checked_format(data_format)
    return _pooled(
        tf.nn.max_pool,
        "MaxPool2D",
        inputs,
        kernel_size,
        stride,
        padding,
        data_format,
        outputs_collections,
        scope,
    )


@add_arg_scope
def avg_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Collections = None,
    scope: str | None = None,
) -> Any:
    """Returns the mean of each window; see `max_pool2d`."""
    checked_format(data_format)
    return _pooled(
        tf.nn.avg_pool,
        "AvgPool2D",
        inputs,
        kernel_size,
        stride,
        padding,
        data_format,
        outputs_collections,
        scope,
    )


@add_arg_scope
def max_pool3d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NDHWC",
    outputs_collections: Collections = None,
    scope: str | None = None,
) -> Any:
    """Returns the largest value of each window, of `[batch, depth, height, width, channels]`.

    See `max_pool2d`; the data formats are NDHWC and NCDHW.
    """
    checked_format(data_format, _VOLUMES)
    return _pooled(
        tf.nn.max_pool3d,
        "MaxPool3D",
        inputs,
        kernel_size,
        stride,
        padding,
        data_format,
        outputs_collections,
        scope,
    )


@add_arg_scope
def avg_pool3d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NDHWC",
    outputs_collections: Collections = None,
    scope: str | None = None,
) -> Any:
    """Returns the mean of each window; see `max_pool3d`."""
    checked_format(data_format, _VOLUMES)
    return _pooled(
        tf.nn.avg_pool3d,
        "AvgPool3D",
        inputs,
        kernel_size,
        stride,
        padding,
        data_format,
        outputs_collections,
        scope,
    )


@add_arg_scope
def pool(
    inputs: Any,
    kernel_size: Any,
    pooling_type: str,
    padding: str = "VALID",
    data_format: str | None = None,
    dilation_rate: Any = 1,
    stride: Any = 1,
    outputs_collections: Collections = None,
    scope: str | None = None,
) -> Any:
    """Returns the pooled inputs in one to three dimensions; see `tf.nn.pool`.

    Args:
      inputs: `[batch, ..., channels]`.
      kernel_size: the window, one int for all dimensions or one for each.
      pooling_type: MAX or AVG.
      padding: VALID or SAME.
      data_format: see `tf.nn.pool`.
      dilation_rate: the distance of the values in a window.
      stride: how far it moves.
      outputs_collections: collections for the outputs.
      scope: the name; `max_pool` or `avg_pool` without one.

    Raises:
      ValueError: the rank of the inputs is unknown or below 3.
    """
    with tf.name_scope(scope, f"{pooling_type.lower()}_pool", [inputs]) as sc:
        inputs = tf.convert_to_tensor(inputs)
        if inputs.shape.ndims is None or inputs.shape.ndims < 3:
            raise ValueError(f"the rank of the inputs must be known and at least 3: {inputs.shape}")
        dimensions = inputs.shape.ndims - 2
        outputs = tf.nn.pool(
            input=inputs,
            window_shape=n_positive_integers(dimensions, kernel_size),
            pooling_type=pooling_type,
            padding=padding,
            data_format=data_format,
            dilation_rate=n_positive_integers(dimensions, dilation_rate),
            strides=n_positive_integers(dimensions, stride),
            name=sc,
        )
        return finished(outputs, sc, outputs_collections)
