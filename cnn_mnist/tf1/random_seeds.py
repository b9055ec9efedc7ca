"""The random numbers of `tf.set_random_seed`, which TensorFlow 2 derives in another way."""

from __future__ import annotations

import importlib
from typing import Any


def supply() -> None:
    """Gives an op without a seed of its own the seed that TensorFlow 1 gave it.

    With `tf.set_random_seed`, that was the number of ops in the graph before it (`get_seed` in
    tensorflow/python/framework/random_seed.py of TensorFlow 1.15). TensorFlow 2 counts the ops that
    took such a seed instead. Initial values and dropout are the same as then if the graph is.
    """
    module = importlib.import_module("tensorflow.python.framework.random_seed")
    if hasattr(module, "_graph_to_seed_dict"):
        vars(module)["_graph_to_seed_dict"] = _OpsBefore()


class _OpsBefore:
    """Stands for the table of counts by graph, of which `get_seed` reads one and adds 1 to it."""

    def setdefault(self, graph: Any, default: int) -> int:
        del default
        return int(graph.version)

    def __getitem__(self, graph: Any) -> int:
        return int(graph.version)

    def __setitem__(self, graph: Any, count: int) -> None:
        pass
