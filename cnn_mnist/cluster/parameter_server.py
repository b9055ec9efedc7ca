"""A parameter server: holds variables for the other tasks until training has ended."""

from __future__ import annotations

import threading
import time
from typing import Any

from cnn_mnist.cluster import server as servers
from cnn_mnist.cluster import shared_values, watchdog
from cnn_mnist.cluster.tf_config import Cluster
from cnn_mnist.cluster.watchdog import Absence, Say
from cnn_mnist.tf_compat import tf

_LINGER = 2.0
"""Seconds that a server stays after the end, or the chief prints errors while it closes."""
_ASK_EVERY = 0.5


def serve(cluster: Cluster, session_config: Any, timeout: float, say: Say) -> None:
    """Serves until the chief says that training has ended.

    Args:
      cluster: whose task is a `ps`.
      session_config: a `tf.ConfigProto`.
      timeout: seconds for which the chief may be gone.
      say: receives a line every 10 s while the chief is gone.

    Raises:
      ClusterTimeoutError: the chief was gone for longer.
    """
    server = servers.start(cluster, session_config)
    ended = threading.Event()
    threading.Thread(
        target=_wait_for_the_end, args=(server, cluster.task[1], ended), daemon=True
    ).start()
    chief = cluster.of_kind("chief")
    absence = Absence(chief, timeout, say)
    while not ended.wait(_ASK_EVERY):
        if missing := watchdog.unreachable(chief):
            absence.check(missing)
        else:
            absence.seen()
    time.sleep(_LINGER)


def _wait_for_the_end(server: Any, index: int, ended: threading.Event) -> None:
    filters = tf.ConfigProto(device_filters=[f"/job:ps/task:{index}"])
    with tf.Graph().as_default():
        token = shared_values.end_queue(index).dequeue()
        with tf.Session(server.target, config=filters) as session:
            session.run(token)
    ended.set()
