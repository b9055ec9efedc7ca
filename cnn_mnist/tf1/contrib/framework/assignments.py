"""Values for variables from a checkpoint or from arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnn_mnist.tf1.contrib.framework.variables import get_unique_variable, get_variable_full_name
from cnn_mnist.tf_compat import tf


def assign_from_values(var_names_to_values: Mapping[str, Any]) -> tuple[Any, dict[Any, Any]]:
    """Returns an op that assigns arrays to variables, and the dictionary to feed.

    Args:
      var_names_to_values: an array for each name of a global variable.

    Raises:
      ValueError: one of the names is not that of a global variable.
    """
    pairs = [(get_unique_variable(name), value) for name, value in var_names_to_values.items()]
    return _assigned([(var, value.reshape(var.shape.as_list())) for var, value in pairs])


def assign_from_values_fn(var_names_to_values: Mapping[str, Any]) -> Callable[[Any], Any]:
    """Returns a function that assigns the arrays in a session; see `assign_from_values`."""
    assign_op, feed_dict = assign_from_values(var_names_to_values)
    return lambda session: session.run(assign_op, feed_dict)


def assign_from_checkpoint(
    model_path: str,
    var_list: Sequence[Any] | Mapping[str, Any],
    ignore_missing_vars: bool = False,
) -> tuple[Any, dict[Any, Any]]:
    """Returns an op that assigns the values of a checkpoint, and the dictionary to feed.

    Args:
      model_path: the checkpoint, such as `model.ckpt-1000`.
      var_list: variables, or a variable (or a list of its parts) for each name in the checkpoint.
      ignore_missing_vars: leaves out variables that the checkpoint lacks.

    Raises:
      ValueError: the checkpoint lacks a variable, or has another shape of it.
    """
    by_name: dict[str, list[Any]] = {}
    if isinstance(var_list, Mapping):
        for name, found in var_list.items():
            by_name[name] = list(found) if isinstance(found, (list, tuple)) else [found]
    else:
        for var in var_list:
            by_name.setdefault(get_variable_full_name(var), []).append(var)
    reader = tf.train.NewCheckpointReader(model_path)
    pairs = []
    for name, found in by_name.items():
        if reader.has_tensor(name):
            value = reader.get_tensor(name)
            pairs += [(var, _part_for(var, name, value)) for var in found]
        elif ignore_missing_vars:
            tf.logging.warning("Checkpoint is missing variable [%s]", name)
        else:
            raise ValueError(f"Checkpoint is missing variable [{name}]")
    return _assigned(pairs)


def assign_from_checkpoint_fn(
    model_path: str,
    var_list: Sequence[Any] | Mapping[str, Any],
    ignore_missing_vars: bool = False,
    reshape_variables: bool = False,
) -> Callable[[Any], None] | None:
    """Returns a function that restores variables of a session from a checkpoint.

    Args:
      model_path: the checkpoint.
      var_list: variables, or a variable for each name in the checkpoint.
      ignore_missing_vars: leaves out variables that the checkpoint lacks.
      reshape_variables: restores also into another shape of the same size.

    Returns:
      The function; None if the checkpoint has none of the variables.

    Raises:
      ValueError: `var_list` is empty.
    """
    if not var_list:
        raise ValueError("var_list cannot be empty")
    if ignore_missing_vars:
        reader = tf.train.NewCheckpointReader(model_path)
        if not isinstance(var_list, Mapping):
            var_list = {var.op.name: var for var in var_list}
        for name in var_list:
            if not reader.has_tensor(name):
                tf.logging.warning("Variable %s missing in checkpoint %s", name, model_path)
        var_list = {name: var for name, var in var_list.items() if reader.has_tensor(name)}
        if not var_list:
            tf.logging.warning("No Variables to restore")
            return None
    saver = tf.train.Saver(var_list, reshape=reshape_variables)

    def restore(session: Any) -> None:
        saver.restore(session, model_path)

    return restore


def _assigned(pairs: Sequence[tuple[Any, Any]]) -> tuple[Any, dict[Any, Any]]:
    """Returns an op that assigns fed values to variables, and what to feed."""
    assigned, feed_dict = [], {}
    for var, value in pairs:
        placeholder = tf.placeholder(
            var.dtype.base_dtype, var.get_shape(), f"placeholder/{var.op.name}"
        )
        assigned.append(var.assign(placeholder))
        feed_dict[placeholder] = value
    return tf.group(*assigned), feed_dict


def _part_for(var: Any, name: str, value: Any) -> Any:
    """Returns what of a checkpoint's array belongs to a variable, which may be a part of it."""
    part = var._save_slice_info
    if part:
        ends = zip(part.var_offset, part.var_shape, strict=True)
        return value[tuple(slice(start, start + size) for start, size in ends)]
    if var.get_shape().as_list() != list(value.shape):
        raise ValueError(f"{name} is {list(value.shape)} in the checkpoint, not {var.get_shape()}")
    return value
