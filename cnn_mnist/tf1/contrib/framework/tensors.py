"""Checks and shapes of tensors, and names of the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnn_mnist.tf_compat import tf


def assert_scalar_int(tensor: Any, name: str | None = None) -> Any:
    """Returns a tensor that is an integer scalar.

    Raises:
      ValueError: it is not.
    """
    with tf.name_scope(name, "assert_scalar_int", [tensor]) as scope:
        tensor = tf.convert_to_tensor(tensor)
        if not tensor.dtype.base_dtype.is_integer:
            raise ValueError(f"Expected integer type for {tensor.name}, received {tensor.dtype}.")
        return tf.debugging.assert_scalar(tensor, name=scope)


def with_shape(expected_shape: Any, tensor: Any) -> Any:
    """Returns the tensor with its shape set and checked.

    Args:
      expected_shape: a list or an integer tensor.
      tensor: any.

    Raises:
      ValueError: the known shape is another one.
    """
    tensor = tf.convert_to_tensor(tensor)
    if tf.is_tensor(expected_shape):
        return _with_checked_shape(expected_shape, tensor)
    tensor.get_shape().assert_is_compatible_with(expected_shape)
    if tensor.get_shape().is_fully_defined():
        return tensor
    sizes = tf.TensorShape(expected_shape).as_list()
    if None not in sizes:
        tensor = _with_checked_shape(tf.constant(sizes, tf.int32), tensor)
    tensor.set_shape(expected_shape)
    return tensor


def with_same_shape(expected_tensor: Any, tensor: Any) -> Any:
    """Returns the tensor with its shape checked to be that of another one.

    Raises:
      ValueError: the known shapes differ.
    """
    with tf.name_scope("with_same_shape", values=[expected_tensor, tensor]):
        shape = expected_tensor.get_shape()
        if shape.is_fully_defined():
            return with_shape(shape.as_list(), tensor)
        return with_shape(tf.shape(expected_tensor), tensor)


def _with_checked_shape(shape: Any, tensor: Any) -> Any:
    with tf.control_dependencies([tf.assert_equal(shape, tf.shape(tensor))]):
        return tf.identity(tensor)


def reduce_sum_n(tensors: Sequence[Any], name: str | None = None) -> Any:
    """Returns the sum of all values of all tensors.

    Raises:
      ValueError: there are no tensors.
    """
    if not tensors:
        raise ValueError("No tensors provided.")
    with tf.name_scope(name, "reduce_sum_n", tensors) as scope:
        sums = [tf.reduce_sum(tensor) for tensor in tensors]
        return sums[0] if len(sums) == 1 else tf.add_n(sums, name=scope)


def get_placeholders(graph: Any) -> list[Any]:
    """Returns the placeholders of a graph."""
    ops = [op for op in graph.get_operations() if op.type == "Placeholder"]
    return [op.values()[0] for op in ops]


def get_name_scope() -> str:
    """Returns the name of the open name scope; `""` outside of one."""
    return str(tf.get_default_graph().get_name_scope())


def get_graph_from_inputs(op_input_list: Sequence[Any], graph: Any = None) -> Any:
    """Returns the graph that all inputs are of, or the default one.

    Raises:
      ValueError: they are of several graphs, or not of the given one.
    """
    found = graph
    for one in op_input_list:
        its_graph = getattr(one, "graph", None)
        if found is not None and its_graph not in (None, found):
            raise ValueError(f"{one} must be from the same graph as the other inputs")
        found = its_graph if found is None else found
    return tf.get_default_graph() if found is None else found
