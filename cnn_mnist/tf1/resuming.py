"""Says when an Estimator goes on from what another run left in a folder."""

from __future__ import annotations

import functools
import importlib
import re
from typing import Any

from cnn_mnist.tf1 import supplied
from cnn_mnist.tf_compat import tf

_seen: set[str] = set()


def supply() -> None:
    """Has `Estimator.train` say from which step it goes on, if its folder has a checkpoint.

    Old scripts name folders such as /tmp/mnist_convnet_model, which several of them share.
    """
    module = importlib.import_module("tensorflow_estimator.python.estimator.estimator")

    def with_line(train: Any) -> Any:
        @functools.wraps(train)
        def train_with_line(self: Any, *arguments: Any, **keywords: Any) -> Any:
            say(self.model_dir)
            return train(self, *arguments, **keywords)

        return train_with_line

    for name in ("Estimator", "EstimatorV2"):
        estimator = getattr(module, name)
        if "train" in vars(estimator):
            estimator.train = with_line(estimator.train)


def say(model_dir: str) -> None:
    """Says from which step training goes on, before the run first trains in a folder."""
    checkpoint = tf.train.latest_checkpoint(model_dir)
    if checkpoint and model_dir not in _seen:
        step = re.search(r"-(\d+)$", checkpoint)
        at = f"step {int(step[1]):,}" if step else checkpoint
        supplied.say(f"continuing from {at} in {model_dir}")
    _seen.add(model_dir)
