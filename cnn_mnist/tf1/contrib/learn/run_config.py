"""`RunConfig`, and the small classes beside it."""

from __future__ import annotations

from typing import Any

from cnn_mnist.tf_compat import tf


class TaskType:
    """What a process of a cluster does."""

    MASTER = "master"
    PS = "ps"
    WORKER = "worker"


class Environment:
    """Where a run is: on this machine, or in a cluster."""

    LOCAL = "local"
    CLOUD = "cloud"
    GOOGLE = "google"


class RunConfig(tf.estimator.RunConfig):
    """How an Estimator runs. It can be given to `tf.estimator`'s too.

    As in TensorFlow 1.15, `num_cores`, `log_device_placement` and `gpu_memory_fraction` are in
    `tf_config` alone, which servers of a cluster use; sessions use `session_config`.

    Args:
      master: unused; a cluster is described by TF_CONFIG.
      num_cores: threads, 0 for all.
      log_device_placement: whether the device of each op is logged.
      gpu_memory_fraction: of each GPU.
      tf_random_seed: of each graph.
      save_summary_steps: steps from one summary to the next.
      save_checkpoints_secs: seconds from one checkpoint to the next, 600 by default.
      save_checkpoints_steps: steps from one to the next instead.
      keep_checkpoint_max: how many are kept.
      keep_checkpoint_every_n_hours: those that are kept besides.
      log_step_count_steps: steps from one line about speed to the next.
      protocol: of a server.
      evaluation_master: of evaluation's session.
      model_dir: where checkpoints are.
      session_config: of all sessions.
      session_creation_timeout_secs: how long a worker waits for the chief.

    Raises:
      ValueError: both `save_checkpoints_secs` and `save_checkpoints_steps` are given.
    """

    def __init__(
        self,
        master: str | None = None,
        num_cores: int = 0,
        log_device_placement: bool = False,
        gpu_memory_fraction: float = 1,
        tf_random_seed: int | None = None,
        save_summary_steps: int = 100,
        save_checkpoints_secs: int | None = None,
        save_checkpoints_steps: int | None = None,
        keep_checkpoint_max: int = 5,
        keep_checkpoint_every_n_hours: float = 10_000,
        log_step_count_steps: int = 100,
        protocol: str | None = None,
        evaluation_master: str = "",
        model_dir: str | None = None,
        session_config: Any = None,
        session_creation_timeout_secs: int = 7200,
    ) -> None:
        every: dict[str, Any] = {}
        if save_checkpoints_steps is not None:
            every["save_checkpoints_steps"] = save_checkpoints_steps
        if save_checkpoints_secs is not None:
            every["save_checkpoints_secs"] = save_checkpoints_secs
        super().__init__(
            model_dir=model_dir,
            tf_random_seed=tf_random_seed,
            save_summary_steps=save_summary_steps,
            session_config=session_config,
            keep_checkpoint_max=keep_checkpoint_max,
            keep_checkpoint_every_n_hours=keep_checkpoint_every_n_hours,
            log_step_count_steps=log_step_count_steps,
            protocol=protocol,
            session_creation_timeout_secs=session_creation_timeout_secs,
            **every,
        )
        self._given_evaluation_master = evaluation_master
        self._tf_config = tf.ConfigProto(
            log_device_placement=log_device_placement,
            inter_op_parallelism_threads=num_cores,
            intra_op_parallelism_threads=num_cores,
            gpu_options=tf.GPUOptions(per_process_gpu_memory_fraction=gpu_memory_fraction),
        )

    @property
    def tf_config(self) -> Any:
        return self._tf_config

    @property
    def environment(self) -> str:
        return Environment.CLOUD if self.cluster_spec else Environment.LOCAL

    @property
    def evaluation_master(self) -> str:
        return self._given_evaluation_master or super().evaluation_master
