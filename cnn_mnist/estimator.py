"""The `tf.estimator.Estimator` of a run, and the configuration of its sessions."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from cnn_mnist import model
from cnn_mnist.cluster import devices, tf_config
from cnn_mnist.cluster.all_reduce import AllReduce
from cnn_mnist.cluster.tf_config import Cluster
from cnn_mnist.config import Config, precision
from cnn_mnist.tf_compat import enable_op_determinism, estimator, forks, tf


def build_estimator(
    config: Config, training: bool = True, cluster: Cluster | None = None, master: str = ""
) -> Any:
    """Returns the Estimator of a run.

    Args:
      config: the run.
      training: whether it is to train, see `session_config`.
      cluster: with which it trains; None for this process alone.
      master: in a synchronous cluster, the address of this task's `tf.train.Server`.

    Raises:
      SettingsError: the environment variable TF_CONFIG cannot be used.
      ProcessError: see `tf_compat.forks`.
    """
    with tf_config.in_environment(cluster, master):
        run_config = estimator.RunConfig(
            model_dir=config.model_dir,
            tf_random_seed=config.seed,
            session_config=session_config(config, training, cluster),
            save_summary_steps=config.save_summary_steps,
            save_checkpoints_steps=config.save_checkpoints_steps,
            keep_checkpoint_max=config.keep_checkpoint_max,
            # In a cluster Estimator's hook sees the counter stand still between two of its steps.
            log_step_count_steps=None if cluster else config.save_summary_steps,
            device_fn=_on_this_task(cluster) if cluster and cluster.is_synchronous else None,
        )
    return estimator.Estimator(
        model.model_fn,
        config=run_config,
        params={"config": config, **_computed_by(config, cluster)},
    )


def _computed_by(config: Config, cluster: Cluster | None) -> dict[str, Any]:
    """Returns the parameters of `model_fn` about the tasks or devices that compute."""
    if cluster:
        tasks = len(cluster.computing)
        return {"tasks": tasks, "all_reduce": AllReduce(tasks) if cluster.is_synchronous else None}
    return {"devices": devices.names(config.devices) if config.devices > 1 else ()}


def _on_this_task(cluster: Cluster) -> Callable[[Any], str]:
    kind, index = cluster.task
    here = tf.DeviceSpec.from_string(f"/job:{kind}/task:{index}")

    def device(op: Any) -> str:
        given = tf.DeviceSpec.from_string(op.device)
        return here.make_merged_spec(given).to_string()

    return device


def session_config(config: Config, training: bool = True, cluster: Cluster | None = None) -> Any:
    """Returns the `tf.ConfigProto` of a run's sessions.

    Args:
      config: the run.
      training: True computes in `config.precision`; False, for evaluation, prediction and
        export, always in float32.
      cluster: in which the sessions run; None for this process alone.

    Raises:
      ProcessError: see `tf_compat.forks`.
    """
    forks.check()
    set_threads(config)
    session = tf.ConfigProto(
        allow_soft_placement=True,
        # 0 lets TensorFlow choose: one for each core.
        intra_op_parallelism_threads=config.threads,
        inter_op_parallelism_threads=config.threads,
    )
    if config.devices > 1 and not devices.gpus():
        session.device_count["CPU"] = config.devices
    rewriting = session.graph_options.rewrite_options
    # One pass, as in Estimator's default; further passes cost time at the start.
    rewriting.meta_optimizer_iterations = 1
    if training and precision.resolve(config.precision) == "bfloat16":
        rewriting.auto_mixed_precision_onednn_bfloat16 = 1
        if cluster:
            # Servers refuse what this pass makes: `_FusedConv2D` is not registered for bfloat16.
            rewriting.remapping = rewriting.OFF
    if cluster:
        # Without these, a session waits for every task, also for workers that never come.
        kind, index = cluster.task
        if cluster.is_synchronous:
            session.experimental.collective_group_leader = "/job:chief/replica:0/task:0"
        else:
            session.device_filters.append("/job:ps")
        session.device_filters.append(f"/job:{kind}/task:{index}")
    return session


def set_threads(config: Config) -> None:
    """Sets the number of threads that TensorFlow computes with.

    It cannot change after the first computation of a process, and a graph with a condition in
    it computes when it is built. A session's own setting therefore often comes too late. Call
    this before any graph is built; later it does nothing.
    """
    if not config.threads:
        return
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(config.threads)
        tf.config.threading.set_inter_op_parallelism_threads(config.threads)


def set_determinism(config: Config) -> None:
    """Makes TensorFlow use only operations that give the same bits each time, with `deterministic`.

    This holds for the rest of the process: TensorFlow cannot turn it off again.
    """
    if config.deterministic:
        enable_op_determinism()
