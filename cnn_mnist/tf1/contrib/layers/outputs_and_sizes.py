"""`tensorflow.contrib.layers.python.layers.utils`: collections of outputs, conditions, sizes."""

from __future__ import annotations

import collections
import importlib
from collections.abc import Callable, Mapping
from typing import Any

from cnn_mnist.tf_compat import tf

NamedOutputs = collections.namedtuple("NamedOutputs", ["name", "outputs"])

_static = importlib.import_module("tensorflow.python.framework.tensor_util")


def collect_named_outputs(collections: Any, alias: str, outputs: Any) -> Any:
    """Returns the outputs after adding them to collections under a name.

    Args:
      collections: one, several or none; without any, the outputs get no name either.
      alias: the name.
      outputs: a tensor.
    """
    if collections:
        append_tensor_alias(outputs, alias)
        tf.add_to_collections(collections, outputs)
    return outputs


def append_tensor_alias(tensor: Any, alias: str) -> Any:
    """Returns the tensor after adding to its further names, which are in its `aliases`."""
    alias = alias.removesuffix("/")
    tensor.aliases = [*getattr(tensor, "aliases", ()), alias]
    return tensor


def gather_tensors_aliases(tensors: Any) -> list[str]:
    """Returns all names of some tensors; see `get_tensor_aliases`."""
    return [alias for tensor in tensors for alias in get_tensor_aliases(tensor)]


def get_tensor_aliases(tensor: Any) -> list[str]:
    """Returns a tensor's further names, or else its own, without `:0`."""
    if hasattr(tensor, "aliases"):
        return list(tensor.aliases)
    return [tensor.op.name if tensor.name.endswith(":0") else tensor.name]


def convert_collection_to_dict(collection: str, clear_collection: bool = False) -> Any:
    """Returns the tensors of a collection, by name and in order.

    Args:
      collection: its name.
      clear_collection: whether it is emptied.
    """
    tensors = tf.get_collection(collection)
    found = collections.OrderedDict(
        (alias, tensor) for tensor in tensors for alias in get_tensor_aliases(tensor)
    )
    if clear_collection:
        tf.get_default_graph().clear_collection(collection)
    return found


def constant_value(value_or_tensor_or_var: Any, dtype: Any = None) -> Any:
    """Returns a value that is known while the graph is built, or None.

    Args:
      value_or_tensor_or_var: a Python value is returned as it is.
      dtype: what a tensor or variable must have, if given.

    Raises:
      ValueError: there is no value, or it has another dtype.
    """
    value = value_or_tensor_or_var
    if value is None:
        raise ValueError("value_or_tensor_or_var cannot be None")
    if not tf.is_tensor(value) and not isinstance(value, tf.Variable):
        return value
    if dtype and value.dtype != dtype:
        raise ValueError(f"it has the wrong type {value.dtype} instead of {dtype}")
    return None if isinstance(value, tf.Variable) else _static.constant_value(value)


def static_cond(pred: Any, fn1: Callable[[], Any], fn2: Callable[[], Any]) -> Any:
    """Returns the value of one of two functions, by a Python value.

    Raises:
      TypeError: one of them is not a function.
    """
    for name, function in (("fn1", fn1), ("fn2", fn2)):
        if not callable(function):
            raise TypeError(f"{name} must be callable")
    return fn1() if pred else fn2()


def smart_cond(
    pred: Any, fn1: Callable[[], Any], fn2: Callable[[], Any], name: str | None = None
) -> Any:
    """Returns the value of one of two functions; chosen in the graph if `pred` is not constant."""
    value = constant_value(pred)
    if value is not None:
        return static_cond(value, fn1, fn2)
    return tf.cond(pred, true_fn=fn1, false_fn=fn2, name=name)


def get_variable_collections(variables_collections: Any, name: str) -> Any:
    """Returns the collections for a variable of a layer, which may be given for each name."""
    if isinstance(variables_collections, Mapping):
        return variables_collections.get(name)
    return variables_collections


def channel_dimension(shape: Any, data_format: str, min_rank: int = 1) -> int:
    """Returns the number of channels in a shape; see `last_dimension`."""
    return _dimension(shape, 1 if data_format == "channels_first" else -1, min_rank)


def last_dimension(shape: Any, min_rank: int = 1) -> int:
    """Returns the last dimension of a shape.

    Raises:
      ValueError: it is unknown, or the rank is unknown or less than `min_rank`.
    """
    return _dimension(shape, -1, min_rank)


def _dimension(shape: Any, axis: int, min_rank: int) -> int:
    if shape.ndims is None or shape.ndims < min_rank:
        raise ValueError(f"the rank of the shape must be known and at least {min_rank}: {shape}")
    size = shape.as_list()[axis]
    if size is None:
        raise ValueError(f"dimension {axis} of the shape must be known: {shape}")
    return int(size)


def two_element_tuple(int_or_tuple: Any) -> tuple[int, int]:
    """Returns a pair of ints from an int or a pair.

    Raises:
      ValueError: it is neither.
    """
    if isinstance(int_or_tuple, int):
        return int_or_tuple, int_or_tuple
    if isinstance(int_or_tuple, tf.TensorShape):
        int_or_tuple = int_or_tuple.as_list()
    if isinstance(int_or_tuple, (list, tuple)) and len(int_or_tuple) == 2:
        return int(int_or_tuple[0]), int(int_or_tuple[1])
    raise ValueError(f"must be an int, a list with 2 elements or a TensorShape: {int_or_tuple}")


def n_positive_integers(n: int, value: Any) -> tuple[int, ...]:
    """Returns `n` positive ints from one, or from `n`.

    Raises:
      ValueError: there are fewer or more, or one is not positive.
    """
    if int(n) != n or n < 1:
        raise ValueError(f"n must be a positive integer, not {n}")
    try:
        values = (int(value),) * int(n)
    except (TypeError, ValueError):
        values = tuple(int(part) for part in value)
    if len(values) != n or min(values) < 1:
        raise ValueError(f"needs {n} positive integers, not {value!r}")
    return values
