"""Decides which validation is best, and when training should stop."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from cnn_mnist.config import Config
from cnn_mnist.config.choices import METRICS
from cnn_mnist.model_folder.validations import Validation


@dataclasses.dataclass(frozen=True)
class Monitor:
    """Compares validations by one metric.

    Attributes:
      metric: one of `config.choices.METRICS`.
      mode: one of `config.choices.MONITOR_MODES`; `auto` takes the metric's own direction.
      patience: validations without an improvement after which training stops; 0 for never.
      min_delta: `patience` counts only improvements larger than this.
    """

    metric: str
    mode: str = "auto"
    patience: int = 0
    min_delta: float = 0.0

    @property
    def higher_is_better(self) -> bool:
        """Whether higher values of the metric are better."""
        return (METRICS[self.metric] if self.mode == "auto" else self.mode) == "max"

    def improves(self, new: Validation, old: Validation | None, by: float = 0.0) -> bool:
        """Returns whether `new` is better than `old` by more than `by`.

        NaN and infinity, which are the same in the record, are worse than any number. A
        model whose loss is not finite has diverged and never improves, whatever its accuracy.
        """
        value = new.metrics.get(self.metric, math.nan)
        if not math.isfinite(value) or not math.isfinite(new.metrics.get("loss", 0.0)):
            return False
        before = math.nan if old is None else old.metrics.get(self.metric, math.nan)
        if not math.isfinite(before):
            return True
        # The same order of operations as in Keras, so that rounding has the same effect.
        return value - by > before if self.higher_is_better else value + by < before

    def best(self, history: Sequence[Validation]) -> Validation | None:
        """Returns the best validation, the earliest of equal ones, or None if there is none."""
        best = None
        for validation in history:
            if self.improves(validation, best):
                best = validation
        return best

    def waited(self, history: Sequence[Validation]) -> int:
        """Returns the number of validations since the last that improved enough.

        Counts as Keras's `EarlyStopping` does
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
        """Returns whether training should stop after these validations."""
        return 0 < self.patience <= self.waited(history)


def monitor_of(config: Config) -> Monitor:
    """Returns the `Monitor` that a run's configuration describes."""
    return Monitor(
        config.monitor,
        config.monitor_mode,
        config.early_stopping_patience,
        config.early_stopping_min_delta,
    )
