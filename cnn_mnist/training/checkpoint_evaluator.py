"""The evaluator of a cluster: measures each checkpoint that the chief saves."""

from __future__ import annotations

import contextlib
import os
import time
from typing import Any

from cnn_mnist import input_fns
from cnn_mnist.cluster import watchdog
from cnn_mnist.cluster.tf_config import Cluster
from cnn_mnist.cluster.watchdog import Absence
from cnn_mnist.config import Config
from cnn_mnist.data import splits
from cnn_mnist.data.loading import Dataset
from cnn_mnist.estimator import build_estimator
from cnn_mnist.model_folder import checkpoints, runs
from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import tf
from cnn_mnist.training import readiness

_ASK_EVERY = 1.0
_SPLIT = "test"


def evaluate_checkpoints(
    config: Config, cluster: Cluster, progress: Progress, dataset: Dataset | None = None
) -> int:
    """Measures each new checkpoint on the test images until training has ended.

    It reads `model_dir`, so it needs the chief's, and writes only TensorBoard's `eval_test` there.
    While one is measured the chief may save several: only the newest comes next.

    Args:
      config: the run, as the chief has it.
      cluster: whose task is the `evaluator`.
      progress: receives a line for each checkpoint.
      dataset: the data, if already loaded.

    Returns:
      How many checkpoints were measured.

    Raises:
      DataError: the data cannot be used.
      ClusterTimeoutError: nothing was heard of the chief for `config.cluster_timeout` seconds.
    """
    dataset = dataset or splits.load_dataset(config, progress)
    examples = splits.examples_of(dataset, _SPLIT, config)
    config = splits.with_train_steps(config, dataset, progress.say)
    measured: list[int] = []
    chief = _Chief(config, cluster, progress)
    while True:
        # In this order: the last checkpoint is there before the chief has ended.
        has_ended = chief.has_ended()
        newest = tf.train.latest_checkpoint(config.model_dir)
        if newest and checkpoints.step_of(newest) not in measured:
            # A checkpoint that is deleted meanwhile is followed by a newer one.
            with contextlib.suppress(tf.errors.NotFoundError, ValueError):
                values = _evaluated(config, examples, newest)
                progress.say(
                    f"step {checkpoints.step_of(newest):,}  {values['accuracy']:.2%} of "
                    f"{len(examples):,} test images, loss {values['loss']:.4f}"
                )
                measured.append(checkpoints.step_of(newest))
                continue
        if has_ended:
            return len(measured)
        time.sleep(_ASK_EVERY)


def _evaluated(config: Config, examples: Any, checkpoint: str) -> dict[str, Any]:
    batches = input_fns.evaluate_input_fn(examples, config.eval_batch_size)
    values: dict[str, Any] = build_estimator(config, training=False).evaluate(
        input_fns.as_one_box(batches), checkpoint_path=checkpoint, name=_SPLIT
    )
    return values


class _Chief:
    """Whether the chief still trains, by its address and by its folder."""

    def __init__(self, config: Config, cluster: Cluster, progress: Progress) -> None:
        self._config = config
        self._address = cluster.of_kind("chief")
        self._absence = Absence(
            self._address, config.cluster_timeout, progress.say, f" and in {config.model_dir}"
        )
        self._runs_before = len(runs.read(config.model_dir))
        self._changed = self._newest_change()

    def has_ended(self) -> bool:
        """Whether training has ended, also by a signal or by early stopping.

        Raises:
          ClusterTimeoutError: the chief is gone, and has not ended.
        """
        changed = self._newest_change()
        missing = watchdog.unreachable(self._address)
        if not missing or changed != self._changed:
            self._changed = changed
            self._absence.seen()
        if not missing:
            return False
        if readiness.is_finished(self._config):
            return True
        if len(runs.read(self._config.model_dir)) > self._runs_before:
            return True
        self._absence.check(missing)
        return False

    def _newest_change(self) -> float:
        """Returns when a file of the folder was last written, in seconds."""
        try:
            with os.scandir(self._config.model_dir) as entries:
                return max((entry.stat().st_mtime for entry in entries), default=0.0)
        except OSError:
            return 0.0
