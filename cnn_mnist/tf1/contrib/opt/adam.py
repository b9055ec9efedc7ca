"""Adam for embeddings, and Adam with Nesterov's momentum."""

from __future__ import annotations

from typing import Any

from cnn_mnist.tf_compat import tf


class _Adam(tf.train.AdamOptimizer):  # type: ignore[misc]
    """Adam whose sparse updates are written with gathers and scatters."""

    def _apply_sparse(self, grad: Any, var: Any) -> Any:
        return self._updated(grad.values, var, grad.indices)

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        return self._updated(grad, var, indices)

    def _updated(self, grad: Any, var: Any, indices: Any) -> Any:
        raise NotImplementedError

    def _numbers(self, var: Any) -> tuple[Any, Any, Any, Any]:
        """Returns the corrected learning rate, beta1, beta2 and epsilon."""
        dtype = var.dtype.base_dtype
        beta1_power, beta2_power = (tf.cast(one, dtype) for one in self._get_beta_accumulators())
        rate = tf.cast(self._lr_t, dtype) * tf.sqrt(1 - beta2_power) / (1 - beta1_power)
        others = (tf.cast(one, dtype) for one in (self._beta1_t, self._beta2_t, self._epsilon_t))
        return (rate, *others)


class LazyAdamOptimizer(_Adam):
    """Adam that updates only the rows with a gradient, and their averages, in sparse updates.

    `tf.train.AdamOptimizer` decays the averages of all rows in each step. See there for the
    arguments.
    """

    def _updated(self, grad: Any, var: Any, indices: Any) -> Any:
        rate, beta1, beta2, epsilon = self._numbers(var)
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        new_m = beta1 * tf.gather(m, indices) + (1 - beta1) * grad
        new_v = beta2 * tf.gather(v, indices) + (1 - beta2) * tf.square(grad)
        return tf.group(
            tf.scatter_update(m, indices, new_m),
            tf.scatter_update(v, indices, new_v),
            tf.scatter_sub(var, indices, rate * new_m / (tf.sqrt(new_v) + epsilon)),
        )


class NadamOptimizer(_Adam):
    """Adam with Nesterov's momentum; see `tf.train.AdamOptimizer` for the arguments.

    Source: Dozat, Incorporating Nesterov momentum into Adam, 2016.
    """

    def _apply_dense(self, grad: Any, var: Any) -> Any:
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        inputs = {"var": var, "m": m, "v": v}
        return tf.raw_ops.ApplyAdam(**inputs, **self._inputs(grad, var))

    def _resource_apply_dense(self, grad: Any, var: Any) -> Any:
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        inputs = {"var": var.handle, "m": m.handle, "v": v.handle}
        return tf.raw_ops.ResourceApplyAdam(**inputs, **self._inputs(grad, var))

    def _inputs(self, grad: Any, var: Any) -> dict[str, Any]:
        dtype = grad.dtype.base_dtype
        beta1_power, beta2_power = self._get_beta_accumulators()
        numbers = {
            "beta1_power": beta1_power,
            "beta2_power": beta2_power,
            "lr": self._lr_t,
            "beta1": self._beta1_t,
            "beta2": self._beta2_t,
            "epsilon": self._epsilon_t,
        }
        cast = {name: tf.cast(number, dtype) for name, number in numbers.items()}
        return {**cast, "grad": grad, "use_locking": self._use_locking, "use_nesterov": True}

    def _updated(self, grad: Any, var: Any, indices: Any) -> Any:
        rate, beta1, beta2, epsilon = self._numbers(var)
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        part = (1 - beta1) * grad
        with tf.control_dependencies([tf.assign(m, m * beta1), tf.assign(v, v * beta2)]):
            added = [
                tf.scatter_add(m, indices, part),
                tf.scatter_add(v, indices, (1 - beta2) * tf.square(grad)),
            ]
        with tf.control_dependencies(added):
            ahead = part + beta1 * tf.gather(m, indices)
            change = rate * ahead / (tf.sqrt(tf.gather(v, indices)) + epsilon)
            return tf.group(tf.scatter_sub(var, indices, change), *added)
