"""Optimizers around another one: moving averages of the weights, and clipping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnn_mnist.tf1.contrib.layers.clipping import clipped_by_norm
from cnn_mnist.tf_compat import tf


class MovingAverageOptimizer(tf.train.Optimizer):  # type: ignore[misc]
    """Trains by another optimizer and keeps moving averages of the variables.

    Args:
      opt: the other optimizer.
      average_decay: how much of an average each step keeps.
      num_updates: see `tf.train.ExponentialMovingAverage`.
      sequential_update: updates the averages after the step, not beside it.
    """

    def __init__(
        self,
        opt: Any,
        average_decay: Any = 0.9999,
        num_updates: Any = None,
        sequential_update: bool = True,
    ) -> None:
        self._optimizer = opt
        self._averages = tf.train.ExponentialMovingAverage(average_decay, num_updates=num_updates)
        self._sequential = sequential_update
        self._partner: dict[str, str] | None = None

    def compute_gradients(self, *args: Any, **kwargs: Any) -> Any:
        """Returns the other optimizer's gradients."""
        return self._optimizer.compute_gradients(*args, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        """Returns the op of a step and of the averages."""
        grads_and_vars = list(grads_and_vars)
        step = self._optimizer.apply_gradients(grads_and_vars, global_step, name)
        variables = [variable for gradient, variable in grads_and_vars if gradient is not None]
        with tf.control_dependencies([step] if self._sequential else []):
            averaged = self._averages.apply(variables)
        self._partner = {}
        for variable in variables:
            average = self._averages.average(variable)
            self._partner[variable.op.name] = average.op.name
            self._partner[average.op.name] = variable.op.name
        return tf.group(step, averaged, name="train_with_avg")

    def swapping_saver(
        self, var_list: Any = None, name: str = "swapping_saver", **kwargs: Any
    ) -> Any:
        """Returns a saver that writes each average under the name of its variable.

        Args:
          var_list: variables, by name or in a list; all global variables without it.
          name: of its ops.
          **kwargs: of `tf.train.Saver`.

        Raises:
          RuntimeError: `apply_gradients` was not called before.
          ValueError: a variable is in the list without its average, or the other way around.
        """
        if self._partner is None:
            raise RuntimeError("Must call apply_gradients or minimize before the swapping_saver")
        if var_list is None:
            var_list = tf.global_variables()
        if not isinstance(var_list, Mapping):
            var_list = {variable.op.name: variable for variable in var_list}
        by_op = {variable.op.name: variable for variable in var_list.values()}
        swapped = {}
        for key, variable in var_list.items():
            other = self._partner.get(variable.op.name, variable.op.name)
            if other not in by_op:
                raise ValueError(f"{other} must be saved together with {variable.op.name}")
            swapped[key] = by_op[other]
        return tf.train.Saver(swapped, name=name, **kwargs)


def clip_gradients_by_global_norm(gradients_variables: Any, clip_norm: float = 20.0) -> Any:
    """Returns (gradient, variable) pairs with the gradients scaled down to a global norm.

    Args:
      gradients_variables: the pairs.
      clip_norm: the norm.
    """
    return clipped_by_norm(gradients_variables, clip_norm)
