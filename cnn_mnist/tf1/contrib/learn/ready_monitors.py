"""The ready-made monitors of `tf.contrib.learn.monitors`."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from cnn_mnist.tf1.contrib.learn import monitors
from cnn_mnist.tf_compat import tf


class StopAtStep(monitors.BaseMonitor):
    """Stops after a number of steps, or at a step; give one of the two."""

    run_on_all_workers = True

    def __init__(self, num_steps: int | None = None, last_step: int | None = None) -> None:
        super().__init__()
        if (num_steps is None) == (last_step is None):
            raise ValueError("give either num_steps or last_step")
        self._num_steps, self._last_step = num_steps, last_step

    def step_begin(self, step: int) -> list[Any]:
        if self._last_step is None:
            assert self._num_steps is not None
            self._last_step = step + self._num_steps - 1
        return super().step_begin(step)

    def step_end(self, step: int, output: dict[Any, Any]) -> bool:
        assert self._last_step is not None
        return step >= self._last_step


class PrintTensor(monitors.EveryN):
    """Logs tensors.

    Args:
      tensor_names: names of tensors, or a dict of names to show and names of tensors.
      every_n: see `EveryN`.
      first_n: see `EveryN`.
    """

    def __init__(self, tensor_names: Any, every_n: int = 100, first_n: int = 1) -> None:
        super().__init__(every_n, first_n)
        is_dict = isinstance(tensor_names, dict)
        self._names = tensor_names if is_dict else {name: name for name in tensor_names}

    def every_n_step_begin(self, step: int) -> list[Any]:
        return list(self._names.values())

    def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool:
        shown = [f"{tag} = {outputs[name]}" for tag, name in self._names.items()]
        tf.logging.info("Step %d: %s", step, ", ".join(shown))
        return False


class LoggingTrainable(monitors.EveryN):
    """Logs trainable variables.

    Args:
      scope: a pattern for the beginning of their names.
      every_n: see `EveryN`.
      first_n: see `EveryN`.
    """

    def __init__(self, scope: str | None = None, every_n: int = 100, first_n: int = 1) -> None:
        super().__init__(every_n, first_n)
        self._scope = scope
        self._variables: dict[str, Any] = {}

    def begin(self, max_steps: int | None = None) -> None:
        super().begin(max_steps)
        self._variables = {
            variable.name: variable.value()
            for variable in tf.trainable_variables()
            if re.match(self._scope or "", variable.name)
        }

    def every_n_step_begin(self, step: int) -> list[Any]:
        return [value.name for value in self._variables.values()]

    def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool:
        shown = [f"{name} = {outputs[value.name]}" for name, value in self._variables.items()]
        tf.logging.info("Logging Trainable: Step %d: %s", step, ", ".join(shown))
        return False


class CaptureVariable(monitors.EveryN):
    """Keeps a tensor's values by step, in `values`."""

    def __init__(self, var_name: str, every_n: int = 100, first_n: int = 1) -> None:
        super().__init__(every_n, first_n)
        self._name = var_name
        self.values: dict[int, Any] = {}

    def every_n_step_begin(self, step: int) -> list[Any]:
        return [self._name]

    def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool:
        self.values[step] = outputs[self._name]
        return False


class NanLoss(monitors.EveryN):
    """Raises if a loss is NaN, or stops."""

    def __init__(
        self, loss_tensor: Any, every_n_steps: int = 100, fail_on_nan_loss: bool = True
    ) -> None:
        super().__init__(every_n_steps)
        self._loss, self._fails = loss_tensor, fail_on_nan_loss

    def every_n_step_begin(self, step: int) -> list[Any]:
        return [self._loss.name]

    def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool:
        if not np.isnan(outputs[self._loss.name]):
            return False
        if self._fails:
            raise tf.train.NanLossDuringTrainingError
        tf.logging.warning("Model diverged with loss = NaN.")
        return True


class ValidationMonitor(monitors.EveryN):
    """Evaluates each new checkpoint during training, and may stop training.

    Args:
      x: see `Estimator.evaluate`, as for `y`, `input_fn`, `batch_size`, `metrics`, `hooks` and
        `name`.
      y: see `x`.
      input_fn: see `x`.
      batch_size: see `x`.
      eval_steps: how many batches.
      every_n_steps: how often it looks for a new checkpoint.
      metrics: see `x`.
      hooks: see `x`.
      early_stopping_rounds: for how many steps the metric may not become better.
      early_stopping_metric: the metric.
      early_stopping_metric_minimize: whether less is better.
      name: see `x`.
      check_interval_secs: unused.

    Raises:
      ValueError: there is neither `x` nor `input_fn`.
    """

    def __init__(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        eval_steps: int | None = None,
        every_n_steps: int = 100,
        metrics: dict[Any, Any] | None = None,
        hooks: Any = None,
        early_stopping_rounds: int | None = None,
        early_stopping_metric: str = "loss",
        early_stopping_metric_minimize: bool = True,
        name: str | None = None,
        check_interval_secs: int | None = None,
    ) -> None:
        del check_interval_secs
        super().__init__(every_n_steps, first_n_steps=-1)
        if x is None and input_fn is None:
            raise ValueError("give either x or input_fn")
        self._arguments = {"input_fn": input_fn, "steps": eval_steps, "hooks": hooks, "name": name}
        self._of_contrib = {"x": x, "y": y, "batch_size": batch_size, "metrics": metrics}
        self._rounds = early_stopping_rounds
        self._metric, self._less = early_stopping_metric, early_stopping_metric_minimize
        self._evaluated: str | None = None
        self.best_step: int | None = None
        self.best_value: Any = None
        self.best_metrics: dict[str, Any] | None = None
        self.early_stopped = False

    def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool:
        latest = tf.train.latest_checkpoint(self._estimator.model_dir)
        if latest is None or latest == self._evaluated:
            return False
        self._evaluated = latest
        results = self._evaluate()
        shown = ", ".join(f"{name} = {value}" for name, value in results.items())
        tf.logging.info("Validation (step %d): %s", step, shown)
        if self._rounds is None:
            return False
        if self._metric not in results:
            raise ValueError(f"metric {self._metric} is not among {sorted(results)}")
        value = results[self._metric]
        best = self.best_value
        if best is None or (value < best if self._less else value > best):
            self.best_value, self.best_step = value, step
            self.best_metrics = copy.deepcopy(results)
        assert self.best_step is not None
        self.early_stopped = step - self.best_step >= self._rounds
        return self.early_stopped

    def _evaluate(self) -> dict[str, Any]:
        if not isinstance(self._estimator, tf.estimator.Estimator):
            return self._estimator.evaluate(**self._arguments, **self._of_contrib)
        given = [name for name, value in self._of_contrib.items() if value is not None]
        if given:
            raise ValueError(f"a tf.estimator.Estimator takes none of {given}")
        return self._estimator.evaluate(**self._arguments)
