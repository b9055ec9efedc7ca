"""The boxes that TensorBoard's *Graphs* draws beside the network, not in its row.

docs/notes/tensorboard.md says which rules of TensorBoard this follows.
"""

from __future__ import annotations

from typing import Any

from cnn_mnist.tf_compat import tf

INPUT = "input"
"""The scope of the input pipeline, where the row of the network begins."""
TRAINING = "training"
"""Gradients, the optimizer's update and the learning rate."""
VALIDATION = "validation"
"""The network once more, for the validation images, with the same variables."""
REPLICAS = "replicas"
"""The network once more for each further device, with the variables of the first."""
SUMMARIES = "summaries"
"""What TensorBoard shows of a training step."""
SESSION = "session"
"""Saving, restoring, initialization and checks."""
BESIDE = (TRAINING, VALIDATION, REPLICAS, SUMMARIES, SESSION)
"""The boxes beside the network."""


def beside_the_network(name: str) -> Any:
    """Returns a name scope of the current graph that TensorBoard draws beside the network.

    The scope can be entered again, from other modules too. A NoOp of the scope's own name marks
    it: TensorBoard takes such a box and all its edges out of the main graph. So the layers that
    it reads from have few edges there, and stay in their row.

    Args:
      name: one of `BESIDE`.
    """
    scope = f"{name}/"
    try:
        tf.get_default_graph().get_operation_by_name(name)
    except KeyError:
        with tf.control_dependencies(None):
            tf.no_op(name=scope)
    return tf.name_scope(scope)


class Scaffold(tf.train.Scaffold):
    """Adds the ops of initialization, saving and merging to the group `SESSION`."""

    def finalize(self) -> Any:
        with beside_the_network(SESSION):
            return super().finalize()
