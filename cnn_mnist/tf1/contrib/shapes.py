"""Shapes by name, as `tensorflow.python.framework.tensor_shape` had them."""

from __future__ import annotations

from typing import Any

from cnn_mnist.tf_compat import tf


def scalar() -> Any:
    """Returns the shape of a number, `[]`."""
    return tf.TensorShape([])


def vector(length: Any) -> Any:
    """Returns the shape `[length]`."""
    return tf.TensorShape([length])


def matrix(rows: Any, cols: Any) -> Any:
    """Returns the shape `[rows, cols]`."""
    return tf.TensorShape([rows, cols])
