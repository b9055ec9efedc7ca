"""Averages gradients over the tasks of a cluster, in each step, by one collective all-reduce."""

from __future__ import annotations

import math
from typing import Any

from cnn_mnist.tf_compat import tf

WISH_TENSOR = "cluster/wish_to_stop:0"
"""Fed with 1 by a task that wants to stop, float32 `[]`; 0 otherwise."""
STOPS_TENSOR = "cluster/stops:0"
"""Whether any task wants to stop, bool `[]`: the same in all tasks at each step."""
_KEY = 1
"""Of the group and of its only operation: every task has to give the same."""


class AllReduce:
    """The mean over all tasks that compute.

    TensorFlow's collective operations do it, as in `tf.distribute.MultiWorkerMirroredStrategy`:
    the tasks form a ring, along which each sends and receives the tensors about once
    (https://www.tensorflow.org/api_docs/python/tf/distribute/MultiWorkerMirroredStrategy).

    Args:
      tasks: how many tasks compute.
    """

    def __init__(self, tasks: int) -> None:
        self.tasks = tasks

    def mean(self, gradients: list[tuple[Any, Any]], loss: Any) -> tuple[list[Any], Any]:
        """Adds the means over all tasks to the graph.

        Args:
          gradients: of this task, pairs of a float32 tensor and its variable, as
            `tf.train.Optimizer.compute_gradients` returns them.
          loss: of this task, float32 `[]`.

        Returns:
          The pairs with the mean gradients, and the mean loss.
        """
        wish = tf.placeholder_with_default(0.0, [], WISH_TENSOR.removesuffix(":0"))
        tensors = [*(gradient for gradient, _ in gradients), loss, wish]
        sizes = [math.prod(tensor.shape.as_list()) for tensor in tensors]
        together = tf.concat([tf.reshape(tensor, [-1]) for tensor in tensors], 0)
        reduced = tf.raw_ops.CollectiveReduce(
            input=together,
            group_size=self.tasks,
            group_key=_KEY,
            instance_key=_KEY,
            merge_op="Add",
            final_op="Div",
            subdiv_offsets=[0],
        )
        parts = [
            tf.reshape(part, tensor.shape)
            for part, tensor in zip(tf.split(reduced, sizes), tensors, strict=True)
        ]
        *means, loss, wishes = parts
        tf.greater(wishes, 0.0, STOPS_TENSOR.removesuffix(":0"))
        return list(zip(means, [variable for _, variable in gradients], strict=True)), loss
