"""Starts the server by which the other tasks of a cluster reach this one."""

from __future__ import annotations

from typing import Any

from cnn_mnist.cluster.tf_config import Cluster
from cnn_mnist.errors import SettingsError, one_line
from cnn_mnist.tf_compat import tf


def start(cluster: Cluster, session_config: Any) -> Any:
    """Starts this task's `tf.train.Server`, by which the other tasks reach it.

    Raises:
      SettingsError: it cannot take connections at its address.
    """
    kind, index = cluster.task
    tasks = {kind: list(addresses) for kind, addresses in cluster.addresses.items()}
    try:
        return tf.train.Server(tasks, job_name=kind, task_index=index, config=session_config)
    except (tf.errors.OpError, RuntimeError) as error:
        address = cluster.addresses[kind][index]
        raise SettingsError(
            f"{cluster.name} of TF_CONFIG cannot take connections at {address} "
            f"({one_line(error)}); another process may be there, or it is not this machine's"
        ) from error
