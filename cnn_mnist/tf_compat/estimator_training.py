"""`tensorflow.python.distribute.estimator_training`, which TensorFlow 2.16 dropped.

Estimator calls these functions if its RunConfig has a distribution strategy. They run it on a
cluster by TensorFlow's `distribute_coordinator`, which starts the server of this task, configures
the strategy for the task, and decides who is chief. There are two modes:

- each task of TF_CONFIG runs the same program (`INDEPENDENT_WORKER`);
- one program, with `experimental_distribute.remote_cluster` in RunConfig, drives servers that are
  running already (`STANDALONE_CLIENT`); this works with ParameterServerStrategy only.

Without a cluster a strategy needs only the settings of `init_run_config`.

Unlike in TensorFlow 2.15, `Estimator.train` also works if each worker of TF_CONFIG calls it.
"""

from __future__ import annotations

import copy
import json
import logging
import os
from collections.abc import Callable, Sequence
from typing import Any

from tensorflow.python.distribute import distribute_coordinator as coordinator
from tensorflow.python.distribute import distribute_coordinator_context
from tensorflow.python.distribute.cross_device_ops import CollectiveAllReduce
from tensorflow.python.training import server_lib

__all__ = [
    "estimator_evaluate",
    "estimator_train",
    "init_run_config",
    "should_run_distribute_coordinator",
    "train_and_evaluate",
]

_INDEPENDENT = coordinator.CoordinatorMode.INDEPENDENT_WORKER
_STANDALONE = coordinator.CoordinatorMode.STANDALONE_CLIENT
_CHIEF, _WORKER, _PS, _EVALUATOR = "chief", "worker", "ps", "evaluator"
_logger = logging.getLogger("tensorflow")
_warned_of_cpus = False


def init_run_config(config: Any, tf_config: dict[str, Any]) -> None:
    """Chooses how a RunConfig with a strategy runs, and sets its fields about the cluster.

    Args:
      config: the RunConfig.
      tf_config: the environment variable TF_CONFIG, parsed; empty if it is not set.

    Raises:
      ValueError: a strategy or a cluster is given twice, or TF_CONFIG is incomplete.
    """
    options = config._experimental_distribute
    remote_cluster = None
    if options:
        for name in ("train_distribute", "eval_distribute"):
            _take_over(config, name, getattr(options, name))
        remote_cluster = options.remote_cluster
    strategy = config._train_distribute
    if strategy:
        _warn_of_several_cpus(strategy)

    cluster = server_lib.ClusterSpec(tf_config.get("cluster", {}))
    # Until the coordinator knows the task, the fields are those of a run without a cluster.
    config._init_distributed_setting_from_environment_var({})
    config._distribute_coordinator_mode = None
    if strategy and remote_cluster:
        if cluster:
            raise ValueError(
                "TF_CONFIG names a cluster, and so does experimental_distribute.remote_cluster: "
                "give one of them"
            )
        config._distribute_coordinator_mode = _STANDALONE
        config._cluster_spec = remote_cluster
    elif strategy and cluster and "master" not in cluster.jobs:
        config._distribute_coordinator_mode = _INDEPENDENT
        config._cluster_spec = cluster
    else:
        config._init_distributed_setting_from_environment_var(tf_config)
        config._maybe_overwrite_session_config_for_distributed_training()


def should_run_distribute_coordinator(config: Any) -> bool:
    """Returns whether Estimator must call `train_and_evaluate` of this module."""
    mode = getattr(config, "_distribute_coordinator_mode", None)
    return mode in (_INDEPENDENT, _STANDALONE) and bool(config.cluster_spec)


def train_and_evaluate(estimator: Any, train_spec: Any, eval_spec: Any, executor_cls: Any) -> None:
    """Trains if this task of the cluster is a worker; evaluates if it is the evaluator.

    A parameter server never returns.

    Args:
      estimator: the Estimator, whose RunConfig has a strategy and a cluster.
      train_spec: a TrainSpec.
      eval_spec: an EvalSpec.
      executor_cls: the class of Estimator that evaluates checkpoint after checkpoint.

    Raises:
      ValueError: the strategy cannot drive a remote cluster.
    """
    config = estimator._config
    # One program runs its workers in threads, and a hook belongs to the graph of one of them.
    only_chief_has_hooks = config._distribute_coordinator_mode == _STANDALONE
    if only_chief_has_hooks:
        _check_drives_remote_cluster(config._train_distribute)

    def train(strategy: Any) -> None:
        local = _of_this_task(estimator, train_strategy=strategy)
        has_hooks = local._config.is_chief or not only_chief_has_hooks
        local.train(
            input_fn=train_spec.input_fn,
            max_steps=train_spec.max_steps,
            hooks=list(train_spec.hooks) if has_hooks else [],
        )

    def evaluate(strategy: Any) -> None:
        local = _of_this_task(estimator, eval_strategy=strategy)
        executor_cls(local, train_spec, eval_spec)._start_continuous_evaluation()

    _run(config, train, evaluate, config._eval_distribute)


def estimator_train(
    estimator: Any,
    train_distributed_fn: Callable[[Any, Any, Any], Any],
    hooks: Sequence[Any] | None,
) -> Any:
    """Trains in this worker of the cluster, for `Estimator.train`.

    Args:
      estimator: the Estimator, whose RunConfig has a strategy and a cluster.
      train_distributed_fn: trains; gets an Estimator, its strategy and the hooks.
      hooks: the hooks for training.

    Returns:
      The Estimator that was trained, configured for this worker.

    Raises:
      ValueError: TF_CONFIG says that this task is not a worker, or the cluster is remote.
    """
    config = estimator._config
    if config._distribute_coordinator_mode == _STANDALONE:
        raise ValueError(
            "Estimator.train cannot drive a remote cluster: use tf.estimator.train_and_evaluate"
        )
    task = json.loads(os.environ.get("TF_CONFIG", "{}")).get("task", {}).get("type")
    if task not in (_CHIEF, _WORKER):
        raise ValueError(
            f"Estimator.train is for a chief or a worker, and TF_CONFIG says that this task is "
            f"{task}: use tf.estimator.train_and_evaluate"
        )

    def train(strategy: Any) -> Any:
        local = _of_this_task(estimator, train_strategy=strategy)
        train_distributed_fn(local, strategy, list(hooks or ()))
        return local

    # A worker evaluates nothing, but without these two the coordinator warns.
    return _run(config, train, train, config._train_distribute)


def estimator_evaluate(
    estimator: Any,
    evaluate_distributed_fn: Callable[[Any, Any, Any], Any],
    hooks: Sequence[Any] | None,
) -> None:
    """Refuses `Estimator.evaluate` with `eval_distribute` on a cluster.

    The collective operations of an evaluation have the same keys as those of the training before
    it, so that TensorFlow mixes them up. TensorFlow 2.15 refuses it too.

    Raises:
      ValueError: always.
    """
    del estimator, evaluate_distributed_fn, hooks
    raise ValueError(
        "Estimator.evaluate cannot use eval_distribute on a cluster: leave eval_distribute out, "
        "or use tf.estimator.train_and_evaluate with an evaluator in the cluster"
    )


def _run(
    config: Any,
    train: Callable[[Any], Any],
    evaluate: Callable[[Any], Any],
    eval_strategy: Any,
) -> Any:
    """Calls `train`, or `evaluate` in the evaluator, with the strategy of this task."""
    mode = config._distribute_coordinator_mode
    return coordinator.run_distribute_coordinator(
        train,
        config._train_distribute,
        evaluate,
        eval_strategy,
        mode=mode,
        # Otherwise TF_CONFIG names the cluster, and this task of it.
        cluster_spec=config._cluster_spec if mode == _STANDALONE else None,
        session_config=config._session_config,
    )


def _take_over(config: Any, name: str, strategy: Any) -> None:
    """Moves a strategy of `experimental_distribute` to where RunConfig has its own."""
    if not strategy:
        return
    if getattr(config, f"_{name}"):
        raise ValueError(f"give one of {name} and experimental_distribute.{name}, not both")
    setattr(config, f"_{name}", strategy)


def _check_drives_remote_cluster(strategy: Any) -> None:
    if not type(strategy).__name__.startswith("ParameterServerStrategy"):
        raise ValueError(
            f"experimental_distribute.remote_cluster does not work with "
            f"{type(strategy).__name__}: use ParameterServerStrategy, or start the program once "
            "for each task of the cluster, with TF_CONFIG"
        )


def _of_this_task(estimator: Any, train_strategy: Any = None, eval_strategy: Any = None) -> Any:
    """Returns a copy of an Estimator, configured as the coordinator says.

    Args:
      estimator: the Estimator.
      train_strategy: the strategy of this task, to train.
      eval_strategy: the strategy of this task, to evaluate.
    """
    context = distribute_coordinator_context.get_current_worker_context()
    local = copy.copy(estimator)
    config = local._config = copy.deepcopy(estimator._config)
    if train_strategy:
        local._train_distribution = config._train_distribute = train_strategy
    if eval_strategy:
        local._eval_distribution = config._eval_distribute = eval_strategy
    # So that train and evaluate do not come here again.
    config._distribute_coordinator_mode = None
    config._service = None
    config._master = config._evaluation_master = context.master_target
    config._task_type, config._task_id = context.task_type, context.task_id
    config._is_chief = context.is_chief
    _describe_cluster(config, context.cluster_spec)
    return local


def _describe_cluster(config: Any, cluster: Any) -> None:
    """Sets the fields of a RunConfig that count the tasks of the cluster."""
    if config._task_type == _EVALUATOR:
        # It is not part of the cluster that trains.
        config._cluster_spec = server_lib.ClusterSpec({})
        config._num_ps_replicas = config._num_worker_replicas = 0
        config._global_id_in_cluster = None
        return
    tasks = {job: cluster.num_tasks(job) for job in cluster.jobs}
    config._cluster_spec = cluster
    config._num_ps_replicas = tasks.get(_PS, 0)
    config._num_worker_replicas = tasks.get(_CHIEF, 0) + tasks.get(_WORKER, 0)
    config._global_id_in_cluster = _global_id(tasks, config._task_type, config._task_id)


def _global_id(tasks: dict[str, int], task_type: str | None, task_id: int | None) -> int:
    """Returns the number of a task, in the order of `RunConfig.global_id_in_cluster`.

    A strategy that has one program run the graph of all workers has no task type.
    """
    if task_type is None:
        return 0
    order = sorted(tasks, key=lambda job: (job != _CHIEF, job == _PS, job))
    return sum(tasks[job] for job in order[: order.index(task_type)]) + (task_id or 0)


def _warn_of_several_cpus(strategy: Any) -> None:
    """Warns, once, of a strategy with which training waits for ever, on TensorFlow 2.15 too."""
    global _warned_of_cpus
    extended = strategy.extended
    if _warned_of_cpus or not type(strategy).__name__.startswith("MirroredStrategy"):
        return
    devices = extended.worker_devices
    if (
        len(devices) > 1
        and all("CPU" in device.upper() for device in devices)
        and isinstance(extended._cross_device_ops, CollectiveAllReduce)
    ):
        _warned_of_cpus = True
        _logger.warning(
            "Training with MirroredStrategy on %d CPUs may wait for ever: give it "
            "cross_device_ops=tf.distribute.ReductionToOneDevice()",
            len(devices),
        )
