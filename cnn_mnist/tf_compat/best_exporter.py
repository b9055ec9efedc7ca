"""A `BestExporter` that still knows the best result after a restart."""

from __future__ import annotations

import json
import os
from typing import Any

import tensorflow

from cnn_mnist.support import records

tf: Any = tensorflow.compat.v1
# Made available by tf_compat before this module is imported.
estimator: Any = tensorflow.estimator

BEST_FILE = "best_eval_result.json"
"""Lies beside the exported versions. Servers ignore it because its name is not a number."""


class BestExporter(estimator.BestExporter):
    """Exports a model whenever its evaluation is better than all before, also after a restart.

    `tf.estimator.BestExporter` exports the first model after each start, however bad, and from
    then on takes its result for the best. It does so because it looks for the best result in
    the event files, where it finds the result of this evaluation too and cannot tell a first
    evaluation from a later one. It also finds nothing there if the EvalSpec has a name: that
    writes to `eval_<name>`, and the pattern is `eval/*.tfevents.*`.

    This class writes the result of each export to `BEST_FILE` beside the exported versions, and
    reads it after a restart. If the versions there were exported by `tf.estimator.BestExporter`,
    it reads the event files, but not of this evaluation.

    The arguments are those of `tf.estimator.BestExporter`.
    """

    _model_dir: Any

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: dict[str, Any],
        is_the_final_export: bool,
    ) -> Any:
        """Exports the model if it is better than the best so far.

        Args:
          estimator: the Estimator.
          export_path: the folder of the exported versions.
          checkpoint_path: the checkpoint that was evaluated.
          eval_result: its metrics, with `global_step`.
          is_the_final_export: whether training has ended.

        Returns:
          The path of the new version, or None if the model is not better.
        """
        if self._model_dir != estimator.model_dir:
            # With these three the base class neither looks for the best result nor exports
            # without comparing.
            self._model_dir = estimator.model_dir
            self._has_exported = True
            self._best_eval_result = self._best_before(export_path, eval_result)
        exported = super().export(
            estimator, export_path, checkpoint_path, eval_result, is_the_final_export
        )
        if exported is not None:
            _save(os.path.join(export_path, BEST_FILE), eval_result)
        return exported

    def _best_before(self, export_path: str, eval_result: dict[str, Any]) -> dict | None:
        """Returns the metrics of the best model that was exported, or None if none was."""
        names = tf.gfile.ListDirectory(export_path) if tf.gfile.Exists(export_path) else []
        if not any(name.rstrip("/").isdigit() for name in names):
            return None
        if BEST_FILE in names:
            return _saved(os.path.join(export_path, BEST_FILE), eval_result)
        return self._best_of_events(eval_result) if self._event_file_pattern else None

    def _best_of_events(self, eval_result: dict[str, Any]) -> dict | None:
        best = None
        pattern = os.path.join(self._model_dir, self._event_file_pattern)
        for path in tf.gfile.Glob(pattern):
            for event in tf.train.summary_iterator(path):
                metrics = {
                    value.tag: value.simple_value
                    for value in event.summary.value
                    if value.HasField("simple_value")
                }
                if not metrics or event.step >= eval_result["global_step"]:
                    continue
                if best is None or self._compare_fn(
                    best_eval_result=best, current_eval_result=metrics
                ):
                    best = metrics
        return best


def _saved(path: str, eval_result: dict[str, Any]) -> dict[str, Any] | None:
    """Returns what `_save` wrote of such a result, or None, with a warning, for anything else."""
    try:
        with tf.gfile.Open(path) as file:
            found = records.parsed(file.read())
        records.check(found, {name: records.number() for name in {*_numbers(eval_result), *found}})
    except (ValueError, tf.errors.OpError) as error:
        records.warn(f"{path} cannot be used ({error}); the next result counts as the best")
        return None
    return found


def _save(path: str, eval_result: dict[str, Any]) -> None:
    """Writes the metrics that are numbers; the file is whole at any time."""
    with tf.gfile.Open(f"{path}.new", "w") as file:
        json.dump(_numbers(eval_result), file)
    tf.gfile.Rename(f"{path}.new", path, overwrite=True)


def _numbers(eval_result: dict[str, Any]) -> dict[str, float]:
    numbers = {}
    for name, value in eval_result.items():
        try:
            numbers[name] = float(value)
        except (TypeError, ValueError):
            continue  # A summary, such as a picture.
    return numbers
