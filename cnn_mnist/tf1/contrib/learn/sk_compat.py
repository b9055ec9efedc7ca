"""`tf.contrib.learn.SKCompat`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from cnn_mnist.tf1.contrib.learn.estimator import Estimator


class SKCompat:
    """An Estimator with the arguments of scikit-learn.

    Args:
      estimator: an `Estimator`.
    """

    def __init__(self, estimator: Estimator) -> None:
        self._estimator = estimator

    def fit(
        self,
        x: Any,
        y: Any,
        batch_size: int = 128,
        steps: int | None = None,
        max_steps: int | None = None,
        monitors: Iterable[Any] | None = None,
    ) -> SKCompat:
        """Trains on shuffled batches; see `Estimator.fit`."""
        self._estimator.fit(
            x, y, None, steps=steps, batch_size=batch_size, monitors=monitors, max_steps=max_steps
        )
        return self

    def score(
        self,
        x: Any,
        y: Any,
        batch_size: int = 128,
        steps: int | None = None,
        metrics: dict[Any, Any] | None = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """Evaluates; see `Estimator.evaluate`."""
        return self._estimator.evaluate(
            x, y, batch_size=batch_size, steps=steps, metrics=metrics, name=name
        )

    def predict(self, x: Any, batch_size: int = 128, outputs: Iterable[str] | None = None) -> Any:
        """Returns the predictions for all examples: an array, or a dict of arrays."""
        batches = list(
            self._estimator.predict(x, batch_size=batch_size, outputs=outputs, iterate_batches=True)
        )
        if not isinstance(batches[0], dict):
            return np.concatenate(batches)
        return {key: np.concatenate([batch[key] for batch in batches]) for key in batches[0]}
