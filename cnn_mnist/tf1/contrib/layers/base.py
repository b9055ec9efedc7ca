"""What all layers do: variables in collections, outputs in collections, sizes in pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cnn_mnist.tf1 import op_counts
from cnn_mnist.tf1.contrib.framework.variables import model_variable
from cnn_mnist.tf1.contrib.layers.outputs_and_sizes import (
    collect_named_outputs,
    constant_value,
    get_variable_collections,
)
from cnn_mnist.tf_compat import tf

Collections = str | Iterable[str] | Mapping[str, Any] | None
Function = Callable[..., Any]


def layer_variable(
    name: str,
    shape: Any,
    dtype: Any,
    initializer: Any,
    regularizer: Any = None,
    collections: Collections = None,
    trainable: bool = True,
    group: str | None = None,
) -> Any:
    """Returns a layer's variable, created or, in a scope that is reused, found.

    Args:
      name: in the scope of the layer, such as `weights`.
      shape, dtype, initializer, regularizer, trainable: see `tf.get_variable`.
      collections: further collections for it, or a dictionary with those for each name.
      group: its name in that dictionary, if another.
    """
    found = get_variable_collections(collections, group or name) or []
    return model_variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        collections=[found] if isinstance(found, str) else found,
        trainable=trainable,
    )


def finished(
    outputs: Any,
    scope: Any,
    outputs_collections: Collections,
    activation_fn: Function | None = None,
    normalizer_fn: Function | None = None,
    normalizer_params: Mapping[str, Any] | None = None,
) -> Any:
    """Returns a layer's outputs, normalized and activated, and adds them to collections.

    Args:
      outputs: before both.
      scope: the layer's variable scope, or the name of its name scope.
      outputs_collections: collections for the outputs.
      activation_fn, normalizer_fn: functions of the outputs, if any.
      normalizer_params: further arguments of `normalizer_fn`.
    """
    if normalizer_fn is not None:
        outputs = normalizer_fn(outputs, **(normalizer_params or {}))
    if activation_fn is not None:
        outputs = activation_fn(outputs)
    return collect_named_outputs(outputs_collections, getattr(scope, "name", scope), outputs)


def with_biases(
    outputs: Any,
    initializer: Any,
    regularizer: Any,
    collections: Collections,
    trainable: bool,
    data_format: str | None = None,
) -> Any:
    """Returns the outputs plus a variable `biases`, one for each channel."""
    channels_first = bool(data_format and data_format.startswith("NC"))
    channels = outputs.shape.as_list()[1 if channels_first else -1]
    biases = layer_variable(
        "biases",
        [channels],
        outputs.dtype.base_dtype,
        initializer,
        regularizer,
        collections,
        trainable,
    )
    return tf.nn.bias_add(outputs, biases, data_format=data_format)


def checked_format(data_format: str, allowed: tuple[str, ...] = ("NHWC", "NCHW")) -> str:
    """Returns a data format.

    Raises:
      ValueError: it is not one of those allowed.
    """
    if data_format not in allowed:
        raise ValueError(f"data_format has to be {' or '.join(allowed)}, not {data_format!r}")
    return data_format


def in_format(data_format: str | None, spatial: Iterable[int]) -> list[int]:
    """Returns a window or stride for all dimensions from that of the spatial ones."""
    if data_format and data_format.startswith("NC"):
        return [1, 1, *spatial]
    return [1, *spatial, 1]


def known_dimension(inputs: Any, axis: int, least_rank: int = 1) -> int:
    """Returns the size of a dimension.

    Raises:
      ValueError: the rank is unknown or too low, or the size is unknown.
    """
    shape = inputs.shape
    if shape.ndims is None or shape.ndims < least_rank:
        raise ValueError(f"the rank of the inputs must be known and at least {least_rank}: {shape}")
    size = shape.as_list()[axis]
    if size is None:
        raise ValueError(f"dimension {axis} of the inputs must be known: {shape}")
    return int(size)


def _of_batch_norm(made: int, arguments: Any) -> int:
    """Returns how many ops TensorFlow 1.15 made with a fused kernel."""
    rank = op_counts.shape_of(arguments.inputs).rank
    training = constant_value(arguments.is_training)
    if arguments.fused is False or arguments.renorm or arguments.batch_weights is not None:
        return made
    if arguments.updates_collections != tf.GraphKeys.UPDATE_OPS:
        return made - 2 * (rank == 4)
    if rank == 4:
        return made + (-9 if training is None else 1 if training else -1)
    return made - 2 * (rank == 2 and training is None)


counted_batch_norm = op_counts.counted(_of_batch_norm)
