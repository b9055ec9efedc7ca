"""How many ops a graph would have in TensorFlow 1.15, which took seeds from that number.

Functions of TensorFlow that make more or fewer ops today are wrapped where they are defined. After
each call the difference is added to the count of the graph. The graph itself stays as it is.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import numbers
import weakref
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from cnn_mnist.tf_compat import tf

_more: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()


def count(graph: Any = None) -> int:
    """Returns the number of ops that TensorFlow 1.15 would have made in a graph up to now."""
    graph = tf.get_default_graph() if graph is None else graph
    return int(graph.version) + _more.get(graph, 0)


def _add(ops: int) -> None:
    graph = tf.get_default_graph()
    _more[graph] = _more.get(graph, 0) + ops


Rule = Callable[[int, Any], int]
"""From the number of ops that a call made, and its arguments: the number that 1.15.5 made."""

_FUNCTIONS: dict[str, Rule] = {
    "data.ops.dataset_ops:DatasetV1._make_initializable_iterator": lambda made, a: made + 3,
    "ops.array_ops:matrix_diag": lambda made, a: 1,
    "ops.array_ops:matrix_set_diag": lambda made, a: 1,
    "ops.array_ops:one_hot": lambda made, a: made + _given(a.on_value) + _given(a.off_value),
    "ops.gen_array_ops:split": lambda made, a: made + 1,
    "ops.math_ops:_ReductionDims": lambda made, a: made and _of_axes(made, a.x),
    "ops.math_ops:tensordot": lambda made, a: made + _of_tensordot(a.a, a.b, a.axes),
    "ops.tensor_array_ops:_GraphTensorArray.size": lambda made, a: 1,
}

# For a class of `tf.layers`: the class that defines the method, the method and the number.
_LAYERS: dict[str, tuple[str, str, Rule]] = {
    "BatchNormalization": (
        "BatchNormalizationBase",
        "_fused_batch_norm",
        lambda made, a: made + (0 if tf.is_tensor(a.training) else 2 if a.training else 1),
    ),
    "Conv2D": ("Conv", "convolution_op", lambda made, a: made + (max(a.self.dilation_rate) == 1)),
    "Conv2DTranspose": (
        "Conv2DTranspose",
        "call",
        lambda made, a: made + of_output_shape(a.inputs, a.self.data_format, a.self.padding),
    ),
    "Flatten": ("Flatten", "call", lambda made, a: of_flatten(made, a.inputs)),
}


def shape_of(value: Any) -> Any:
    """Returns the shape of a tensor or an array."""
    return tf.TensorShape(getattr(value, "shape", None))


def of_flatten(made: int, inputs: Any) -> int:
    """Returns how many ops flattened the inputs, whose batch size was read in the graph."""
    shape = shape_of(inputs)
    if shape.rank is None or shape.rank < 2:
        return made
    batch, *sizes = shape.as_list()
    return 8 if batch is None and None not in sizes else made


def of_output_shape(inputs: Any, data_format: str, padding: str) -> int:
    """Returns how many more ops a transposed convolution made.

    Height and width were read from the shape in the graph, even if they were known before.
    """
    shape = shape_of(inputs).as_list()
    sides = shape[2:] if data_format in ("channels_first", "NCHW") else shape[1:3]
    return sum(side is not None for side in sides) * (7 if padding.lower() == "valid" else 5)


def _given(value: Any) -> int:
    return int(value is not None and not isinstance(value, tf.Tensor))


def _of_axes(made: int, x: Any) -> int:
    """The rank of a tensor, but not of a variable, was known without ops, also where it is 0."""
    if isinstance(x, tf.Tensor) and x.shape.rank is not None:
        return 1
    return 4 if isinstance(x, tf.Variable) else made


def _of_tensordot(a: Any, b: Any, axes: Any) -> int:
    """Transpositions and reshapings that change nothing were not left out."""
    shapes = [shape_of(a), shape_of(b)]
    if isinstance(axes, numbers.Integral):
        axes = [range(-int(axes), 0), range(int(axes))]
    if any(map(tf.is_tensor, axes if isinstance(axes, list | tuple) else [axes])) or None in (
        shapes[0].rank,
        shapes[1].rank,
    ):
        return 0
    more, matrices = 0, 0
    for shape, summed, first in zip(shapes, axes, (False, True), strict=True):
        summed = [int(axis) % shape.rank for axis in np.atleast_1d(np.array(summed, int))]
        free = [axis for axis in range(shape.rank) if axis not in summed]
        in_order = [*summed, *free] if first else [*free, *summed]
        if shape.is_fully_defined():
            matrix = len(free) == len(summed) == 1
            more += 2 * (in_order == sorted(in_order)) + 2 * matrix
            matrices += len(free) == 1
    return more + 2 * (matrices == 2)


def supply() -> None:
    """Has the functions count from now on."""
    for place, rule in _FUNCTIONS.items():
        module, _, path = place.partition(":")
        *outer, name = path.split(".")
        owner = importlib.import_module(f"tensorflow.python.{module}")
        _replace(functools.reduce(getattr, outer, owner), name, rule)
    for layer, (defining, method, rule) in _LAYERS.items():
        for each in getattr(tf.layers, layer).__mro__:
            if each.__name__ == defining and method in vars(each):
                _replace(each, method, rule)
    _replace_random_uniform()
    _replace_dropout()
    _replace_regularizers()


def _replace(owner: Any, name: str, rule: Rule) -> None:
    if hasattr(owner, name):
        function = getattr(owner, name)
        counting = counted(rule)(function)
        for each in (owner, tf, _api_2()):
            if getattr(each, name, None) is function:
                setattr(each, name, counting)


def _api_2() -> Any:
    """Returns the version 2 API, by which the layers call other functions."""
    return importlib.import_module("tensorflow.compat.v2")


def counted(rule: Rule) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Returns a decorator for a function whose calls made another number of ops in 1.15."""
    return lambda function: _counted(function, rule)


def _counted(function: Callable[..., Any], rule: Rule) -> Callable[..., Any]:
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        if tf.executing_eagerly():
            return function(*arguments, **keywords)
        before = count()
        result = function(*arguments, **keywords)
        made = count() - before
        bound = signature.bind(*arguments, **keywords)
        bound.apply_defaults()
        _add(rule(made, SimpleNamespace(**bound.arguments)) - made)
        return result

    # Keras passes `call` no more than what its signature names.
    call.__signature__ = signature  # type: ignore[attr-defined]
    return call


def _replace_random_uniform() -> None:
    """Counts the ops that scale by the bounds, which are left out today where they are 0 and 1."""
    random_ops: Any = importlib.import_module("tensorflow.python.ops.random_ops")
    function = random_ops.random_uniform

    @functools.wraps(function)
    def random_uniform(
        shape: Any,
        minval: Any = 0,
        maxval: Any = None,
        dtype: Any = tf.float32,
        seed: Any = None,
        name: Any = None,
    ) -> Any:
        from_0 = isinstance(minval, int) and minval == 0
        to_1 = maxval is None or (isinstance(maxval, int) and maxval == 1)
        if tf.executing_eagerly() or tf.as_dtype(dtype).is_integer or not from_0:
            return function(shape, minval, maxval, dtype, seed, name)
        # The bounds came before the seed; a subtraction, a product and a sum came behind it.
        _add(2 * to_1)
        drawn = function(shape, minval, maxval, dtype, seed, name)
        _add(3 if to_1 else 2)
        return drawn

    random_ops.random_uniform = tf.random_uniform = random_uniform
    tf.random.uniform = _api_2().random.uniform = random_uniform


def _replace_dropout() -> None:
    """Counts the ops of dropout, which scales before it draws today, and selects with one op."""
    nn_ops: Any = importlib.import_module("tensorflow.python.ops.nn_ops")
    function = nn_ops._dropout

    @functools.wraps(function)
    def dropout(
        x: Any,
        rate: Any,
        noise_shape: Any,
        uniform_sampler: Callable[..., Any],
        *more: Any,
        **named: Any,
    ) -> Any:
        if tf.executing_eagerly():
            return function(x, rate, noise_shape, uniform_sampler, *more, **named)
        behind_drawing: list[int] = []

        def draw(*arguments: Any, **keywords: Any) -> Any:
            _add(-1 if isinstance(rate, numbers.Real) else -3)
            drawn = uniform_sampler(*arguments, **keywords)
            behind_drawing.append(count())
            return drawn

        result = function(x, rate, noise_shape, draw, *more, **named)
        for number in behind_drawing:
            _add(number + 8 - count())
        return result

    nn_ops._dropout = dropout


def _replace_regularizers() -> None:
    """Counts the regularizer of a variable once; today it is called again at each use."""
    store: Any = importlib.import_module("tensorflow.python.ops.variable_scope")._VariableStore
    function = store._get_single_variable

    @functools.wraps(function)
    def get_single_variable(self: Any, *arguments: Any, **keywords: Any) -> Any:
        regularizer = keywords.get("regularizer")
        if callable(regularizer) and not tf.executing_eagerly():
            keywords["regularizer"] = _counted_once(regularizer)
        return function(self, *arguments, **keywords)

    store._get_single_variable = get_single_variable


def _counted_once(regularizer: Callable[[Any], Any]) -> Callable[[Any], Any]:
    calls: list[Any] = []

    def regularize(variable: Any) -> Any:
        before = count()
        loss = regularizer(variable)
        if calls:
            _add(before - count())
        calls.append(variable)
        return loss

    return regularize
