"""The random numbers of `tf.set_random_seed`, which TensorFlow 2 derives in another way.

With a seed of the graph, an op without one of its own took, in TensorFlow 1, the number of ops in
the graph before it (`get_seed` in tensorflow/python/framework/random_seed.py of TensorFlow 1.15).
TensorFlow 2 counts the ops that took such a seed instead. This module gives the old rule back, and
`op_counts` corrects the number where a function makes more or fewer ops today than then.

Initial values and dropout masks are then those of TensorFlow 1.15.5 for the functions that most
scripts use. They stay different for random ops that are created after one of these:
- gradients and optimizers;
- `tf.zeros` and `tf.ones` with a tensor in the shape, `tf.einsum`, `tf.linspace`, `tf.nn.swish`,
  `tf.random_gamma`, `tf.confusion_matrix`, `tf.clip_by_global_norm`, `tf.parse_single_example`;
- `tf.image.resize_image_with_crop_or_pad`, `per_image_standardization`, and `random_flip_*` of a
  batch of images;
- `batch_norm` of `tf.contrib.layers` where its kernel is not fused, a random initializer of biases
  there, and `AttentionCellWrapper`;
- layers of `tf.keras`, `tf.feature_column.linear_model`, and the premade Estimators.

A dataset that is shuffled and then repeated comes in another order, since TensorFlow 1.15 fused the
two. Dropout inside `tf.nn.dynamic_rnn` differed from run to run in TensorFlow 1.15 too.
"""

from __future__ import annotations

import importlib
from typing import Any

from cnn_mnist.tf1 import op_counts


def supply() -> None:
    """Gives an op without a seed of its own the seed that TensorFlow 1.15 gave it."""
    module: Any = importlib.import_module("tensorflow.python.framework.random_seed")
    if hasattr(module, "_graph_to_seed_dict"):
        op_counts.supply()
        module._graph_to_seed_dict = _OpsBefore()


class _OpsBefore:
    """Stands for the table of counts by graph, of which `get_seed` reads one and adds 1 to it."""

    def setdefault(self, graph: Any, default: int) -> int:
        del default
        return op_counts.count(graph)

    def __getitem__(self, graph: Any) -> int:
        return op_counts.count(graph)

    def __setitem__(self, graph: Any, count: int) -> None:
        pass
