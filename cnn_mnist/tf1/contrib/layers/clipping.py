"""Functions that clip gradients, for the argument `clip_gradients` of `optimize_loss`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from cnn_mnist.tf_compat import tf

_averages = importlib.import_module("tensorflow.python.training.moving_averages")


def clipped_by_norm(grads_and_vars: Any, largest: float) -> list[tuple[Any, Any]]:
    """Returns the pairs with the gradients scaled down to a global norm.

    Args:
      grads_and_vars: (gradient, variable) pairs.
      largest: the norm that they are scaled to if theirs is larger.
    """
    gradients, variables = zip(*grads_and_vars, strict=True)
    clipped, _ = tf.clip_by_global_norm(gradients, largest)
    return list(zip(clipped, variables, strict=True))


def adaptive_clipping_fn(
    std_factor: float = 2.0,
    decay: float = 0.95,
    static_max_norm: float | None = None,
    global_step: Any = None,
    report_summary: bool = False,
    epsilon: float = 1e-8,
    name: str | None = None,
) -> Callable[[Any], list[tuple[Any, Any]]]:
    """Returns a function that clips gradients whose norm is unusually large.

    A norm is large if it exceeds exp(mean + std_factor * deviation) of the moving averages of its
    logarithm. Then the gradients are scaled to exp(mean). The averages are in the variables
    `AdaptiveMaxNorm/mean` and `AdaptiveMaxNorm/sq_mean`.

    Args:
      std_factor: see above.
      decay: how much of an average each step keeps.
      static_max_norm: a norm that is never exceeded.
      global_step: makes the decay at most step / (step + 1).
      report_summary: adds a summary of the largest norm.
      epsilon: added to the norm before the logarithm; the least variance.
      name: of the scope instead of `AdaptiveMaxNorm`.
    """

    def averages(norm: Any) -> tuple[Any, Any]:
        """Returns the largest norm that is usual, and the mean of the logarithm."""
        with tf.variable_scope(name, "AdaptiveMaxNorm", [norm]):
            log_norm = tf.log(norm + epsilon)
            kept: Any = decay
            if global_step is not None:
                step = tf.cast(global_step, tf.float32)
                kept = tf.minimum(decay, step / (step + 1.0))

            def average(name: str, value: Any) -> Any:
                variable = tf.get_variable(
                    name,
                    shape=value.get_shape(),
                    dtype=value.dtype,
                    initializer=tf.zeros_initializer(),
                    trainable=False,
                )
                return _averages.assign_moving_average(variable, value, kept, zero_debias=False)

            mean = average("mean", log_norm)
            variance = average("sq_mean", tf.square(log_norm)) - tf.square(mean)
            deviation = tf.sqrt(tf.maximum(epsilon, variance))
            return tf.exp(mean + std_factor * deviation), mean

    def gradient_clipping(grads_and_vars: Any) -> list[tuple[Any, Any]]:
        norm = tf.global_norm([gradient for gradient, _ in grads_and_vars])
        largest, log_mean = averages(norm)
        if report_summary:
            tf.summary.scalar("global_norm/adaptive_max_gradient_norm", largest)
        factor = tf.where(norm < largest, tf.ones_like(norm), tf.exp(log_mean) / norm)
        if static_max_norm is not None:
            factor = tf.minimum(static_max_norm / norm, factor)
        return [(_times(gradient, factor), variable) for gradient, variable in grads_and_vars]

    return gradient_clipping


def _times(gradient: Any, factor: Any) -> Any:
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(gradient.values * factor, gradient.indices, gradient.dense_shape)
    return None if gradient is None else gradient * factor
