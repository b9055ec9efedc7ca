"""The session hook that reports the progress of training."""

from __future__ import annotations

import math
import time
from typing import Any

from cnn_mnist.config import Config
from cnn_mnist.hooks.step import StepHook, TrainingClock
from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import tf


class ProgressHook(StepHook):
    """Reports steps, loss, rate and time left to a `Progress`, every ten steps.

    Attributes:
      first_step: training steps that were done before.
      first_step_time: when the first step was done, in seconds since the epoch, or None.
      last_loss: the loss of the last report; NaN before it.
      images_per_second: the rate of this process, without the first step and validation; NaN
        before it is known.
    """

    _EVERY_STEPS = 10

    def __init__(
        self, loss_tensor: str, config: Config, clock: TrainingClock, progress: Progress
    ) -> None:
        self._loss_tensor = loss_tensor
        self._config = config
        self._clock = clock
        self._progress = progress
        self.first_step = 0
        self.first_step_time: float | None = None
        self.last_loss = math.nan
        self.images_per_second = math.nan

    def begin(self) -> None:
        super().begin()
        self._loss = tf.get_default_graph().get_tensor_by_name(self._loss_tensor)

    def after_create_session(self, session: Any, coord: Any) -> None:
        super().after_create_session(session, coord)
        self.first_step = self._done_here = self.steps_done
        self._progress.begin(self.first_step, self._config.train_steps)

    def before_run(self, run_context: Any) -> Any:
        self._done_here += 1
        due = self._done_here % self._EVERY_STEPS == 0
        due |= self.steps_done + 1 >= self._config.train_steps
        return tf.train.SessionRunArgs(self._loss) if due else None

    def after_step(self, run_context: Any, results: Any) -> None:
        if self.first_step_time is None:
            # The first step also compiles kernels; the rate begins after it.
            self.first_step_time = time.time()
            self._began = self._clock.seconds()
        if results is None:
            return
        self.last_loss = float(results)
        timed = self._done_here - self.first_step - 1
        seconds = self._clock.seconds() - self._began
        if timed and seconds:
            self.images_per_second = timed * self._config.step_images / seconds
            of_all = max(self.steps_done - self.first_step - 1, 1)
            left = (self._config.train_steps - self.steps_done) * seconds / of_all
            self._progress.step(self.steps_done, self.last_loss, self.images_per_second, left)

    def end(self, session: Any) -> None:
        self._progress.end()
