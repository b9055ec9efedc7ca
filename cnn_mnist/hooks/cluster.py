"""The session hooks of a task in a cluster with parameter servers."""

from __future__ import annotations

from typing import Any

from cnn_mnist.cluster import shared_values
from cnn_mnist.cluster.shared_values import SharedValues
from cnn_mnist.cluster.tf_config import Cluster
from cnn_mnist.cluster.watchdog import Watchdog
from cnn_mnist.hooks.stop import StopRequest
from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import tf


class ClusterHook(tf.train.SessionRunHook):
    """Lets training begin, carries a stop of one task to all, and shows the watchdog each step.

    Put it before the other hooks of the chief: a worker begins when it has run.

    Args:
      cluster: the tasks; the chief lets the others begin.
      settings: what is trained, as JSON, for the others to compare with theirs.
      watchdog: of this task.
      stop: the signals to this process. The chief's stop all tasks, a worker's only itself.
      progress: receives a line when training ends early.

    Attributes:
      stopped_by_others: why all tasks were asked to end, of `shared_values`, or `RUNNING`.
    """

    def __init__(
        self,
        cluster: Cluster,
        settings: str,
        watchdog: Watchdog,
        stop: StopRequest,
        progress: Progress,
    ) -> None:
        self._cluster = cluster
        self._is_chief = cluster.is_chief
        self._settings = settings
        self._watchdog = watchdog
        self._stop = stop
        self._progress = progress
        self.stopped_by_others = shared_values.RUNNING

    def begin(self) -> None:
        self._values = SharedValues(self._cluster)
        self._global_step = tf.train.get_global_step()

    def after_create_session(self, session: Any, coord: Any) -> None:
        self._watchdog.alive()
        if self._is_chief:
            step = int(session.run(self._global_step))
            self._values.begin(session, step, self._settings)

    def before_run(self, run_context: Any) -> Any:
        return tf.train.SessionRunArgs(self._values.stop)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self._watchdog.alive()
        reason = int(run_values.results)
        if reason != shared_values.RUNNING and not self._is_chief:
            self.stopped_by_others = reason
            run_context.request_stop()
        if reason == shared_values.DIVERGED and self._is_chief:
            self.stopped_by_others = reason
            run_context.request_stop()
        if self._stop.signal is not None:
            self._stop.report()
            if self._is_chief:
                self.stop_all(run_context.session)
            run_context.request_stop()

    def stop_all(self, session: Any) -> None:
        """Has every task end after its next step."""
        self._values.ask_to_stop(session)
