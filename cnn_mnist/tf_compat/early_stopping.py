"""Early stopping that works with every distribution strategy.

The functions are those of `tf.estimator.experimental`. There, `make_early_stopping_hook` takes
every strategy for MultiWorkerMirroredStrategy: its condition is `strategy and (generator)`, and a
generator is true whatever it yields. Hence all other strategies

- are refused with "run_every_secs should not be set when using MultiWorkerMirroredStrategy",
  since 60 seconds are the default;
- get the hook that adds up the votes of all workers if `run_every_secs=None, run_every_steps=100`
  is given. It raises TypeError with ParameterServerStrategy, and with MirroredStrategy on two
  devices.

These faults are also corrected:

- before training begins, RunConfig calls every task of TF_CONFIG with a strategy the chief;
- the decision to stop is saved in the checkpoint, and stops the next training after a step;
- an evaluation without the metric raises KeyError.

As there, the hook has a variable, so that it cannot be added to a model that was trained without
it.
"""

from __future__ import annotations

import json
import logging
import operator
import os
from collections.abc import Callable
from typing import Any

import tensorflow
from tensorflow.python.distribute import distribute_coordinator
from tensorflow_estimator.python.estimator import early_stopping
from tensorflow_estimator.python.estimator import estimator as estimator_lib

__all__ = [
    "make_early_stopping_hook",
    "read_eval_metrics",
    "stop_if_higher_hook",
    "stop_if_lower_hook",
    "stop_if_no_decrease_hook",
    "stop_if_no_increase_hook",
]

tf: Any = tensorflow.compat.v1
read_eval_metrics = early_stopping.read_eval_metrics
_STRATEGIES_IN_STEP = ("CollectiveAllReduceStrategy", "MultiWorkerMirroredStrategy")
_EACH_TASK = distribute_coordinator.CoordinatorMode.INDEPENDENT_WORKER
_DEFAULT_SECONDS = 60
_logger = logging.getLogger("tensorflow")


def make_early_stopping_hook(
    estimator: Any,
    should_stop_fn: Callable[[], bool],
    run_every_secs: float | None = None,
    run_every_steps: int | None = None,
) -> Any:
    """Returns a session hook that stops training when a function returns True.

    In a cluster the chief calls the function and the others stop with it. With
    MultiWorkerMirroredStrategy all workers call it, at the same steps, and one that returns True
    stops all.

    Args:
      estimator: the Estimator that is trained.
      should_stop_fn: takes no arguments.
      run_every_secs: calls it every so many seconds; 60 if neither is given.
      run_every_steps: calls it every so many steps instead.

    Raises:
      TypeError: `estimator` is not an Estimator, or `should_stop_fn` is not callable.
      ValueError: both intervals are given, or MultiWorkerMirroredStrategy has no
        `run_every_steps`.
    """
    if not isinstance(estimator, estimator_lib.Estimator):
        raise TypeError(f"estimator must be a tf.estimator.Estimator, not {type(estimator)}")
    if run_every_secs is not None and run_every_steps is not None:
        raise ValueError("give one of run_every_secs and run_every_steps, not both")
    config = estimator.config
    name = type(config.train_distribute).__name__
    if name.startswith(_STRATEGIES_IN_STEP):
        if run_every_steps is None:
            raise ValueError(
                f"{name} needs run_every_steps, so that all workers look at the same step"
            )
        return _VotingHook(should_stop_fn, run_every_steps)
    if not _is_chief(config):
        return early_stopping._CheckForStoppingHook()
    if run_every_secs is None and run_every_steps is None:
        run_every_secs = _DEFAULT_SECONDS
    return _ChiefsHook(should_stop_fn, run_every_secs, run_every_steps)


def stop_if_higher_hook(
    estimator: Any,
    metric_name: str,
    threshold: float,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = None,
    run_every_steps: int | None = None,
) -> Any:
    """Returns a hook that stops training once a metric is higher than a threshold.

    Example:
      hook = stop_if_higher_hook(classifier, "accuracy", 0.99, run_every_steps=100)
      train_spec = tf.estimator.TrainSpec(input_fn, hooks=[hook])

    Args:
      estimator: the Estimator that is trained.
      metric_name: the metric, as `evaluate` returns it.
      threshold: its limit.
      eval_dir: the folder of the event files of evaluation; `estimator.eval_dir()` if not given.
      min_steps: evaluations before this step do not count.
      run_every_secs: see `make_early_stopping_hook`.
      run_every_steps: see `make_early_stopping_hook`.

    Raises:
      TypeError, ValueError: see `make_early_stopping_hook`.
    """
    return _threshold_hook(
        operator.gt,
        threshold,
        estimator,
        metric_name,
        eval_dir,
        min_steps,
        run_every_secs,
        run_every_steps,
    )


def stop_if_lower_hook(
    estimator: Any,
    metric_name: str,
    threshold: float,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = None,
    run_every_steps: int | None = None,
) -> Any:
    """Does the same as `stop_if_higher_hook` once the metric is lower."""
    return _threshold_hook(
        operator.lt,
        threshold,
        estimator,
        metric_name,
        eval_dir,
        min_steps,
        run_every_secs,
        run_every_steps,
    )


def stop_if_no_increase_hook(
    estimator: Any,
    metric_name: str,
    max_steps_without_increase: int,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = None,
    run_every_steps: int | None = None,
) -> Any:
    """Returns a hook that stops training once a metric has not increased for so many steps.

    Args:
      estimator: the Estimator that is trained.
      metric_name: the metric, as `evaluate` returns it.
      max_steps_without_increase: the training steps since its highest value.
      eval_dir: see `stop_if_higher_hook`.
      min_steps: see `stop_if_higher_hook`.
      run_every_secs: see `make_early_stopping_hook`.
      run_every_steps: see `make_early_stopping_hook`.

    Raises:
      TypeError, ValueError: see `make_early_stopping_hook`.
    """
    return _patience_hook(
        operator.gt,
        max_steps_without_increase,
        estimator,
        metric_name,
        eval_dir,
        min_steps,
        run_every_secs,
        run_every_steps,
    )


def stop_if_no_decrease_hook(
    estimator: Any,
    metric_name: str,
    max_steps_without_decrease: int,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = None,
    run_every_steps: int | None = None,
) -> Any:
    """Does the same as `stop_if_no_increase_hook` for a metric that should decrease."""
    return _patience_hook(
        operator.lt,
        max_steps_without_decrease,
        estimator,
        metric_name,
        eval_dir,
        min_steps,
        run_every_secs,
        run_every_steps,
    )


class _ChiefsHook(early_stopping._StopOnPredicateHook):
    """Stops training, and takes back a decision that an earlier training has left."""

    def begin(self) -> None:
        super().begin()
        self._go_on = tf.assign(self._stop_var, False)

    def after_create_session(self, session: Any, coord: Any) -> None:
        del coord
        session.run(self._go_on)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        # Beside the step the counter may be read before or after it counts. A run for the exact
        # value costs a quarter of a millisecond, so it is read only where it can matter.
        if self._timer.should_trigger_for_step(run_values.results + 1):
            step = run_context.session.run(self._global_step_tensor)
            super().after_run(run_context, run_values._replace(results=step))


class _VotingHook(early_stopping._MultiWorkerEarlyStoppingHook):
    """Does the same in all workers at once."""

    def begin(self) -> None:
        super().begin()
        strategy = tensorflow.distribute.get_strategy()
        self._go_on = strategy.run(
            lambda votes: votes.assign(tf.zeros([], tf.int32)), args=(self._stop_var,)
        )

    def after_create_session(self, session: Any, coord: Any) -> None:
        del coord
        session.run(self._go_on)


def _threshold_hook(
    is_beyond: Callable[[float, float], bool], threshold: float, *arguments: Any
) -> Any:
    def is_reason(values: list[tuple[int, float]]) -> bool:
        return any(is_beyond(value, threshold) for _, value in values)

    return _hook(is_reason, *arguments)


def _patience_hook(
    is_better: Callable[[float, float], bool], patience: int, *arguments: Any
) -> Any:
    def is_reason(values: list[tuple[int, float]]) -> bool:
        best: tuple[int, float] | None = None
        for step, value in values:
            if best is None or is_better(value, best[1]):
                best = step, value
            if step - best[0] >= patience:
                return True
        return False

    return _hook(is_reason, *arguments)


def _hook(
    is_reason: Callable[[list[tuple[int, float]]], bool],
    estimator: Any,
    metric_name: str,
    eval_dir: str | None,
    min_steps: int,
    run_every_secs: float | None,
    run_every_steps: int | None,
) -> Any:
    """Returns a hook that stops if the values of a metric, by step, are a reason to."""
    folder = estimator.eval_dir() if eval_dir is None else eval_dir

    def should_stop() -> bool:
        evaluations = read_eval_metrics(folder)
        values = [
            (step, metrics[metric_name])
            for step, metrics in evaluations.items()
            if metric_name in metrics
        ]
        if evaluations and not values:
            known = sorted(set().union(*evaluations.values()))
            raise ValueError(f"no evaluation in {folder} has {metric_name}, but {', '.join(known)}")
        values = [(step, value) for step, value in values if step >= min_steps]
        if not is_reason(values):
            return False
        step, value = values[-1]
        _logger.info("Early stopping: at step %d %s was %s", step, metric_name, value)
        return True

    return make_early_stopping_hook(estimator, should_stop, run_every_secs, run_every_steps)


def _is_chief(config: Any) -> bool:
    """Returns whether this task is the chief.

    A RunConfig that has a strategy and the cluster of TF_CONFIG learns its task only when
    training begins.
    """
    if getattr(config, "_distribute_coordinator_mode", None) != _EACH_TASK:
        return config.is_chief
    task = json.loads(os.environ["TF_CONFIG"]).get("task", {})
    role, index = task.get("type"), int(task.get("index", 0))
    if "chief" in config.cluster_spec.jobs:
        return role == "chief"
    return role == "worker" and index == 0
