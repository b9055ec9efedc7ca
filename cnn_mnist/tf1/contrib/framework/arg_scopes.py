"""`arg_scope`: defaults for the arguments of decorated functions inside a `with` block."""

from __future__ import annotations

import contextlib
import functools
import inspect
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

# The scopes that are open, the innermost last. Each maps a function's key to its defaults.
_stack: list[dict[Any, dict[str, Any]]] = [{}]
# The names of the arguments with a default, for the key of each decorated function.
_decorated: dict[Any, tuple[str, ...]] = {}


def add_arg_scope(func: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the function as one that takes its defaults from `arg_scope`.

    Args:
      func: any function with named arguments.
    """
    key = arg_scope_func_key(func)

    @functools.wraps(func)
    def func_with_args(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **{**current_arg_scope().get(key, {}), **kwargs})

    defaults = len(func.__defaults__ or ())
    code = func.__code__
    _decorated[key] = code.co_varnames[code.co_argcount - defaults : code.co_argcount]
    func_with_args._key_op = key  # type: ignore[attr-defined]
    return func_with_args


@contextlib.contextmanager
def arg_scope(
    list_ops_or_scope: Sequence[Callable[..., Any]] | dict[Any, Any], **kwargs: Any
) -> Iterator[dict[Any, Any]]:
    """Gives decorated functions other defaults inside the `with` block.

    Args:
      list_ops_or_scope: functions decorated with `add_arg_scope`, or a scope that an earlier
        `with arg_scope(...) as scope` gave, which is then in force alone.
      **kwargs: the defaults.

    Yields:
      The scope, to be used again.

    Raises:
      TypeError: what is given is neither a list nor a scope.
      ValueError: a function is not decorated, or defaults are given together with a scope.
    """
    if isinstance(list_ops_or_scope, dict):
        if kwargs:
            raise ValueError("arg_scope takes no further arguments together with an earlier scope")
        scope = list_ops_or_scope.copy()
    elif isinstance(list_ops_or_scope, (list, tuple)):
        scope = current_arg_scope().copy()
        for op in list_ops_or_scope:
            if not has_arg_scope(op):
                raise ValueError(f"{op} is not decorated with @add_arg_scope")
            key = arg_scope_func_key(op)
            scope[key] = {**scope.get(key, {}), **kwargs}
    else:
        raise TypeError("arg_scope needs a list of functions, or an earlier scope")
    _stack.append(scope)
    try:
        yield scope
    finally:
        _stack.pop()


def current_arg_scope() -> dict[Any, dict[str, Any]]:
    """Returns the innermost open scope."""
    return _stack[-1]


def has_arg_scope(func: Callable[..., Any]) -> bool:
    """Returns whether a function is decorated with `add_arg_scope`."""
    return arg_scope_func_key(func) in _decorated


def arg_scoped_arguments(func: Callable[..., Any]) -> tuple[str, ...]:
    """Returns the names of a decorated function's arguments that `arg_scope` can set."""
    return _decorated[arg_scope_func_key(func)]


def arg_scope_func_key(op: Callable[..., Any]) -> Any:
    """Returns the key of a function in a scope."""
    return getattr(op, "_key_op", str(op))


def share_with(module: types.ModuleType) -> None:
    """Makes another implementation of `arg_scope` use the scopes of this one.

    Args:
      module: `tf_slim.ops.arg_scope`.
    """
    _decorated.update(module._DECORATED_OPS)
    module._ARGSTACK = _stack  # type: ignore[attr-defined]
    module._DECORATED_OPS = _decorated  # type: ignore[attr-defined]


def share_key(func: Callable[..., Any], other: Callable[..., Any]) -> None:
    """Makes a default for one function hold for its counterpart in another implementation too.

    Args:
      func: a function decorated here.
      other: the counterpart, decorated by a module that `share_with` was called with.
    """
    function: Any
    for function in (other, inspect.unwrap(other)):
        function._key_op = arg_scope_func_key(func)
