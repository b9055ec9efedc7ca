"""How a task of a cluster reaches the others before and after training."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import time
from collections.abc import Iterator, Mapping
from typing import Any

from cnn_mnist.cluster import shared_values, watchdog
from cnn_mnist.cluster.shared_values import SharedValues
from cnn_mnist.cluster.tf_config import Cluster
from cnn_mnist.errors import DivergedError
from cnn_mnist.tf_compat import tf

_ASK_EVERY = 0.5
_PATIENCE_WITH_WORKERS = 20.0
"""Seconds that the chief waits for the workers to end before it ends the parameter servers."""


@dataclasses.dataclass(frozen=True)
class Link:
    """This task's connection with the others.

    Attributes:
      cluster: the tasks.
      server: this task's `tf.train.Server`.
      session_config: the `tf.ConfigProto` of its sessions.
    """

    cluster: Cluster
    server: Any
    session_config: Any

    def begin(self, step: int, told: Mapping[str, Any]) -> None:
        """Lets the workers begin at a step, with what they have to know; called by the chief."""
        with self._asking() as (values, session):
            values.begin(session, step, json.dumps(told))

    def wait_for_the_chief(self) -> dict[str, Any] | None:
        """Returns what the chief gave to `begin`, or None if nothing is left to train.

        It waits without an end of its own: the watchdog ends the process if the chief never comes.
        Estimator itself would ask only every 30 s. A session waits for half a minute for a server
        that is gone, also when it is closed.

        Raises:
          DivergedError: the other tasks have trained without this one, and training diverged.
        """
        holders = self.cluster.servers or self.cluster.of_kind("chief")
        with self._asking() as (values, session):
            while watchdog.unreachable(holders) or not _is_ready(values, session):
                time.sleep(_ASK_EVERY)
            reason = values.reason(session)
            if reason == shared_values.DIVERGED:
                raise DivergedError(**json.loads(values.divergence(session)))
            if reason == shared_values.FINISHED:
                return None
            found: dict[str, Any] = json.loads(values.settings(session))
            return found

    def say_diverged(self, error: DivergedError) -> None:
        """Has every task end after its next step, and one that comes later at once."""
        with self._asking() as (values, session):
            values.diverge(session, json.dumps({"step": error.step, "what": error.what}))

    def end_the_others(self) -> None:
        """Ends the other tasks; called by the chief."""
        with self._asking() as (values, session):
            values.finish(session)
            self._wait_until_workers_have_left()
            if self.cluster.servers:
                shared_values.end_servers(session, len(self.cluster.servers))

    def copy_checkpoint(self, path: str, folder: str) -> None:
        """Copies a checkpoint of the chief, which has another disk, for Estimator to resume from.

        Args:
          path: of the checkpoint without an ending, on the chief.
          folder: to which it is copied, on this task.
        """
        here = os.path.join(folder, os.path.basename(path))
        with self._asking() as (_, session), tf.device("/job:chief/task:0/cpu:0"):
            parts = tf.io.matching_files(f"{_escaped(path)}.*")
            for part in session.run(parts):
                content = session.run(tf.io.read_file(part))
                with open(here + part.decode()[len(path) :], "wb") as file:
                    file.write(content)
        tf.train.update_checkpoint_state(folder, here)

    def _wait_until_workers_have_left(self) -> None:
        """Waits a little: a worker that still needs a server would wait for it."""
        workers = self.cluster.of_kind("worker")
        end = time.monotonic() + _PATIENCE_WITH_WORKERS
        while len(watchdog.unreachable(workers)) < len(workers) and time.monotonic() < end:
            time.sleep(_ASK_EVERY)

    @contextlib.contextmanager
    def _asking(self) -> Iterator[tuple[SharedValues, Any]]:
        with tf.Graph().as_default():
            values = SharedValues(self.cluster)
            with tf.Session(self.server.target, config=self._settings_of_questions()) as session:
                yield values, session

    def _settings_of_questions(self) -> Any:
        settings = tf.ConfigProto()
        settings.CopyFrom(self.session_config)
        if self.cluster.is_synchronous:
            # Not in the session that trains: the end of each task's step would end the chief's.
            settings.device_filters.append("/job:chief/task:0")
        return settings


def _is_ready(values: SharedValues, session: Any) -> bool:
    try:
        return values.is_ready(session)
    except tf.errors.UnavailableError:
        # The server has gone, for want of the chief or to start again.
        return False


def _escaped(path: str) -> str:
    """Returns a path as a pattern that matches it alone."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in path)
