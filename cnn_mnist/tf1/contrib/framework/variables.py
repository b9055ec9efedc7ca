"""Variables: creation with collections, and look-up by scope, suffix or name."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cnn_mnist.tf1.contrib.framework.arg_scopes import add_arg_scope
from cnn_mnist.tf_compat import tf

_KEYS = tf.GraphKeys


@add_arg_scope
def variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Iterable[str] | None = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Callable[..., Any] | None = None,
    use_resource: bool | None = None,
    synchronization: Any = tf.VariableSynchronization.AUTO,
    aggregation: Any = tf.VariableAggregation.NONE,
) -> Any:
    """Returns a variable as `tf.get_variable` does, on a given device.

    Args:
      name: its name inside the variable scope.
      shape, dtype, initializer, regularizer, trainable, caching_device, partitioner,
        use_resource, synchronization, aggregation: see `tf.get_variable`.
      collections: those it is added to; GLOBAL_VARIABLES if there are none.
      device: a device, or a function from an op to one.
      custom_getter: is called in place of `tf.get_variable`, if given.
    """
    found = [_KEYS.GLOBAL_VARIABLES] if collections is None else sorted(set(collections))
    getter = tf.get_variable
    if custom_getter is not None:
        getter = functools.partial(custom_getter, reuse=tf.get_variable_scope().reuse)
    with tf.device(device or ""):
        return getter(
            name,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            regularizer=regularizer,
            trainable=trainable,
            collections=found,
            caching_device=caching_device,
            partitioner=partitioner,
            use_resource=use_resource,
            synchronization=synchronization,
            aggregation=aggregation,
        )


@add_arg_scope
def model_variable(
    name: str,
    shape: Any = None,
    dtype: Any = tf.float32,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Iterable[str] | None = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Callable[..., Any] | None = None,
    use_resource: bool | None = None,
    synchronization: Any = tf.VariableSynchronization.AUTO,
    aggregation: Any = tf.VariableAggregation.NONE,
) -> Any:
    """Returns a variable that is also in MODEL_VARIABLES; see `variable` for the arguments."""
    return variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=[*(collections or []), _KEYS.GLOBAL_VARIABLES, _KEYS.MODEL_VARIABLES],
        caching_device=caching_device,
        device=device,
        partitioner=partitioner,
        custom_getter=custom_getter,
        use_resource=use_resource,
        synchronization=synchronization,
        aggregation=aggregation,
    )


def local_variable(
    initial_value: Any,
    validate_shape: bool = True,
    name: str | None = None,
    use_resource: bool | None = None,
) -> Any:
    """Returns a variable of LOCAL_VARIABLES, which savers and optimizers leave alone."""
    return _untrained(initial_value, validate_shape, name, use_resource, _KEYS.LOCAL_VARIABLES)


def global_variable(
    initial_value: Any,
    validate_shape: bool = True,
    name: str | None = None,
    use_resource: bool | None = None,
) -> Any:
    """Returns a variable of GLOBAL_VARIABLES that optimizers leave alone."""
    return _untrained(initial_value, validate_shape, name, use_resource, _KEYS.GLOBAL_VARIABLES)


def _untrained(
    value: Any, validate_shape: bool, name: str | None, use_resource: bool | None, key: str
) -> Any:
    return tf.Variable(
        value,
        trainable=False,
        collections=[key],
        validate_shape=validate_shape,
        name=name,
        use_resource=use_resource,
    )


def add_model_variable(var: Any) -> None:
    """Adds a variable to MODEL_VARIABLES unless it is there."""
    if not any(var is other for other in tf.get_collection(_KEYS.MODEL_VARIABLES)):
        tf.add_to_collection(_KEYS.MODEL_VARIABLES, var)


def get_variables(
    scope: Any = None, suffix: str | None = None, collection: str = _KEYS.GLOBAL_VARIABLES
) -> list[Any]:
    """Returns the variables of a collection, by scope and by the end of their names.

    Args:
      scope: a pattern that the name must begin with, or a variable scope.
      suffix: how the name must end.
      collection: GLOBAL_VARIABLES unless another is given.
    """
    scope = getattr(scope, "name", scope)
    if suffix is not None:
        scope = f"{scope or ''}.*{suffix if ':' in suffix else suffix + ':'}"
    return list(tf.get_collection(collection, scope))


def get_model_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """Returns variables of MODEL_VARIABLES; see `get_variables`."""
    return get_variables(scope, suffix, _KEYS.MODEL_VARIABLES)


def get_local_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """Returns variables of LOCAL_VARIABLES; see `get_variables`."""
    return get_variables(scope, suffix, _KEYS.LOCAL_VARIABLES)


def get_trainable_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """Returns variables of TRAINABLE_VARIABLES; see `get_variables`."""
    return get_variables(scope, suffix, _KEYS.TRAINABLE_VARIABLES)


def get_variables_by_suffix(suffix: str, scope: Any = None) -> list[Any]:
    """Returns the global variables whose names end so; see `get_variables`."""
    return get_variables(scope=scope, suffix=suffix)


def get_variables_by_name(given_name: str, scope: Any = None) -> list[Any]:
    """Returns the global variables of a name, in whatever scope below `scope`."""
    return get_variables(scope=scope, suffix=f"/{given_name}:|^{given_name}:")


def get_unique_variable(var_op_name: str) -> Any:
    """Returns the global variable of exactly this name.

    Raises:
      ValueError: there is none.
    """
    for candidate in get_variables(scope=var_op_name):
        if candidate.op.name == var_op_name:
            return candidate
    raise ValueError(f"there is no variable {var_op_name}")


def get_variable_full_name(var: Any) -> str:
    """Returns a variable's name in a checkpoint; for a part of one, that of the whole."""
    part = var._save_slice_info
    return str(part.full_name if part else var.op.name)


def get_variables_to_restore(
    include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
) -> list[Any]:
    """Returns the global variables of some scopes, without those of others.

    Args:
      include: scopes; all variables without it.
      exclude: scopes to leave out.

    Raises:
      TypeError: `include` or `exclude` is not a list or a tuple.
    """
    for name, scopes in (("include", include), ("exclude", exclude)):
        if scopes is not None and not isinstance(scopes, (list, tuple)):
            raise TypeError(f"{name} must be a list or a tuple")
    found = get_variables()
    if include is not None:
        found = [var for scope in include for var in get_variables(scope)]
    left_out = {id(var) for scope in exclude or () for var in get_variables(scope)}
    return [var for var in found if id(var) not in left_out]


def filter_variables(
    var_list: Iterable[Any],
    include_patterns: Sequence[str] | None = None,
    exclude_patterns: Sequence[str] | None = None,
    reg_search: bool = True,
) -> list[Any]:
    """Returns the variables whose names match a pattern of the first list and none of the second.

    Args:
      var_list: variables.
      include_patterns: regular expressions; without them, all are included.
      exclude_patterns: regular expressions.
      reg_search: matches anywhere in the name; otherwise at its beginning.
    """
    matches = re.search if reg_search else re.match

    def one_of(patterns: Sequence[str], var: Any) -> bool:
        return any(matches(pattern, var.name) for pattern in patterns)

    return [
        var
        for var in var_list
        if (include_patterns is None or one_of(include_patterns, var))
        and not one_of(exclude_patterns or (), var)
    ]


def assert_or_get_global_step(graph: Any = None, global_step_tensor: Any = None) -> Any:
    """Returns the given global step if it is a valid one, or the graph's.

    Raises:
      TypeError: the given one is not an integer scalar.
    """
    if global_step_tensor is None:
        return tf.train.get_global_step(graph)
    tf.train.assert_global_step(global_step_tensor)
    return global_step_tensor


class VariableDeviceChooser:
    """Chooses a device for each variable: the parameter servers in turn.

    Args:
      num_tasks: how many parameter servers there are.
      job_name: their job.
      device_type: such as CPU.
      device_index: which device of that type.
      replica: which replica.
    """

    def __init__(
        self,
        num_tasks: int = 0,
        job_name: str = "ps",
        device_type: str = "CPU",
        device_index: int = 0,
        replica: int | None = None,
    ) -> None:
        self._fixed: Mapping[str, Any] = {
            "replica": replica,
            "device_type": device_type,
            "device_index": device_index,
        }
        self._job_name = job_name
        self._num_tasks = num_tasks
        self._next_task_id = 0

    def __call__(self, op: Any) -> str:
        place = dict(self._fixed)
        if self._num_tasks > 0:
            place.update(job=self._job_name, task=self._next_task_id)
            self._next_task_id = (self._next_task_id + 1) % self._num_tasks
        return str(tf.DeviceSpec(**place).to_string())
