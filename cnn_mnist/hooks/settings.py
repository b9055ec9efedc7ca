"""The session hook that shows a run's settings in TensorBoard."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from cnn_mnist.config import NOT_STORED, Config
from cnn_mnist.config.fields import GROUPS
from cnn_mnist.hooks.step import StepHook
from cnn_mnist.model_folder import runs
from cnn_mnist.plots import hparams
from cnn_mnist.plots.tensorboard import markdown_table, text
from cnn_mnist.support import processor
from cnn_mnist.tf_compat import KERNELS, tf

TAG = "settings"
SHOWN_FIRST = ("architecture", "batch_size", "learning_rate", "optimizer", "seed")
"""What *HParams* shows at first; the other columns are one click away."""


class SettingsHook(StepHook):
    """Writes settings, versions and machine as a text, and the hyper-parameters of *HParams*.

    Put it after the hook that saves.

    Args:
      config: the run.
      is_finished: says at the end of training whether nothing is left to train.
    """

    def __init__(self, config: Config, is_finished: Callable[[], bool]) -> None:
        self._config = config
        self._is_finished = is_finished

    def after_create_session(self, session: Any, coord: Any) -> None:
        super().after_create_session(session, coord)
        parameters = hyper_parameters(self._config)
        self._write(
            text(TAG, settings_text(self._config)),
            hparams.experiment(parameters, SHOWN_FIRST),
            hparams.session_start(parameters),
        )

    def end(self, session: Any) -> None:
        if self._is_finished():
            self._write(hparams.session_end())

    def _write(self, *summaries: Any) -> None:
        writer = tf.summary.FileWriterCache.get(self._config.model_dir)
        for summary in summaries:
            writer.add_summary(summary, self.steps_done)
        # The hooks that flush it have ended before.
        writer.flush()


def hyper_parameters(config: Config) -> dict[str, Any]:
    """Returns what runs are compared by: the recipe, the data set and the drawn digits.

    Every run has the same names, because TensorBoard takes the columns from one of them.
    """
    left_out = (*NOT_STORED, "epochs")  # The steps follow from the epochs.
    recipe = [row.name for row in GROUPS["Recipe"] if row.in_config and row.name not in left_out]
    return {name: getattr(config, name) for name in (*recipe, "dataset", "drawn_examples")}


def settings_text(config: Config) -> str:
    """Returns every setting, the versions and the machine as tables in Markdown."""
    settings = {
        f"--{name}": value
        for name, value in dataclasses.asdict(config).items()
        if name not in NOT_STORED
    }
    machine = {"processor": processor.name(), "processors": processor.count(), "kernels": KERNELS}
    tables = (
        ("Settings", ("flag", "value"), settings),
        ("Machine", ("", "value"), machine),
        ("Versions", ("package", "version"), runs.installed_versions()),
    )
    return "\n\n".join(
        f"### {title}\n\n{markdown_table(heads, rows.items())}" for title, heads, rows in tables
    )
