"""`tf.data.experimental.CheckpointInputPipelineHook`, which TensorFlow 2.16 dropped."""

from __future__ import annotations

import os
from typing import Any

import tensorflow
from tensorflow.python.data.experimental.ops import iterator_ops as experimental_iterator_ops
from tensorflow.python.data.ops import iterator_ops

tf: Any = tensorflow.compat.v1


class CheckpointInputPipelineHook(tf.train.SessionRunHook):
    """Saves where the input pipeline is, so that training that goes on reads what comes next.

    It saves as often as the Estimator saves checkpoints, and at the end, to `input.ckpt-<step>` in
    `model_dir`; `checkpoint_input` names the newest. With several workers each has files of its
    own, such as `input_worker_1.ckpt-<step>`. Buffers for shuffling are saved too, which can make
    the files large.

    Example:
      hook = tf.data.experimental.CheckpointInputPipelineHook(classifier)
      classifier.train(input_fn, hooks=[hook])

    Args:
      estimator: the `tf.estimator.Estimator` that is trained.
      external_state_policy: what to do if the pipeline depends on state that cannot be saved, such
        as a random generator without a seed: `fail` (the default), `warn` or `ignore`.

    Raises:
      ValueError: the policy is unknown, or the Estimator saves no checkpoints.
    """

    def __init__(self, estimator: Any, external_state_policy: str | None = None) -> None:
        config = estimator.config
        self._policy = experimental_iterator_ops._convert_external_state_policy_to_enum(
            external_state_policy or "fail"
        )
        # Raises ValueError unless one of the two is given.
        self._timer = tf.train.SecondOrStepTimer(
            every_secs=config.save_checkpoints_secs, every_steps=config.save_checkpoints_steps
        )
        name = "input"
        if config.num_worker_replicas > 1:
            name += f"_{config.task_type}_{config.task_id}"
        self._folder, self._path = estimator.model_dir, os.path.join(estimator.model_dir, name)
        self._latest = f"checkpoint_{name}"

    def begin(self) -> None:
        self._step = tf.train.get_or_create_global_step()
        resources = tf.get_collection(iterator_ops.GLOBAL_ITERATORS)
        saveables = [
            iterator_ops._IteratorSaveable(each, each.name, self._policy) for each in resources
        ]
        self._saver = tf.train.Saver(saveables, sharded=True) if saveables else None

    def after_create_session(self, session: Any, coord: Any) -> None:
        del coord
        if self._saver is None:
            return
        state = tf.train.get_checkpoint_state(self._folder, self._latest)
        if state and state.model_checkpoint_path:
            self._saver.restore(session, state.model_checkpoint_path)
            # So that files of earlier runs are counted among those to keep.
            self._saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
        self._timer.update_last_triggered_step(session.run(self._step))

    def before_run(self, run_context: Any) -> Any:
        del run_context
        return tf.train.SessionRunArgs(self._step)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        # The value fetched beside the train op may be of before it.
        if self._timer.should_trigger_for_step(run_values.results + 1):
            step = run_context.session.run(self._step)
            if self._timer.should_trigger_for_step(step):
                self._save(run_context.session, step)

    def end(self, session: Any) -> None:
        step = session.run(self._step)
        if step != self._timer.last_triggered_step():
            self._save(session, step)

    def _save(self, session: Any, step: int) -> None:
        self._timer.update_last_triggered_step(step)
        if self._saver is not None:
            self._saver.save(
                session,
                f"{self._path}.ckpt",
                global_step=step,
                latest_filename=self._latest,
                write_meta_graph=False,
            )


def supply() -> None:
    """Gives `tf.data.experimental` the hook, in the APIs of both versions, where it is missing."""
    for api in (tensorflow.data.experimental, tf.data.experimental):
        if not hasattr(api, "CheckpointInputPipelineHook"):
            api.CheckpointInputPipelineHook = CheckpointInputPipelineHook
