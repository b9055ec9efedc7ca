"""Ends training when the loss or a weight becomes NaN or infinite."""

from __future__ import annotations

import collections
import math
from typing import Any

from cnn_mnist.errors import DivergedError
from cnn_mnist.hooks.step import StepHook
from cnn_mnist.plots.graph_groups import SESSION, beside_the_network
from cnn_mnist.tf_compat import tf

_LOSSES_KEPT = 5


class FiniteHook(StepHook):
    """Ends training at the first loss that is NaN or infinite, and never saves such weights.

    Estimator's own `NanTensorHook` accepts infinity and checks only the loss: if an update
    makes the weights NaN, a checkpoint of that step may be written before the next loss shows
    it. Put this hook before the hook that saves, and give that one `before_saving()`.

    Attributes:
      losses: step and loss of the last five steps with a finite loss, oldest first.
    """

    def __init__(self, loss_tensor: str) -> None:
        self._loss_tensor = loss_tensor
        self.losses: collections.deque[tuple[int, float]] = collections.deque(maxlen=_LOSSES_KEPT)

    def begin(self) -> None:
        super().begin()
        self._loss = tf.get_default_graph().get_tensor_by_name(self._loss_tensor)
        # This includes the optimizer's variables, but not the step counter, an integer.
        numbers = [v for v in tf.global_variables() if v.dtype.base_dtype.is_floating]
        self._names = [variable.op.name for variable in numbers]
        with beside_the_network(SESSION), tf.name_scope("all_finite"):
            self._finite = tf.stack([tf.reduce_all(tf.math.is_finite(v)) for v in numbers])

    def before_run(self, run_context: Any) -> Any:
        return tf.train.SessionRunArgs(self._loss)

    def after_step(self, run_context: Any, results: Any) -> None:
        loss = float(results)
        if not math.isfinite(loss):
            raise DivergedError(self.steps_done, f"the loss is {loss}")
        self.losses.append((self.steps_done, loss))

    def before_saving(self) -> Any:
        """Returns a listener that refuses to save weights that are NaN or infinite."""
        return _OnlyFinite(self)

    def check_variables(self, session: Any) -> None:
        """Checks all floating-point variables, which are about to be saved.

        Raises:
          DivergedError: a variable holds NaN or infinity.
        """
        finite = session.run(self._finite)
        if not finite.all():
            name = self._names[int(finite.argmin())]
            raise DivergedError(self.steps_done, f"{name} is not finite")


class _OnlyFinite(tf.train.CheckpointSaverListener):
    def __init__(self, hook: FiniteHook) -> None:
        self._hook = hook

    def before_save(self, session: Any, global_step_value: int) -> None:
        self._hook.check_variables(session)
