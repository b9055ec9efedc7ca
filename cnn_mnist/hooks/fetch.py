"""Keeps the values of tensors over all batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnn_mnist.tf_compat import tf


class FetchHook(tf.train.SessionRunHook):
    """Fetches tensors of the graph with each batch, such as the predictions of an evaluation.

    Args:
      tensors: their names in the graph, such as `softmax_tensor:0`; each `[batch, ...]`.
    """

    def __init__(self, tensors: Sequence[str]) -> None:
        self._names = tensors
        self._batches: list[list[np.ndarray]] = []

    def before_run(self, run_context: Any) -> Any:
        return tf.train.SessionRunArgs(list(self._names))

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self._batches.append(run_values.results)

    def values(self) -> list[np.ndarray]:
        """Returns the value of each tensor over all batches, `[examples, ...]`."""
        return [np.concatenate(batches) for batches in zip(*self._batches, strict=True)]
