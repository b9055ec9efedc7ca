"""The base class of hooks that count steps, and a clock of training time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from cnn_mnist.tf_compat import tf


class StepHook(tf.train.SessionRunHook):
    """A hook that counts the training steps in `steps_done`, earlier runs included.

    Attributes:
      steps_done: after each step of this process, the steps that are done.
      counted_by: in a cluster, what knows the steps of all tasks; None counts those of this
        process, which are all, without asking TensorFlow for them.
    """

    counted_by: GlobalSteps | None = None

    def begin(self) -> None:
        self._global_step = tf.train.get_global_step()
        self.steps_done = self._steps_before = 0

    def after_create_session(self, session: Any, coord: Any) -> None:
        self.steps_done = self._steps_before = int(session.run(self._global_step))

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self._steps_before = self.steps_done
        self.steps_done = self.counted_by.steps_done if self.counted_by else self.steps_done + 1
        self.after_step(run_context, run_values.results)

    def passed_multiple_of(self, every: int) -> bool:
        """Whether a multiple of `every` steps was reached since the step of this process before."""
        return self.steps_done // every > self._steps_before // every

    def after_step(self, run_context: Any, results: Any) -> None:
        """Called after step `steps_done` with the values that `before_run` requested."""


class GlobalSteps(tf.train.SessionRunHook):
    """Fetches the steps of all tasks of a cluster with each step of this one, and ends it in time.

    Put it before the hooks whose `counted_by` it is. Estimator's own hook may see the counter as
    it was before this step, which other tasks have since counted on, and would begin another one.

    Args:
      last_step: the step at which training ends.

    Attributes:
      steps_done: the steps of all tasks; it never falls.
    """

    def __init__(self, last_step: int) -> None:
        self._last_step = last_step
        self.steps_done = 0

    def begin(self) -> None:
        self._global_step = tf.train.get_global_step()
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.TRAIN_OP)):
            self._after_this_step = self._global_step.read_value()

    def after_create_session(self, session: Any, coord: Any) -> None:
        self.steps_done = int(session.run(self._global_step))

    def before_run(self, run_context: Any) -> Any:
        return tf.train.SessionRunArgs(self._after_this_step)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self.steps_done = max(self.steps_done, int(run_values.results))
        if self.steps_done >= self._last_step:
            run_context.request_stop()


class TrainingClock:
    """Measures the time of training in seconds, without pauses such as validation.

    Attributes:
      paused_seconds: the time of all pauses that have ended.
    """

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self.paused_seconds = 0.0

    def seconds(self) -> float:
        """Returns the seconds since the clock was made, without pauses."""
        return time.perf_counter() - self._started - self.paused_seconds

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Stops the clock for a `with` block."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.paused_seconds += time.perf_counter() - began
