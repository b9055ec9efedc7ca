"""Optimizers outside of TensorFlow, such as SciPy's L-BFGS."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cnn_mnist.tf_compat import tf


class ExternalOptimizerInterface:
    """Minimizes a loss by a function of one vector, outside of the graph.

    A subclass has the function, `_minimize`.

    Args:
      loss: a scalar.
      var_list: the variables; all trainable ones without it.
      equalities: scalars or vectors that must be 0.
      inequalities: scalars or vectors that must not be negative.
      var_to_bounds: for a variable its bounds, a pair of numbers or of arrays of its shape.
      **optimizer_kwargs: of the function.
    """

    def __init__(
        self,
        loss: Any,
        var_list: Sequence[Any] | None = None,
        equalities: Sequence[Any] | None = None,
        inequalities: Sequence[Any] | None = None,
        var_to_bounds: Mapping[Any, tuple[Any, Any]] | None = None,
        **optimizer_kwargs: Any,
    ) -> None:
        self._loss = loss
        self._vars = list(tf.trainable_variables() if var_list is None else var_list)
        self._equalities = list(equalities or ())
        self._inequalities = list(inequalities or ())
        self.optimizer_kwargs = optimizer_kwargs
        self._bounds = self._packed_bounds(var_to_bounds) if var_to_bounds else None
        self._gradients = self._packed_gradient(loss)
        constraints = [*self._equalities, *self._inequalities]
        self._constraint_gradients = [self._packed_gradient(one) for one in constraints]
        self._fed = [tf.placeholder(var.dtype.base_dtype, var.shape) for var in self._vars]
        pairs = zip(self._vars, self._fed, strict=True)
        self._assigned = [tf.assign(var, value) for var, value in pairs]

    def minimize(
        self,
        session: Any = None,
        feed_dict: Mapping[Any, Any] | None = None,
        fetches: Sequence[Any] | None = None,
        step_callback: Callable[[Any], Any] | None = None,
        loss_callback: Callable[..., Any] | None = None,
        **run_kwargs: Any,
    ) -> None:
        """Minimizes the loss; the variables have the best values afterwards.

        Args:
          session: the default session without it.
          feed_dict: for placeholders.
          fetches: what `loss_callback` is called with, after each evaluation of the loss.
          step_callback: is called with the variables in one vector after each step.
          loss_callback: see `fetches`.
          **run_kwargs: of `session.run`.
        """
        session = session or tf.get_default_session()

        def run(vector: Any, wanted: Any) -> Any:
            session.run(self._assigned, dict(zip(self._fed, self._unpacked(vector), strict=True)))
            return session.run(wanted, feed_dict, **run_kwargs)

        def loss_and_gradient(vector: Any) -> tuple[Any, Any]:
            wanted = [self._loss, self._gradients, list(fetches or ())]
            loss, gradient, fetched = run(vector, wanted)
            if loss_callback is not None:
                loss_callback(*fetched)
            return loss, gradient

        def function(tensor: Any) -> Callable[[Any], Any]:
            return lambda vector: run(vector, tensor)

        values = [function(one) for one in (*self._equalities, *self._inequalities)]
        gradients = [function(one) for one in self._constraint_gradients]
        split = len(self._equalities)
        start = np.concatenate([value.ravel() for value in session.run(self._vars)])
        best = self._minimize(
            initial_val=start,
            loss_grad_func=loss_and_gradient,
            equality_funcs=values[:split],
            equality_grad_funcs=gradients[:split],
            inequality_funcs=values[split:],
            inequality_grad_funcs=gradients[split:],
            packed_bounds=self._bounds,
            step_callback=step_callback,
            optimizer_kwargs=self.optimizer_kwargs,
        )
        session.run(self._assigned, dict(zip(self._fed, self._unpacked(best), strict=True)))

    def _minimize(self, **arguments: Any) -> Any:
        """Returns the vector that minimizes the loss."""
        raise NotImplementedError("a subclass of ExternalOptimizerInterface has this function")

    def _packed_gradient(self, value: Any) -> Any:
        """Returns the gradient in one vector; for a vector of values, a row for each."""
        if value.shape.ndims:
            return tf.stack([self._packed_gradient(one) for one in tf.unstack(value)])
        parts = []
        for var, gradient in zip(self._vars, tf.gradients(value, self._vars), strict=True):
            found = tf.zeros_like(var) if gradient is None else tf.convert_to_tensor(gradient)
            parts.append(tf.reshape(found, [-1]))
        return tf.concat(parts, 0)

    def _packed_bounds(self, var_to_bounds: Mapping[Any, tuple[Any, Any]]) -> list[tuple[Any, Any]]:
        by_name = {var.op.name: bounds for var, bounds in var_to_bounds.items()}
        packed: list[tuple[Any, Any]] = []
        for var in self._vars:
            low, high = by_name.get(var.op.name, (-np.inf, np.inf))
            shape = var.shape.as_list()
            lows = np.broadcast_to(low, shape).ravel()
            packed += zip(lows, np.broadcast_to(high, shape).ravel(), strict=True)
        return packed

    def _unpacked(self, vector: Any) -> list[Any]:
        shapes = [var.shape.as_list() for var in self._vars]
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
        parts = np.split(np.asarray(vector), ends[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


class ScipyOptimizerInterface(ExternalOptimizerInterface):
    """Minimizes a loss by `scipy.optimize.minimize`, by L-BFGS-B unless `method` says another.

    Its keywords are those of that function, such as `options={"maxiter": 100}`.
    """

    def _minimize(self, **arguments: Any) -> Any:
        minimize = importlib.import_module("scipy.optimize").minimize

        def loss_and_gradient(vector: Any) -> tuple[Any, Any]:
            loss, gradient = arguments["loss_grad_func"](vector)
            return loss, np.asarray(gradient, np.float64)

        keywords = dict(arguments["optimizer_kwargs"])
        constraints = [
            {"type": kind, "fun": value, "jac": gradient}
            for kind, found in (("eq", "equality"), ("ineq", "inequality"))
            for value, gradient in zip(
                arguments[f"{found}_funcs"], arguments[f"{found}_grad_funcs"], strict=True
            )
        ]
        if constraints:
            keywords["constraints"] = constraints
        result = minimize(
            loss_and_gradient,
            arguments["initial_val"],
            jac=True,
            bounds=arguments["packed_bounds"],
            callback=arguments["step_callback"],
            method=keywords.pop("method", "L-BFGS-B"),
            **keywords,
        )
        tf.logging.info(
            "Optimization terminated with:\n  Message: %s\n  Objective function value: %f\n"
            "  Number of iterations: %s\n  Number of functions evaluations: %s",
            result["message"],
            result["fun"],
            result.get("nit"),
            result.get("nfev"),
        )
        return result["x"]
