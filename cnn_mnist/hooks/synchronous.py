"""The session hook of a task in a cluster that trains synchronously."""

from __future__ import annotations

import signal
from typing import Any

from cnn_mnist.cluster import all_reduce
from cnn_mnist.cluster.watchdog import Watchdog
from cnn_mnist.errors import ClusterTimeoutError
from cnn_mnist.hooks.stop import StopRequest
from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import tf


class SynchronousHook(tf.train.SessionRunHook):
    """Ends all tasks after the same step, and shows the watchdog each step.

    A task that ended alone would leave the others in a step that never ends. So the wish to stop
    goes through the all-reduce, and all see it in the same step.

    Args:
      is_chief: whether this is the chief, which then counts as stopped by SIGTERM.
      watchdog: of this task.
      stop: the signals to this process; each stops all tasks.
      progress: receives a line when training ends early.
    """

    def __init__(
        self, is_chief: bool, watchdog: Watchdog, stop: StopRequest, progress: Progress
    ) -> None:
        self._is_chief = is_chief
        self._watchdog = watchdog
        self._stop = stop
        self._progress = progress
        self._has_begun = self._stops_early = False

    def begin(self) -> None:
        graph = tf.get_default_graph()
        self._wish = graph.get_tensor_by_name(all_reduce.WISH_TENSOR)
        self._stops = graph.get_tensor_by_name(all_reduce.STOPS_TENSOR)

    def after_create_session(self, session: Any, coord: Any) -> None:
        if self._has_begun:
            # TensorFlow makes a new session, for ever, when it has lost a task in a step.
            raise ClusterTimeoutError(
                "the cluster is lost: a task ended within a step; start all tasks again"
            )
        self._has_begun = True
        self._watchdog.alive()

    def before_run(self, run_context: Any) -> Any:
        self._wishes = self._stops_early or self._stop.signal is not None
        feeds = {self._wish: 1.0} if self._wishes else None
        return tf.train.SessionRunArgs(self._stops, feeds)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self._watchdog.alive()
        if not run_values.results:
            return
        if self._stop.signal is not None:
            self._stop.report()
        elif self._is_chief and not self._stops_early:
            self._progress.say("A worker was stopped, so all stop after this step")
            self._stop.signal = signal.SIGTERM
        run_context.request_stop()

    def stop_early(self, session: Any) -> None:
        """Has all tasks end after the next step, because validations do not improve any more."""
        self._stops_early = True
