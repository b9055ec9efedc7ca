"""Validates within the training session, keeps the best checkpoint, and stops early."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from cnn_mnist import input_fns, metrics, model
from cnn_mnist.config import Config
from cnn_mnist.data.loading import Examples
from cnn_mnist.hooks.monitor import monitor_of
from cnn_mnist.hooks.step import StepHook, TrainingClock
from cnn_mnist.model_folder import best, validations
from cnn_mnist.model_folder.best import Best
from cnn_mnist.model_folder.validations import Validation
from cnn_mnist.networks import architecture
from cnn_mnist.plots.graph_groups import INPUT, VALIDATION, beside_the_network
from cnn_mnist.plots.tensorboard import confusion_matrix_summary, scalars
from cnn_mnist.support import confusion_matrix
from cnn_mnist.support.files import write_whole
from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import tf

Calibrate = Callable[[int, np.ndarray, np.ndarray], None]

VALIDATION_FOLDER = "eval_validation"
"""A folder in `model_dir`, which TensorBoard shows as a separate run on the same charts."""


class ValidationHook(StepHook):
    """Evaluates the validation images, keeps the best weights, and stops early if configured.

    Validates every `config.validate_every_steps` and after the last step. Estimator's own
    `train_and_evaluate` would leave the session, build a second graph and read a
    checkpoint each time, and its `BestExporter` forgets the best after a restart
    (https://github.com/tensorflow/tensorflow/issues/47396).

    Args:
      input_fn: returns a dataset of all validation images, once, in batches of
        `config.eval_batch_size`.
      add_tensors: given features and labels, adds `classes`, `labels` and `losses`, each
        `[batch]`, and `probabilities`, `[batch, classes]`, to the training graph, and returns
        them by these names.
      examples: the number of validation images.
      class_names: a name for each class.
      first_step: training steps that were done before; validations recorded after that step
        belong to steps that were lost, and are dropped.
      config: the run.
      clock: is paused during validation.
      progress: receives each validation.
      on_best: called after each new best checkpoint.
      calibrate: called before it is saved, with its step and what the validation images gave:
        probabilities, floats `[count, classes]`, and labels, int `[count]`.

    Attributes:
      history: the validations of this training, restarts included.
      best: the best checkpoint, or None before the first validation.
      stop_all: in a cluster, has all tasks end early, given the session; None ends this one.
    """

    stop_all: Callable[[Any], None] | None = None

    def __init__(
        self,
        input_fn: Callable[[], Any],
        add_tensors: Callable[[Any, Any], dict[str, Any]],
        examples: int,
        class_names: tuple[str, ...],
        first_step: int,
        config: Config,
        clock: TrainingClock,
        progress: Progress,
        on_best: Callable[[], None] = lambda: None,
        calibrate: Calibrate = lambda step, probabilities, labels: None,
    ) -> None:
        self._input_fn = input_fn
        self._add_tensors = add_tensors
        self._batches = math.ceil(examples / config.eval_batch_size)
        self._class_names = class_names
        self._config = config
        self._clock = clock
        self._progress = progress
        self._on_best = on_best
        self._calibrate = calibrate
        self._monitor = monitor_of(config)
        self.history = _continued_history(config.model_dir, first_step)
        self.best: Best | None = best.read(config.model_dir)

    def begin(self) -> None:
        super().begin()
        self._build()
        folder = os.path.join(self._config.model_dir, VALIDATION_FOLDER)
        # A new writer writes the default graph, which is half built now.
        with tf.Graph().as_default():
            self._writer = tf.summary.FileWriterCache.get(folder)

    def _build(self) -> None:
        """Adds what validates to the training graph, and what saves the best."""
        self._saver = best.BestSaver(
            self._config.model_dir,
            architecture.variable_shapes(architecture.parse(self._config.architecture)),
        )
        with beside_the_network(VALIDATION), tf.name_scope(INPUT):
            self._iterator = tf.data.make_initializable_iterator(self._input_fn())
            features, labels = self._iterator.get_next()
        self._tensors = self._add_tensors(features, labels)

    def after_step(self, run_context: Any, results: Any) -> None:
        last = self.steps_done >= self._config.train_steps
        if not last and not self.passed_multiple_of(self._config.validate_every_steps):
            return
        with self._clock.paused():
            session, step = self._weights(run_context.session)
            validation, probabilities, labels = self._validate(session, step)
            if self._monitor.improves(validation, self.best.validation if self.best else None):
                # Before it is the best: a crash in between must not leave one without calibration.
                self._calibrate(validation.step, probabilities, labels)
                self._saver.save(session, validation)
                self.best = best.read(self._config.model_dir)
                self._on_best()
        if self._monitor.stops(self.history) and not last:
            waited = self._monitor.waited(self.history)
            times = "one validation" if waited == 1 else f"{waited} validations in a row"
            self._progress.say(f"Stopping early: {times} did not improve {self._monitor.metric}")
            self._stop(run_context)

    def _stop(self, run_context: Any) -> None:
        if self.stop_all:
            self.stop_all(run_context.session)
        else:
            run_context.request_stop()

    def _weights(self, session: Any) -> tuple[Any, int]:
        """Returns a session that holds the weights to validate, and their step."""
        return session, self.steps_done

    def _validate(self, session: Any, step: int) -> tuple[Validation, np.ndarray, np.ndarray]:
        """Returns the validation, and the probabilities and the label of each image."""
        session.run(self._iterator.initializer)
        batches = [session.run(self._tensors) for _ in range(self._batches)]
        labels, classes, losses, probabilities = (
            np.concatenate([batch[key] for batch in batches])
            for key in ("labels", "classes", "losses", "probabilities")
        )
        matrix = confusion_matrix.count(labels, classes, len(self._class_names))
        measured = metrics.validation_metrics(matrix, float(np.mean(losses)))
        validation = Validation(step, measured)
        self._record(validation, matrix)
        return validation, probabilities, labels

    def _record(self, validation: Validation, matrix: np.ndarray) -> None:
        self.history.append(validation)
        validations.append(self._config.model_dir, validation)
        accuracy, loss = validation.metrics["accuracy"], validation.metrics["loss"]
        self._writer.add_summary(scalars(accuracy=accuracy, loss=loss), validation.step)
        title = f"{matrix.sum():,} validation images, step {validation.step:,}"
        self._writer.add_summary(
            confusion_matrix_summary(matrix, self._class_names, title), validation.step
        )
        self._writer.flush()
        self._progress.validated(validation.step, accuracy, loss)


def for_training(
    config: Config,
    validation: Examples,
    names: tuple[str, ...],
    first_step: int,
    clock: TrainingClock,
    progress: Progress,
    on_best: Callable[[], None] = lambda: None,
    calibrate: Calibrate = lambda step, probabilities, labels: None,
    kind: type[ValidationHook] = ValidationHook,
) -> ValidationHook | None:
    """Returns the hook for a run's validation images, or None if there are none."""
    if not len(validation):
        return None
    return kind(
        input_fns.evaluate_input_fn(validation, config.eval_batch_size),
        lambda features, labels: model.validation_tensors(features, labels, config),
        len(validation),
        names,
        first_step,
        config,
        clock,
        progress,
        on_best,
        calibrate,
    )


def _continued_history(model_dir: str, first_step: int) -> list[Validation]:
    """Returns the validations up to `first_step`, and removes later ones from the record."""
    history = validations.read(model_dir, first_step) if first_step else []
    lines = "".join(validations.as_json(validation) + "\n" for validation in history)
    write_whole(os.path.join(model_dir, validations.VALIDATIONS_FILE), lines)
    return history
