"""Validates checkpoints, for training whose weights move while they are validated."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from cnn_mnist import estimator as estimators
from cnn_mnist import model
from cnn_mnist.hooks.checkpoint import CheckpointHook
from cnn_mnist.hooks.validation import ValidationHook
from cnn_mnist.model_folder import best, checkpoints
from cnn_mnist.networks import architecture
from cnn_mnist.tf_compat import estimator, tf


class CheckpointValidationHook(ValidationHook):
    """Does what `ValidationHook` does with a checkpoint that it has saved, in a session of its own.

    With parameter servers other tasks change the weights at any time. Only a checkpoint is one
    state of them, so it is what is validated, and what becomes the best.

    Call `validates` before training.
    """

    def validates(
        self,
        checkpoint: CheckpointHook,
        paused: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """Says what this hook needs of the others.

        Args:
          checkpoint: saves the checkpoint to validate.
          paused: returns a context in which no step is expected.
        """
        self._checkpoint = checkpoint
        self._paused = paused

    def after_step(self, run_context: Any, results: Any) -> None:
        with self._paused():
            super().after_step(run_context, results)

    def _build(self) -> None:
        with tf.Graph().as_default() as graph:
            tf.train.get_or_create_global_step()
            self._iterator = tf.data.make_initializable_iterator(self._input_fn())
            features, labels = self._iterator.get_next()
            parameters = {"config": self._config}
            model.model_fn(features, labels, estimator.ModeKeys.EVAL, parameters)
            self._tensors = {
                "classes": graph.get_tensor_by_name(model.CLASSES_TENSOR),
                "labels": labels,
                "losses": graph.get_tensor_by_name(model.LOSSES_TENSOR),
                "probabilities": graph.get_tensor_by_name(model.SOFTMAX_TENSOR),
            }
            names = architecture.variable_shapes(architecture.parse(self._config.architecture))
            self._restorer = tf.train.Saver(tf.global_variables())
            self._saver = best.BestSaver(self._config.model_dir, names)
        settings = estimators.session_config(self._config, training=False)
        self._local = tf.Session(graph=graph, config=settings)

    def _weights(self, session: Any) -> tuple[Any, int]:
        path = self._checkpoint.save_now(session)
        self._restorer.restore(self._local, path)
        return self._local, checkpoints.step_of(path)

    def _stop(self, run_context: Any) -> None:
        super()._stop(run_context)
        run_context.request_stop()

    def end(self, session: Any) -> None:
        super().end(session)
        self._local.close()
