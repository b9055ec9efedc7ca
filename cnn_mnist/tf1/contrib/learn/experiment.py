"""`Experiment` and `learn_runner`: training, evaluation and exports in one call."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from typing import Any

from cnn_mnist.tf1.contrib.learn import exports, monitors, ready_monitors
from cnn_mnist.tf1.contrib.learn import run_config as run_configs
from cnn_mnist.tf_compat import tf


class Experiment:
    """An Estimator with its data.

    Args:
      estimator: one of `tf.contrib.learn` or of `tf.estimator`.
      train_input_fn: the `input_fn` of training.
      eval_input_fn: the `input_fn` of evaluation.
      eval_metrics: further metrics, for an Estimator of `tf.contrib.learn`.
      train_steps: the step to train to; None for ever.
      eval_steps: how many batches are evaluated; None for all.
      train_monitors: monitors or hooks of training.
      eval_hooks: hooks of evaluation.
      local_eval_frequency: for `local_run`, as `min_eval_frequency`.
      eval_delay_secs: how long `evaluate` waits first.
      continuous_eval_throttle_secs: how long `continuous_eval` waits from one start to the next.
      min_eval_frequency: how often `train_and_evaluate` looks for a new checkpoint to evaluate, in
        steps; 0 for an evaluation at the end alone.
      delay_workers_by_global_step: unused; this machine is the only worker.
      export_strategies: one `ExportStrategy`, or several.
      train_steps_per_iteration: steps between two evaluations of `continuous_train_and_eval`.
      checkpoint_and_export: whether evaluation runs after each checkpoint, outside of training.

    Raises:
      ValueError: `eval_metrics` are given for an Estimator of `tf.estimator`.
    """

    def __init__(
        self,
        estimator: Any,
        train_input_fn: Callable[[], Any],
        eval_input_fn: Callable[[], Any],
        eval_metrics: dict[Any, Any] | None = None,
        train_steps: int | None = None,
        eval_steps: int | None = 100,
        train_monitors: Iterable[Any] | None = None,
        eval_hooks: Iterable[Any] | None = None,
        local_eval_frequency: int | None = None,
        eval_delay_secs: float = 120,
        continuous_eval_throttle_secs: float = 60,
        min_eval_frequency: int | None = None,
        delay_workers_by_global_step: bool = False,
        export_strategies: Any = None,
        train_steps_per_iteration: int | None = None,
        checkpoint_and_export: bool = False,
    ) -> None:
        del delay_workers_by_global_step
        self._is_core = isinstance(estimator, tf.estimator.Estimator)
        if self._is_core and eval_metrics is not None:
            raise ValueError(
                "eval_metrics are for an Estimator of tf.contrib.learn; use eval_metric_ops"
            )
        self.estimator = estimator
        self.eval_metrics = eval_metrics
        self.train_steps = train_steps
        self.eval_steps = eval_steps
        self._inputs = train_input_fn, eval_input_fn
        self._monitors, self._eval_hooks = list(train_monitors or ()), list(eval_hooks or ())
        self._local_frequency = local_eval_frequency
        self._frequency = 1 if min_eval_frequency is None else min_eval_frequency
        self._delay, self._throttle = eval_delay_secs, continuous_eval_throttle_secs
        self._strategies = _strategies(export_strategies)
        self._steps_per_iteration = train_steps_per_iteration
        self._in_turns = checkpoint_and_export

    def extend_train_hooks(self, additional_hooks: Iterable[Any]) -> None:
        """Adds hooks of training."""
        self._monitors.extend(additional_hooks)

    def reset_export_strategies(self, new_export_strategies: Any = None) -> tuple[Any, ...]:
        """Replaces the strategies; returns those of before."""
        before, self._strategies = self._strategies, _strategies(new_export_strategies)
        return before

    def train(self, delay_secs: float | None = None) -> Any:
        """Trains; returns the Estimator."""
        time.sleep(delay_secs or 0)
        return self._train(max_steps=self.train_steps)

    def evaluate(self, delay_secs: float | None = None, name: str | None = None) -> dict[str, Any]:
        """Evaluates after a delay, by default `eval_delay_secs`."""
        time.sleep(self._delay if delay_secs is None else delay_secs)
        return self._evaluate(name or "one_pass")

    def train_and_evaluate(self) -> tuple[dict[str, Any], list[Any]]:
        """Trains, evaluates new checkpoints meanwhile, evaluates and exports the last.

        Returns:
          `(results of evaluation, what each strategy returns)`.
        """
        return self._train_and_evaluate(self._frequency)

    def local_run(self) -> tuple[dict[str, Any], list[Any]]:
        """Does what `train_and_evaluate` does, with `local_eval_frequency`."""
        return self._train_and_evaluate(self._local_frequency)

    def continuous_eval(
        self,
        delay_secs: float | None = None,
        throttle_delay_secs: float | None = None,
        evaluate_checkpoint_only_once: bool = True,
        continuous_eval_predicate_fn: Callable[[Any], bool] | None = None,
    ) -> None:
        """Evaluates each new checkpoint until one has `train_steps`."""
        del evaluate_checkpoint_only_once
        time.sleep(self._delay if delay_secs is None else delay_secs)
        throttle = self._throttle if throttle_delay_secs is None else throttle_delay_secs
        seen, results = None, None
        goes_on = continuous_eval_predicate_fn or (lambda _: True)
        while goes_on(results) and not self._is_trained(results):
            begun = time.time()
            latest = tf.train.latest_checkpoint(self.estimator.model_dir)
            if latest and latest != seen:
                seen, results = latest, self._evaluate("continuous", latest)
                self._export(results, latest)
            time.sleep(max(0, begun + throttle - time.time()))

    def continuous_train_and_eval(
        self, continuous_eval_predicate_fn: Callable[[Any], bool] | None = None
    ) -> tuple[Any, list[Any]]:
        """Trains some steps and evaluates, in turns, up to `train_steps`."""
        steps = self._steps_per_iteration
        if steps is None:
            steps = max(1, self.train_steps // 10) if self.train_steps else 1000
        goes_on = continuous_eval_predicate_fn or (lambda _: True)
        results = None
        while goes_on(results) and not self._is_trained(results):
            self._train(steps=steps)
            results = self._evaluate("one_pass")
        return results, self._export(results)

    def test(self) -> dict[str, Any]:
        """Trains, evaluates and exports one step."""
        self._train(steps=1)
        results = self._evaluate("one_pass", steps=1)
        self._export(results)
        return results

    def run_std_server(self) -> None:
        """Serves variables to a cluster for ever, as the environment variable TF_CONFIG says."""
        config = self.estimator.config
        server = tf.train.Server(
            config.cluster_spec, job_name=config.task_type, task_index=config.task_id
        )
        server.join()

    def _train_and_evaluate(self, frequency: int | None) -> tuple[dict[str, Any], list[Any]]:
        before = self._monitors
        if frequency and not self._in_turns:
            monitor = ready_monitors.ValidationMonitor(
                input_fn=self._inputs[1],
                eval_steps=self.eval_steps,
                metrics=self.eval_metrics,
                every_n_steps=frequency,
                hooks=self._eval_hooks,
            )
            self._monitors = [*before, monitor]
        try:
            self.train(delay_secs=0)
        finally:
            self._monitors = before
        results = self._evaluate(None)
        return results, self._export(results)

    def _train(self, steps: int | None = None, max_steps: int | None = None) -> Any:
        hooks = monitors.replace_monitors_with_hooks(self._monitors, self.estimator)
        options: dict[str, Any] = {"input_fn": self._inputs[0], "steps": steps}
        options["max_steps"] = max_steps
        if self._is_core:
            return self.estimator.train(hooks=hooks, **options)
        return self.estimator.fit(monitors=hooks, **options)

    def _evaluate(
        self, name: str | None, checkpoint_path: str | None = None, steps: int | None = None
    ) -> dict[str, Any]:
        options: dict[str, Any] = {} if self._is_core else {"metrics": self.eval_metrics}
        return self.estimator.evaluate(
            input_fn=self._inputs[1],
            steps=steps or self.eval_steps,
            name=name,
            checkpoint_path=checkpoint_path,
            hooks=self._eval_hooks,
            **options,
        )

    def _export(self, results: Any, checkpoint_path: str | None = None) -> list[Any]:
        folder = os.path.join(self.estimator.model_dir, "export")
        return [
            strategy.export(
                self.estimator,
                os.path.join(folder, strategy.name),
                checkpoint_path=checkpoint_path,
                eval_result=results,
            )
            for strategy in self._strategies
        ]

    def _is_trained(self, results: Any) -> bool:
        step = (results or {}).get(tf.GraphKeys.GLOBAL_STEP)
        return bool(step and self.train_steps and step >= self.train_steps)


def run(
    experiment_fn: Callable[..., Experiment],
    output_dir: str | None = None,
    schedule: str | None = None,
    run_config: Any = None,
    hparams: Any = None,
) -> Any:
    """Makes an `Experiment` and calls one of its methods.

    Args:
      experiment_fn: `(run_config, hparams)`, or `(output_dir)`.
      output_dir: the Estimator's folder; give this or `run_config`.
      schedule: the method. By default `train_and_evaluate`; in a cluster `train` for a worker and
        `run_std_server` for a parameter server.
      run_config: a `RunConfig` with a `model_dir`.
      hparams: given to `experiment_fn`.

    Returns:
      What the method returns.

    Raises:
      ValueError: neither or both of `output_dir` and `run_config` are given, `run_config` has no
        folder, or there is no such method.
      TypeError: `experiment_fn` returns something else.
    """
    if (output_dir is None) == (run_config is None):
        raise ValueError("give either output_dir or run_config")
    if run_config is None:
        experiment = experiment_fn(output_dir)
    else:
        if not run_config.model_dir:
            raise ValueError("run_config has no model_dir")
        experiment = experiment_fn(run_config, hparams)
    if not isinstance(experiment, Experiment):
        raise TypeError(f"experiment_fn returns no Experiment but {experiment}")
    if run_config is None and output_dir != experiment.estimator.model_dir:
        tf.logging.warning("output_dir=%s is not the Estimator's folder", output_dir)
    schedule = schedule or _schedule(run_config or experiment.estimator.config)
    method = getattr(experiment, schedule, None)
    if schedule.startswith("_") or not callable(method):
        raise ValueError(f"schedule={schedule}: an Experiment has no such method")
    return method()


def _strategies(given: Any) -> tuple[Any, ...]:
    if not given:
        return ()
    found = (given,) if isinstance(given, exports.ExportStrategy) else tuple(given)
    for strategy in found:
        if not isinstance(strategy, exports.ExportStrategy):
            raise ValueError(f"export_strategies: {strategy} is not an ExportStrategy")
    return found


def _schedule(config: Any) -> str:
    spec = config.cluster_spec
    tasks = sum(spec.num_tasks(job) for job in spec.jobs) if spec else 0
    if tasks < 2 or config.task_type in (run_configs.TaskType.MASTER, "chief"):
        return "train_and_evaluate"
    return "run_std_server" if config.task_type == run_configs.TaskType.PS else "train"
