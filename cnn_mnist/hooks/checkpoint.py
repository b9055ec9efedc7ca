"""The session hook that writes checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnn_mnist.config import Config
from cnn_mnist.tf_compat import tf


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
