"""The `tf.estimator.Estimator` behind every verb, and how its sessions are set up."""

from __future__ import annotations

import contextlib
from typing import Any

from cnn_mnist import model
from cnn_mnist.cluster import tf_config
from cnn_mnist.config import Config, precision
from cnn_mnist.tf_compat import enable_op_determinism, estimator, tf


def build_estimator(config: Config, training: bool = True) -> Any:
    """Returns the Estimator of a run, for those who want it bare.

    Args:
      config: the run.
      training: whether it is to train, see `session_config`.

    Raises:
      UserError: the environment variable TF_CONFIG cannot be used.
    """
    tf_config.check()
    run_config = estimator.RunConfig(
        model_dir=config.model_dir,
        tf_random_seed=config.seed,
        session_config=session_config(config, training),
        save_summary_steps=config.save_summary_steps,
        save_checkpoints_steps=config.save_checkpoints_steps,
        keep_checkpoint_max=config.keep_checkpoint_max,
        log_step_count_steps=config.save_summary_steps,
    )
    return estimator.Estimator(model.model_fn, config=run_config, params={"config": config})


def session_config(config: Config, training: bool = True) -> Any:
    """Returns the `tf.ConfigProto` of a run's sessions.

    Args:
      config: the run.
      training: True computes in `config.precision`; False, for evaluation, prediction and
        export, always in float32.
    """
    set_threads(config)
    session = tf.ConfigProto(
        allow_soft_placement=True,
        # 0 is TensorFlow's own choice: as many as there are cores.
        intra_op_parallelism_threads=config.threads,
        inter_op_parallelism_threads=config.threads,
    )
    # Once, as Estimator's own default; the fixed-point iteration of more costs start-up time.
    session.graph_options.rewrite_options.meta_optimizer_iterations = 1
    if training and precision.resolve(config.precision) == "bfloat16":
        session.graph_options.rewrite_options.auto_mixed_precision_onednn_bfloat16 = 1
    return session


def set_threads(config: Config) -> None:
    """Has TensorFlow compute with the threads of a run.

    What a session asks for counts only where it is the first of its process to compute, and
    building a graph with a condition in it is enough to be late. So does this: from the first
    computation on the threads of a process stay what they are.
    """
    if not config.threads:
        return
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(config.threads)
        tf.config.threading.set_inter_op_parallelism_threads(config.threads)


def set_determinism(config: Config) -> None:
    """Has TensorFlow take only ways that give the same bits each time, where a run asks for it.

    This holds for the whole process from then on: TensorFlow has no way back.
    """
    if config.deterministic:
        enable_op_determinism()
