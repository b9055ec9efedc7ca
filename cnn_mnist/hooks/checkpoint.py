"""The session hook that writes checkpoints."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from cnn_mnist.config import Config
from cnn_mnist.support.files import write_whole
from cnn_mnist.tf_compat import tf

GRAPH_FILE = "graph.pbtxt"
"""The training graph as text, in `model_dir`; Estimator's own name for it."""


class CheckpointHook(tf.train.CheckpointSaverHook):
    """Saves a checkpoint every `config.save_checkpoints_steps` and after the last step.

    It leaves out three things that TensorFlow's `CheckpointSaverHook` does too often or slowly:

    - TensorFlow reads the global step again after each step, since one call may run many
      steps (`_steps_per_run` is 1,000,000). That costs 0.5 ms a step.
    - TensorFlow first overwrites the checkpoint that training resumes from with itself. A
      crash at that moment loses the newest checkpoint.
    - TensorFlow makes the text of `graph.pbtxt` in Python. That takes ten times as long as
      protobuf's own text, 0.1 s here.

    Estimator adds no hook of its own if it is given a `CheckpointSaverHook`.

    Args:
      config: the run.
      first_step: the step of the checkpoint that training resumes from; 0 for none.
      listeners: `CheckpointSaverListener`s, called before and after each save.
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

    def after_create_session(self, session: Any, coord: Any) -> None:
        graph = tf.get_default_graph()
        graph_def = graph.as_graph_def(add_shapes=True)
        write_whole(os.path.join(self._checkpoint_dir, GRAPH_FILE), str(graph_def))
        self._summary_writer.add_graph(graph)
        saver_def = self._get_saver().saver_def
        meta_graph = tf.train.export_meta_graph(graph_def=graph_def, saver_def=saver_def)
        self._summary_writer.add_meta_graph(meta_graph)
        step = session.run(self._global_step_tensor)
        self._save(session, step)
        self._timer.update_last_triggered_step(step)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        # The fetched step may be the one before or after this step.
        if run_values.results + 1 >= self._saved.step + self._every_steps:
            super().after_run(run_context, run_values)

    def save_now(self, session: Any) -> str:
        """Saves a checkpoint at once, unless this step has one; returns its path."""
        step = int(session.run(self._global_step_tensor))
        if step != self._saved.step:
            self._save(session, step)
            self._timer.update_last_triggered_step(step)
        return str(tf.train.latest_checkpoint(self._checkpoint_dir))

    def _save(self, session: Any, step: int) -> bool:
        if step and step == self._first_step:
            return False
        return super()._save(session, step)
