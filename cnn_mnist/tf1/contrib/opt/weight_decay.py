"""Optimizers that decay weights apart from the gradient.

Source: Loshchilov and Hutter, Decoupled weight decay regularization, 2017.
"""

from __future__ import annotations

from typing import Any

from cnn_mnist.tf_compat import tf


class DecoupledWeightDecayExtension:
    """Makes an optimizer subtract weight_decay * variable before each step.

    Use it as the first base class of an optimizer. The decay does not depend on the learning rate.

    Args:
      weight_decay: a number, a tensor, or a function that returns one.
      *args, **kwargs: of the optimizer.
    """

    def __init__(self, weight_decay: Any, *args: Any, **kwargs: Any) -> None:
        self._decay_names: set[str] | None = None
        self._weight_decay = weight_decay
        super().__init__(*args, **kwargs)

    def minimize(self, loss: Any, *args: Any, decay_var_list: Any = None, **kwargs: Any) -> Any:
        """Returns the training op; only the variables in `decay_var_list`, if given, decay."""
        self._decay_names = _names(decay_var_list)
        return super().minimize(loss, *args, **kwargs)  # type: ignore[misc]

    def apply_gradients(
        self,
        grads_and_vars: Any,
        global_step: Any = None,
        name: str | None = None,
        decay_var_list: Any = None,
    ) -> Any:
        """Returns the op of a step; only the variables in `decay_var_list`, if given, decay."""
        if decay_var_list:
            self._decay_names = _names(decay_var_list)
        return super().apply_gradients(grads_and_vars, global_step, name)  # type: ignore[misc]

    def _decayed(self, var: Any, indices: Any = None) -> list[Any]:
        """Returns the op that decays a variable, or some of its rows."""
        if self._decay_names is not None and var.op.name not in self._decay_names:
            return []
        decay = self._weight_decay() if callable(self._weight_decay) else self._weight_decay
        decay = tf.cast(decay, var.dtype.base_dtype)
        if indices is None:
            return [tf.assign_sub(var, decay * var)]
        return [tf.scatter_sub(var, indices, decay * tf.gather(var, indices))]

    def _apply_dense(self, grad: Any, var: Any) -> Any:
        with tf.control_dependencies(self._decayed(var)):
            return super()._apply_dense(grad, var)  # type: ignore[misc]

    def _resource_apply_dense(self, grad: Any, var: Any) -> Any:
        with tf.control_dependencies(self._decayed(var)):
            return super()._resource_apply_dense(grad, var)  # type: ignore[misc]

    def _apply_sparse(self, grad: Any, var: Any) -> Any:
        with tf.control_dependencies(self._decayed(var, grad.indices)):
            return super()._apply_sparse(grad, var)  # type: ignore[misc]

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        with tf.control_dependencies(self._decayed(var, indices)):
            return super()._resource_apply_sparse(grad, var, indices)  # type: ignore[misc]


def _names(variables: Any) -> set[str] | None:
    return {variable.op.name for variable in variables} if variables else None


def extend_with_decoupled_weight_decay(base_optimizer: type) -> type:
    """Returns a class like an optimizer's, whose first argument is the weight decay.

    Args:
      base_optimizer: a class below `tf.train.Optimizer`.
    """

    class OptimizerWithDecoupledWeightDecay(DecoupledWeightDecayExtension, base_optimizer):  # type: ignore[misc,valid-type]
        """The optimizer with decoupled weight decay."""

    return OptimizerWithDecoupledWeightDecay


class AdamWOptimizer(DecoupledWeightDecayExtension, tf.train.AdamOptimizer):  # type: ignore[misc]
    """Adam with decoupled weight decay.

    Args:
      weight_decay: see `DecoupledWeightDecayExtension`.
      learning_rate, beta1, beta2, epsilon, use_locking, name: see `tf.train.AdamOptimizer`.
    """

    def __init__(
        self,
        weight_decay: Any,
        learning_rate: Any = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        use_locking: bool = False,
        name: str = "AdamW",
    ) -> None:
        super().__init__(
            weight_decay,
            learning_rate=learning_rate,
            beta1=beta1,
            beta2=beta2,
            epsilon=epsilon,
            use_locking=use_locking,
            name=name,
        )


class MomentumWOptimizer(DecoupledWeightDecayExtension, tf.train.MomentumOptimizer):  # type: ignore[misc]
    """Momentum with decoupled weight decay.

    Args:
      weight_decay: see `DecoupledWeightDecayExtension`.
      learning_rate, momentum, use_locking, name, use_nesterov: see `tf.train.MomentumOptimizer`.
    """

    def __init__(
        self,
        weight_decay: Any,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "MomentumW",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(
            weight_decay,
            learning_rate=learning_rate,
            momentum=momentum,
            use_locking=use_locking,
            name=name,
            use_nesterov=use_nesterov,
        )
