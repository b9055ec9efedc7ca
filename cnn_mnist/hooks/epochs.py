"""Records mean loss and accuracy of each epoch, as Keras's progress shows them."""

from __future__ import annotations

import bisect
import dataclasses
import math
import os
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from cnn_mnist import model
from cnn_mnist.config import Config
from cnn_mnist.hooks.step import StepHook, TrainingClock
from cnn_mnist.hooks.validation import VALIDATION_FOLDER
from cnn_mnist.model_folder import epochs, history
from cnn_mnist.model_folder.epochs import Epoch
from cnn_mnist.model_folder.validations import Validation
from cnn_mnist.plots.tensorboard import scalars
from cnn_mnist.support.progress import Progress, duration
from cnn_mnist.tf_compat import tf

# Seconds between two writings of the history: with few images an epoch takes milliseconds.
_WRITE_EVERY = 1.0


class EpochHook(StepHook):
    """Adds up loss and right answers of every example, and records them by epoch.

    An epoch is one pass over the training images. A batch may hold the end of one epoch and the
    start of the next; each of its examples counts in its own. The sums come with the training
    step itself, and go into the record before each checkpoint, so that a run that was killed
    and goes on has the same history as one that was not.

    Put it after the hook that validates and before the one that saves, and give that one
    `before_saving()`.

    Args:
      size: the number of training images.
      config: the run.
      first_step: training steps that were done before; epochs recorded after that step belong
        to steps that were lost, and are dropped.
      clock: measures the time of training.
      progress: receives a line for each epoch, with `config.log_epochs`.
      validations: the validations so far; the hook that validates adds to it.
    """

    def __init__(
        self,
        size: int,
        config: Config,
        first_step: int,
        clock: TrainingClock,
        progress: Progress,
        validations: Sequence[Validation],
    ) -> None:
        self._size = size
        self._config = config
        self._first_step = first_step
        self._clock = clock
        self._progress = progress
        self._validations = validations
        self._epochs: list[Epoch] = []
        # Of these, the next validation is nearer to the end than the one before it.
        self._waiting: list[Epoch] = []
        self._written = -math.inf

    def begin(self) -> None:
        super().begin()
        graph = tf.get_default_graph()
        self._tensors = [graph.get_tensor_by_name(name) for name in model.EPOCH_TENSORS]
        folder = self._config.model_dir
        lines = epochs.read_lines(folder, self._first_step) if self._first_step else []
        epochs.write(folder, lines)
        self._epochs = epochs.newest(lines)
        self._running = self._left_off()
        ended = [epoch for epoch in self._epochs if epoch is not self._running]
        self._waiting = [epoch for epoch in ended if self._settled_at(epoch) > self._first_step]
        self._write_history()

    def after_create_session(self, session: Any, coord: Any) -> None:
        super().after_create_session(session, coord)
        self._mark = self._clock.seconds()

    def before_run(self, run_context: Any) -> Any:
        return tf.train.SessionRunArgs(self._tensors)

    def after_step(self, run_context: Any, results: Any) -> None:
        losses, right, self._rate = results
        position = (self.steps_done - 1) * self._config.step_images
        end = position + len(losses)
        while position < end:
            begin = position + len(losses) - end
            count = min(end - position, self._size - position % self._size)
            part = slice(begin, begin + count)
            self._add(1 + position // self._size, losses[part], right[part])
            position += count
            if position % self._size == 0:
                self.record()
                self._waiting.append(self._epochs[-1])
                self._running = None
        self._report()

    def end(self, session: Any) -> None:
        self.record()
        self._report(is_last=True)
        if self._running and epochs.begun(self._epochs)[-1] is self._running:
            # A training that goes on draws this point when the epoch has ended.
            self._show(self._running, in_charts=self.steps_done >= self._config.train_steps)
        self._write_history()

    def before_saving(self) -> Any:
        """Returns a listener that records the running epoch before a checkpoint is written."""
        return _Recording(self)

    def _left_off(self) -> Epoch | None:
        """Returns the epoch that the first step is in, if a part of it was recorded before."""
        number = 1 + self._first_step * self._config.step_images // self._size
        last = self._epochs[-1] if self._epochs else None
        return last if last and (last.epoch, last.size) == (number, self._size) else None

    def _add(self, number: int, losses: np.ndarray, right: np.ndarray) -> None:
        now = self._running or Epoch(
            number, self.steps_done - 1, self.steps_done, 0, self._size, 0.0, 0, 0.0, 0.0
        )
        self._running = dataclasses.replace(
            now,
            step=self.steps_done,
            examples=now.examples + len(losses),
            loss_sum=now.loss_sum + float(losses.sum(dtype=np.float64)),
            correct=now.correct + int(np.count_nonzero(right)),
        )

    def record(self) -> None:
        """Adds the running epoch to the record, unless it is there as it is now."""
        if self._running is None:
            return
        now, before = self._running, self._epochs[-1:]
        is_known = bool(before) and before[0].is_same(now)
        if is_known and before[0].step == now.step:
            return
        seconds = self._clock.seconds()
        self._running = dataclasses.replace(
            now,
            # The shortest number that is the same float32: 0.003, not 0.003000000026077032.
            learning_rate=float(str(self._rate)),
            seconds=now.seconds + seconds - self._mark,
        )
        self._mark = seconds
        epochs.append(self._config.model_dir, self._running)
        self._epochs[len(self._epochs) - is_known :] = [self._running]

    def _report(self, is_last: bool = False) -> None:
        """Shows the epochs that ended and whose validation is known now."""
        while self._waiting and (is_last or self._settled_at(self._waiting[0]) <= self.steps_done):
            self._show(self._waiting.pop(0))

    def _settled_at(self, epoch: Epoch) -> int:
        """Returns the step at which the validation at an epoch's end is known."""
        every, last = self._config.validate_every_steps, self._config.train_steps
        upcoming = min(math.ceil(epoch.step / every) * every, last)
        following = min(math.ceil((epoch.epoch + 1) * self._size / self._config.step_images), last)
        away = upcoming - epoch.step
        is_near = 2 * away < min(epoch.step - epoch.begin, following - epoch.step)
        before = self._count_to(epoch.step)
        if before and epoch.step - self._validations[before - 1].step <= away:
            is_near = False
        return upcoming if is_near else epoch.step

    def _count_to(self, step: int) -> int:
        return bisect.bisect_right(self._validations, step, key=lambda found: found.step)

    def _validation_of(self, epoch: Epoch) -> Validation | None:
        # With the epoch before it, to whose end a validation may be nearer.
        places = range(len(self._epochs) - 1, -1, -1)
        place = next(place for place in places if self._epochs[place] is epoch)
        near = self._epochs[max(0, place - 1) : place + 1]
        return history.validations_of(near, self._validations[self._count_to(epoch.begin) :])[-1]

    def _show(self, epoch: Epoch, in_charts: bool = True) -> None:
        """Draws an epoch in TensorBoard's charts, logs it, and brings the history up to date."""
        validation = self._validation_of(epoch)
        folder = self._config.model_dir
        if in_charts:
            _draw(folder, epoch.epoch, epoch.loss, epoch.accuracy)
            if validation:
                measured = (validation.metrics[name] for name in ("loss", "accuracy"))
                _draw(os.path.join(folder, VALIDATION_FOLDER), epoch.epoch, *measured)
        if self._config.log_epochs:
            self._progress.say(_line(epoch, self._epochs_in_all(), validation))
        if time.monotonic() - self._written > _WRITE_EVERY:
            self._write_history()

    def _write_history(self) -> None:
        history.write(self._config.model_dir, epochs.begun(self._epochs), self._validations)
        self._written = time.monotonic()

    def _epochs_in_all(self) -> int:
        steps, batch, size = self._config.train_steps, self._config.step_images, self._size
        # The end of the last batch may reach into an epoch that nobody asked for.
        return max(steps * batch // size, 1 + (steps - 1) * batch // size)


class _Recording(tf.train.CheckpointSaverListener):
    def __init__(self, hook: EpochHook) -> None:
        self._hook = hook

    def before_save(self, session: Any, global_step_value: int) -> None:
        self._hook.record()


def _draw(folder: str, epoch: int, loss: float, accuracy: float) -> None:
    """Adds a point to the charts by epoch, with the tags that Keras's callback uses."""
    writer = tf.summary.FileWriterCache.get(folder)
    writer.add_summary(scalars(epoch_loss=loss, epoch_accuracy=accuracy), epoch)
    # The last one may come after every hook that flushes, and the process may go on.
    writer.flush()


def _line(epoch: Epoch, of: int, validation: Validation | None) -> str:
    part = "" if epoch.examples == epoch.size else f" ({epoch.examples / epoch.size:.0%} of it)"
    texts = [
        f"epoch {epoch.epoch:,} of {of:,}{part}",
        f"loss {epoch.loss:.6f}, accuracy {epoch.accuracy:.2%}",
    ]
    if validation:
        at = "" if validation.step == epoch.step else f" at step {validation.step:,}"
        loss, accuracy = (validation.metrics[name] for name in ("loss", "accuracy"))
        texts.append(f"validation{at} loss {loss:.6f}, accuracy {accuracy:.2%}")
    return "  ".join((*texts, duration(epoch.seconds)))
