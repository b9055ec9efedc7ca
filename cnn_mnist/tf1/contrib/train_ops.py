"""`tf.contrib.training`: the op of one training step, and gradients."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from cnn_mnist.tf_compat import tf

_GLOBAL_STEP = object()


def create_train_op(
    total_loss: Any,
    optimizer: Any,
    global_step: Any = _GLOBAL_STEP,
    update_ops: Iterable[Any] | None = None,
    variables_to_train: Iterable[Any] | None = None,
    transform_grads_fn: Callable[[Any], Any] | None = None,
    summarize_gradients: bool = False,
    gate_gradients: int = tf.train.Optimizer.GATE_OP,
    aggregation_method: Any = None,
    colocate_gradients_with_ops: bool = False,
    check_numerics: bool = True,
) -> Any:
    """Returns a tensor that makes one training step and is the loss.

    Args:
      total_loss: the loss.
      optimizer: the optimizer.
      global_step: the variable that counts, by default the graph's; None for none.
      update_ops: run before the gradients, by default all of the collection `UPDATE_OPS`.
      variables_to_train: by default all trainable ones.
      transform_grads_fn: takes and returns pairs of gradient and variable.
      summarize_gradients: whether norms and histograms of gradients are written.
      gate_gradients: see `tf.train.Optimizer.compute_gradients`, as for the next two.
      aggregation_method: see `gate_gradients`.
      colocate_gradients_with_ops: see `gate_gradients`.
      check_numerics: whether a loss that is not finite is an error.
    """
    if global_step is _GLOBAL_STEP:
        global_step = tf.train.get_or_create_global_step()
    if update_ops is None:
        update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    update_ops = list(update_ops)
    if update_ops:
        with tf.control_dependencies(update_ops):
            total_loss = tf.identity(total_loss)
    gradients = optimizer.compute_gradients(
        total_loss,
        list(variables_to_train) if variables_to_train else tf.trainable_variables(),
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
        colocate_gradients_with_ops=colocate_gradients_with_ops,
    )
    if transform_grads_fn:
        gradients = transform_grads_fn(gradients)
    if summarize_gradients:
        add_gradients_summaries(gradients)
    update = optimizer.apply_gradients(gradients, global_step=global_step)
    if check_numerics:
        total_loss = tf.check_numerics(total_loss, "LossTensor is inf or nan")
    with tf.control_dependencies([update]):
        train_op = tf.identity(total_loss, name="train_op")
    collection = tf.get_collection_ref(tf.GraphKeys.TRAIN_OP)
    if not any(op is train_op for op in collection):
        collection.append(train_op)
    return train_op


def add_gradients_summaries(grads_and_vars: Iterable[tuple[Any, Any]]) -> list[Any]:
    """Writes a histogram and the norm of each gradient."""
    summaries = []
    for gradient, variable in grads_and_vars:
        if gradient is None:
            tf.logging.info("Var %s has no gradient", variable.op.name)
            continue
        values = gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient
        name = variable.op.name
        summaries.append(tf.summary.histogram(f"{name}_gradient", values))
        summaries.append(tf.summary.scalar(f"{name}_gradient_norm", tf.global_norm([values])))
    return summaries


def clip_gradient_norms(
    gradients_to_variables: Iterable[tuple[Any, Any]], max_norm: float
) -> list[tuple[Any, Any]]:
    """Returns the pairs with each gradient shortened to a norm."""
    return [
        (_changed(gradient, lambda values: tf.clip_by_norm(values, max_norm)), variable)
        for gradient, variable in gradients_to_variables
    ]


def clip_gradient_norms_fn(max_norm: float) -> Callable[[Any], Any]:
    """Returns `clip_gradient_norms` for the argument `transform_grads_fn`."""
    return lambda pairs: clip_gradient_norms(pairs, max_norm)


def multiply_gradients(
    grads_and_vars: Iterable[tuple[Any, Any]], gradient_multipliers: dict[Any, float]
) -> list[tuple[Any, Any]]:
    """Returns the pairs with the gradients of some variables multiplied.

    Args:
      grads_and_vars: the pairs.
      gradient_multipliers: factors, by variable or by its name.

    Raises:
      ValueError: there are no factors, or one is for a variable without a gradient.
    """
    if not gradient_multipliers:
        raise ValueError("gradient_multipliers is empty")
    factors = {_key(key): value for key, value in gradient_multipliers.items()}
    found = []
    for gradient, variable in grads_and_vars:
        factor = factors.get(variable.ref(), factors.get(variable.op.name))
        if factor is not None:
            if gradient is None:
                raise ValueError(f"{variable.op.name} has no gradient to multiply")
            gradient = _changed(gradient, functools.partial(tf.multiply, factor))
        found.append((gradient, variable))
    return found


def _changed(gradient: Any, function: Callable[[Any], Any]) -> Any:
    if gradient is None:
        return None
    if isinstance(gradient, tf.IndexedSlices):
        values = function(gradient.values)
        return tf.IndexedSlices(values, gradient.indices, gradient.dense_shape)
    return function(gradient)


def _key(variable: Any) -> Any:
    """Returns a variable as a key of a dict; a name is one already."""
    return variable if isinstance(variable, str) else variable.ref()
