"""The hooks that `--hooks` may name."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from cnn_mnist.config import Config
from cnn_mnist.errors import SettingsError, given
from cnn_mnist.hooks.rate import logged_examples_per_second
from cnn_mnist.hooks.step import TrainingClock
from cnn_mnist.tf_compat import estimator, tf


def _profiler(config: Config, clock: TrainingClock) -> Any:
    folder = os.path.join(config.model_dir, "profile")
    os.makedirs(folder, exist_ok=True)
    # It opens an event file at once, which TensorFlow 1's writer can do only within a graph.
    with tf.Graph().as_default():
        return estimator.ProfilerHook(save_steps=config.save_summary_steps, output_dir=folder)


REGISTRY: dict[str, Callable[[Config, TrainingClock], Any]] = {
    "examples_per_second": logged_examples_per_second,
    "profiler": _profiler,
}
"""The hooks that `--hooks` may name: `examples_per_second` logs a line every `--log_every_steps`,
`profiler` writes a Chrome trace to `model_dir/profile` every `--save_summary_steps`."""


def by_name(names: tuple[str, ...], config: Config, clock: TrainingClock) -> list[Any]:
    """Returns the hooks with these names.

    Raises:
      SettingsError: a name is not in `REGISTRY`.
    """
    for name in names:
        if name not in REGISTRY:
            raise SettingsError(f"{given(hooks=name)} is unknown; allowed: {', '.join(REGISTRY)}")
    return [REGISTRY[name](config, clock) for name in names]
