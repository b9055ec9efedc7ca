"""Session hooks: what happens between two training steps."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from cnn_mnist import plots
from cnn_mnist.config import Config
from cnn_mnist.errors import UserError
from cnn_mnist.support.progress import LogLine, Progress
from cnn_mnist.tf_compat import estimator, tf


class StepHook(tf.train.SessionRunHook):
    """A hook that knows how many steps are done."""

    def begin(self) -> None:
        self._global_step = tf.train.get_global_step()
        self.steps_done = 0

    def after_create_session(self, session: Any, coord: Any) -> None:
        self.steps_done = int(session.run(self._global_step))

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self.steps_done += 1
        self.after_step(run_context, run_values.results)

    def after_step(self, run_context: Any, results: Any) -> None:
        """Called when step `steps_done` is done, with what `before_run` asked for."""


class TrainingClock:
    """Counts seconds of training, without those that validation takes."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._paused = 0.0

    def seconds(self) -> float:
        """Returns the seconds of training since the clock was made."""
        return time.perf_counter() - self._started - self._paused

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Leaves out what happens within."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._paused += time.perf_counter() - began


class ProgressHook(StepHook):
    """Tells a `Progress` how training goes."""

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
        self.first_step = self.steps_done
        self._progress.begin(self.first_step, self._config.train_steps)

    def before_run(self, run_context: Any) -> Any:
        done = self.steps_done + 1
        due = done % self._EVERY_STEPS == 0 or done >= self._config.train_steps
        return tf.train.SessionRunArgs(self._loss) if due else None

    def after_step(self, run_context: Any, results: Any) -> None:
        if self.first_step_time is None:
            # The first step also compiles kernels; the rate begins after it.
            self.first_step_time = time.time()
            self._began = self._clock.seconds()
        if results is None:
            return
        self.last_loss = float(results)
        timed = self.steps_done - self.first_step - 1
        seconds = self._clock.seconds() - self._began
        if timed and seconds:
            self.images_per_second = timed * self._config.batch_size / seconds
            left = (self._config.train_steps - self.steps_done) * seconds / timed
            self._progress.step(self.steps_done, self.last_loss, self.images_per_second, left)

    def end(self, session: Any) -> None:
        self._progress.end()


class ExamplesPerSecondHook(StepHook):
    """Writes `examples_per_second` for TensorBoard, and a log line where asked to."""

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
        rate = steps * self._config.batch_size / seconds
        if self._log:
            tf.logging.info(LogLine(f"step {self.steps_done:,}  {rate:,.0f} examples per second"))
        else:
            writer = tf.summary.FileWriterCache.get(self._config.model_dir)
            writer.add_summary(scalars(examples_per_second=rate), self.steps_done)


class CheckpointHook(tf.train.CheckpointSaverHook):
    """Estimator's own, less what it does too often.

    TensorFlow's reads the global step again after each step, for there it may be one of many
    steps in a call (`_steps_per_run` is 1,000,000), which costs 0.5 ms of a step. And it
    writes the checkpoint that training goes on from once more, over itself, so that a crash in
    that moment costs the newest. Estimator adds none of its own where it is given one.

    Args:
      config: the run.
      first_step: the step of the checkpoint that training goes on from, 0 for none.
      listeners: are told before and after each checkpoint.
    """

    class _LastSaved(tf.train.CheckpointSaverListener):
        step = 0

        def after_save(self, session: Any, global_step_value: int) -> None:
            self.step = int(global_step_value)

    def __init__(self, config: Config, first_step: int = 0, listeners: Sequence[Any] = ()) -> None:
        self._saved = self._LastSaved()
        self._saved.step = self._first_step = first_step
        self._every_steps = config.save_checkpoints_steps
        super().__init__(
            config.model_dir, save_steps=self._every_steps, listeners=[*listeners, self._saved]
        )

    def after_run(self, run_context: Any, run_values: Any) -> None:
        # What was fetched may be the step before or after this one.
        if run_values.results + 1 >= self._saved.step + self._every_steps:
            super().after_run(run_context, run_values)

    def _save(self, session: Any, step: int) -> bool:
        if step and step == self._first_step:
            return False
        return super()._save(session, step)


def softmax_logging_hook(softmax_tensor: str, step_tensor: str, every_steps: int) -> Any:
    """Returns the tutorial's LoggingTensorHook on the softmax tensor, with readable lines."""
    return tf.train.LoggingTensorHook(
        tensors={"probabilities": softmax_tensor, "step": step_tensor},
        every_n_iter=every_steps,
        formatter=_softmax_line,
    )


def _softmax_line(values: dict[str, Any]) -> LogLine:
    first = values["probabilities"][0]
    numbers = " ".join("1.0" if p >= 0.995 else f"{p:.2f}"[1:] for p in first)
    return LogLine(
        f"step {int(values['step']) + 1:,}  softmax {numbers}  "
        f"first image: {int(np.argmax(first))} ({first.max():.0%})"
    )


def scalars(**values: float) -> Any:
    """Returns a summary of scalars, as `tf.summary.FileWriter.add_summary` takes it."""
    return tf.Summary(
        value=[tf.Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
    )


def confusion_matrix_summary(matrix: np.ndarray, class_names: tuple[str, ...], title: str) -> Any:
    """Returns a summary with the confusion matrix as a labelled picture.

    Its tag is not `confusion_matrix`: under that one Estimator writes the bare counts of
    an evaluation, and TensorBoard shows of a tag only the kind it met first.
    """
    png = plots.confusion_matrix_png(matrix, class_names, title)
    picture = tf.Summary.Image(encoded_image_string=png)
    return tf.Summary(value=[tf.Summary.Value(tag="confusion_matrix/image", image=picture)])


def _profiler(config: Config, clock: TrainingClock) -> Any:
    folder = os.path.join(config.model_dir, "profile")
    os.makedirs(folder, exist_ok=True)
    # It opens an event file at once, which TensorFlow 1's writer does in a graph only.
    with tf.Graph().as_default():
        return estimator.ProfilerHook(save_steps=config.save_summary_steps, output_dir=folder)


def _examples_per_second(config: Config, clock: TrainingClock) -> Any:
    return ExamplesPerSecondHook(config, clock, config.log_every_steps, log=True)


REGISTRY: dict[str, Callable[[Config, TrainingClock], Any]] = {
    "examples_per_second": _examples_per_second,
    "profiler": _profiler,
}
"""What `--hooks` may name: `examples_per_second` logs a line every `--log_every_steps`,
`profiler` writes a Chrome trace to `model_dir/profile` every `--save_summary_steps`."""


def by_name(names: tuple[str, ...], config: Config, clock: TrainingClock) -> list[Any]:
    """Returns the hooks called `names`.

    Raises:
      UserError: a name is not in `REGISTRY`.
    """
    for name in names:
        if name not in REGISTRY:
            raise UserError(f"--hooks={name} is unknown; allowed: {', '.join(REGISTRY)}")
    return [REGISTRY[name](config, clock) for name in names]
