"""What the tasks of a cluster share, kept on the first parameter server, or else on the chief.

    next_batch   the number of the next batch; each task that takes one gets another
    stop         whether all tasks are to end
    is_ready     whether the chief has initialized or restored the variables
    settings     what the chief trains, as JSON, which every task has to train too
    divergence   where and why training diverged, as JSON, or nothing

They are not variables of the model, so no checkpoint holds them: the chief sets them when its
session begins. They are made of resource handles with names of their own, so that a task can ask
for them without the graph of the training.
"""

from __future__ import annotations

from typing import Any

from cnn_mnist.cluster.tf_config import Cluster
from cnn_mnist.tf_compat import tf

RUNNING = 0
"""Of `stop`: training goes on."""
STOPPED = 1
"""Of `stop`: the chief ends before the last step, by a signal or by early stopping."""
DIVERGED = 2
"""Of `stop`: the loss of some task became NaN or infinite."""
FINISHED = 3
"""Of `stop`: nothing is left to train."""

_MOST_BATCHES = 2**62


class SharedValues:
    """The values in the current graph, whose session runs in the cluster.

    Args:
      cluster: the tasks.

    Attributes:
      stop: int32 `[]`, one of `RUNNING`, `STOPPED`, `DIVERGED` and `FINISHED`; `DIVERGED` stays,
        whatever else is asked, until `begin`.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._place = "/job:chief/task:0" if cluster.is_synchronous else "/job:ps/task:0"
        # Not colocated with anything, and not before or after anything in the graph.
        with tf.control_dependencies(None), tf.name_scope("cluster"), tf.device(self._place):
            self._next_batch = _handle("next_batch", tf.int64)
            self._stop = _handle("stop", tf.int32)
            self._is_ready = _handle("is_ready", tf.bool)
            self._settings = _handle("settings", tf.string)
            self._divergence = _handle("divergence", tf.string)
            self._read_settings = _text_of(self._settings)
            self._read_divergence = _text_of(self._divergence)
            # Apart, for whatever is written over a stop must not hide that training diverged.
            self.stop = tf.where(
                tf.equal(self._read_divergence, ""),
                tf.raw_ops.ReadVariableOp(resource=self._stop, dtype=tf.int32),
                DIVERGED,
            )
            self._step = tf.placeholder(tf.int64, [])
            self._text = tf.placeholder(tf.string, [])
            self._ask = _assign(self._stop, STOPPED)
            self._diverge = _assign(self._divergence, self._text)
            begun = [
                _assign(self._next_batch, self._step),
                _assign(self._stop, RUNNING),
                _assign(self._divergence, ""),
                _assign(self._settings, self._text),
            ]
            with tf.control_dependencies(begun):
                self._begin = _assign(self._is_ready, True)
            self._finish = _assign(self._stop, FINISHED)
            with tf.control_dependencies([self._finish, _assign(self._divergence, "")]):
                self._finish_unbegun = _assign(self._is_ready, True)
            self._known = tf.raw_ops.VarIsInitializedOp(resource=self._is_ready)

    def take_batch(self) -> Any:
        """Returns the number of a batch that no other task takes, int64 `[]`, by a new op.

        The op counts within the variable's lock; `assign_add` and a read after it would not.
        """
        with tf.control_dependencies(None), tf.device(self._place):
            return tf.raw_ops.ResourceCountUpTo(
                resource=self._next_batch, limit=_MOST_BATCHES, T=tf.int64
            )

    def begin(self, session: Any, step: int, settings: str) -> None:
        """Lets training begin at a step; called by the chief once the variables have values."""
        session.run(self._begin, {self._step: step, self._text: settings})

    def finish(self, session: Any) -> None:
        """Has every task end, also one that still waits for `begin`; called by the chief."""
        session.run(self._finish if self.is_ready(session) else self._finish_unbegun)

    def reason(self, session: Any) -> int:
        """Returns the value of `stop`, where `is_ready`."""
        return int(session.run(self.stop))

    def settings(self, session: Any) -> str:
        """Returns what the chief gave to `begin`."""
        return session.run(self._read_settings).decode()

    def ask_to_stop(self, session: Any) -> None:
        """Has every task end after its next step; called by the chief."""
        session.run(self._ask)

    def diverge(self, session: Any, divergence: str) -> None:
        """Has every task end after its next step, since training diverged."""
        session.run(self._diverge, {self._text: divergence})

    def divergence(self, session: Any) -> str:
        """Returns what some task gave to `diverge`, where the `reason` is `DIVERGED`."""
        return session.run(self._read_divergence).decode()

    def is_ready(self, session: Any) -> bool:
        """Whether `begin` or `finish` was called since the parameter server was started."""
        return bool(session.run(self._known))


def end_servers(session: Any, count: int) -> None:
    """Has each of `count` parameter servers end."""
    session.run([end_queue(index).enqueue(True) for index in range(count)])


def end_queue(index: int) -> Any:
    """Returns the queue on a parameter server that gets one element when training has ended."""
    with tf.device(f"/job:ps/task:{index}"):
        return tf.queue.FIFOQueue(8, [tf.bool], [[]], shared_name=f"cluster_end_{index}")


def _handle(name: str, dtype: Any) -> Any:
    return tf.raw_ops.VarHandleOp(dtype=dtype, shape=[], shared_name=f"cluster/{name}", name=name)


def _text_of(handle: Any) -> Any:
    return tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.string)


def _assign(handle: Any, value: Any) -> Any:
    kind = handle.op.get_attr("dtype")
    return tf.raw_ops.AssignVariableOp(resource=handle, value=tf.convert_to_tensor(value, kind))
