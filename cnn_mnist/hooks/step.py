"""The base class of hooks that count steps, and a clock of training time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from cnn_mnist.tf_compat import tf


class StepHook(tf.train.SessionRunHook):
    """A hook that counts the training steps in `steps_done`, earlier runs included."""

    def begin(self) -> None:
        self._global_step = tf.train.get_global_step()
        self.steps_done = 0

    def after_create_session(self, session: Any, coord: Any) -> None:
        self.steps_done = int(session.run(self._global_step))

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self.steps_done += 1
        self.after_step(run_context, run_values.results)

    def after_step(self, run_context: Any, results: Any) -> None:
        """Called after step `steps_done` with the values that `before_run` requested."""


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
