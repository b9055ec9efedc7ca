"""The session hook that measures the rate of training."""

from __future__ import annotations

from typing import Any

from cnn_mnist.config import Config
from cnn_mnist.hooks.step import StepHook, TrainingClock
from cnn_mnist.plots.tensorboard import scalars
from cnn_mnist.support.progress import LogLine
from cnn_mnist.tf_compat import tf


class ExamplesPerSecondHook(StepHook):
    """Writes `examples_per_second` for TensorBoard, or with `log` a log line instead."""

    def __init__(
        self, config: Config, clock: TrainingClock, every_steps: int, log: bool = False
    ) -> None:
        self._config = config
        self._clock = clock
        self._every_steps = every_steps
        self._log = log

    def after_create_session(self, session: Any, coord: Any) -> None:
        super().after_create_session(session, coord)
        self._mark = (self.steps_done, self._clock.seconds())

    def after_step(self, run_context: Any, results: Any) -> None:
        steps, seconds = self.steps_done - self._mark[0], self._clock.seconds() - self._mark[1]
        if steps < self._every_steps:
            return
        self._mark = (self.steps_done, self._clock.seconds())
        rate = steps * self._config.step_images / seconds
        if self._log:
            tf.logging.info(LogLine(f"step {self.steps_done:,}  {rate:,.0f} examples per second"))
        else:
            writer = tf.summary.FileWriterCache.get(self._config.model_dir)
            writer.add_summary(scalars(examples_per_second=rate), self.steps_done)


def logged_examples_per_second(config: Config, clock: TrainingClock) -> Any:
    """Returns the hook that logs a line every `--log_every_steps`."""
    return ExamplesPerSecondHook(config, clock, config.log_every_steps, log=True)
