"""Summaries of tensors and collections for TensorBoard."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any

from cnn_mnist.tf_compat import tf

Summarizer = Callable[[Any], Any]


def summarize_activation(op: Any) -> Any:
    """Returns a histogram summary of activations, `<name>/activation`.

    Rectified ones get scalars too: the share of zeros, and with ReLU6 that of sixes.

    Args:
      op: a tensor.
    """
    name, kind, inputs = op.op.name, op.op.type, op.op.inputs
    if kind in ("Relu", "Softplus", "Relu6"):
        _share(f"{name}/zeros", tf.less(inputs[0], tf.cast(0.0, inputs[0].dtype)))
    if kind == "Relu6":
        _share(f"{name}/sixes", tf.greater(inputs[0], tf.cast(6.0, inputs[0].dtype)))
    return tf.summary.histogram(f"{name}/activation", op)


def _share(tag: str, condition: Any) -> None:
    tf.summary.scalar(tag, tf.reduce_mean(tf.cast(condition, tf.float32)))


def summarize_tensor(tensor: Any, tag: str | None = None) -> Any:
    """Returns a scalar summary of a scalar and a histogram of others; None for strings and bools.

    Args:
      tensor: a tensor.
      tag: the summary's name; `<name>_summary` without it.
    """
    if tensor.dtype.base_dtype in (tf.string, tf.bool):
        return None
    tag = tag or f"{tensor.op.name}_summary"
    summary = tf.summary.scalar if tensor.get_shape().ndims == 0 else tf.summary.histogram
    return summary(tag, tensor)


def summarize_tensors(tensors: Iterable[Any], summarizer: Summarizer = summarize_tensor) -> Any:
    """Returns the summaries of tensors."""
    return [summarizer(tensor) for tensor in tensors]


def summarize_collection(
    collection: str, name_filter: str | None = None, summarizer: Summarizer = summarize_tensor
) -> Any:
    """Returns the summaries of a collection's tensors.

    Args:
      collection: its name.
      name_filter: a regular expression for the beginning of a tensor's name.
      summarizer: returns the summary of one.
    """
    tensors = tf.get_collection(collection)
    return summarize_tensors(
        [one for one in tensors if name_filter is None or re.match(name_filter, one.op.name)],
        summarizer,
    )


summarize_variables = functools.partial(summarize_collection, tf.GraphKeys.GLOBAL_VARIABLES)
summarize_weights = functools.partial(summarize_collection, tf.GraphKeys.WEIGHTS)
summarize_biases = functools.partial(summarize_collection, tf.GraphKeys.BIASES)


def summarize_activations(
    name_filter: str | None = None, summarizer: Summarizer = summarize_activation
) -> Any:
    """Returns the summaries of the collection ACTIVATIONS; see `summarize_collection`."""
    return summarize_collection(tf.GraphKeys.ACTIVATIONS, name_filter, summarizer)
