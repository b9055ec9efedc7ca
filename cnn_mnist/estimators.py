"""The `tf.estimator.Estimator` behind every verb."""

from __future__ import annotations

from typing import Any

from cnn_mnist import model, sessions, tf_config
from cnn_mnist.config import Config
from cnn_mnist.tf_compat import estimator


def build_estimator(config: Config) -> Any:
    """Returns the Estimator of a run, for those who want it bare.

    Raises:
      UserError: the environment variable TF_CONFIG cannot be used.
    """
    tf_config.check()
    run_config = estimator.RunConfig(
        model_dir=config.model_dir,
        tf_random_seed=config.seed,
        session_config=sessions.session_config(config),
        save_summary_steps=config.save_summary_steps,
        save_checkpoints_steps=config.save_checkpoints_steps,
        keep_checkpoint_max=config.keep_checkpoint_max,
        log_step_count_steps=config.save_summary_steps,
    )
    return estimator.Estimator(model.model_fn, config=run_config, params={"config": config})
