"""Which validation is best, and when training should stop."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from cnn_mnist.config import Config
from cnn_mnist.config.fields import METRICS
from cnn_mnist.model_folder.validations import Validation


@dataclasses.dataclass(frozen=True)
class Monitor:
    """Judges validations by one metric.

    Attributes:
      metric: one of `METRICS`.
      mode: one of `config.fields.MONITOR_MODES`; `auto` takes the metric's own direction.
      patience: validations without an improvement after which training stops; 0 for never.
      min_delta: an improvement by no more than this does not count for `patience`.
    """

    metric: str
    mode: str = "auto"
    patience: int = 0
    min_delta: float = 0.0

    @property
    def higher_is_better(self) -> bool:
        """Whether more is better."""
        return (METRICS[self.metric] if self.mode == "auto" else self.mode) == "max"

    def improves(self, new: Validation, old: Validation | None, by: float = 0.0) -> bool:
        """Whether `new` is better than `old` by more than `by`.

        NaN and infinity, which the record does not tell apart, are worse than anything.
        So is a model whose loss is no finite number, whatever its accuracy: it diverged.
        """
        value = new.metrics.get(self.metric, math.nan)
        if not math.isfinite(value) or not math.isfinite(new.metrics.get("loss", 0.0)):
            return False
        before = math.nan if old is None else old.metrics.get(self.metric, math.nan)
        if not math.isfinite(before):
            return True
        # In this order, so that rounding decides as it does in Keras.
        return value - by > before if self.higher_is_better else value + by < before

    def best(self, history: Sequence[Validation]) -> Validation | None:
        """Returns the best of all, the earliest of equals; None where there is none."""
        best = None
        for validation in history:
            if self.improves(validation, best):
                best = validation
        return best

    def waited(self, history: Sequence[Validation]) -> int:
        """Returns how many validations have passed since the last that improved enough.

        As Keras's `EarlyStopping` counts
        (https://www.tensorflow.org/api_docs/python/tf/keras/callbacks/EarlyStopping).
        """
        reference, waited = None, 0
        for validation in history:
            if self.improves(validation, reference, self.min_delta if reference else 0.0):
                reference, waited = validation, 0
            else:
                waited += 1
        return waited

    def stops(self, history: Sequence[Validation]) -> bool:
        """Whether training should stop after these validations."""
        return 0 < self.patience <= self.waited(history)


def monitor_of(config: Config) -> Monitor:
    """Returns what judges this run's validations."""
    return Monitor(
        config.monitor,
        config.monitor_mode,
        config.early_stopping_patience,
        config.early_stopping_min_delta,
    )
