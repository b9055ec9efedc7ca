"""Stand-in for `tf.contrib.tensorboard.plugins.projector`."""

from __future__ import annotations

import importlib
import os
from typing import Any

from cnn_mnist.tf_compat import tf


def visualize_embeddings(summary_writer: Any, config: Any) -> None:
    """Writes `projector_config.pbtxt` into a writer's folder, where TensorBoard looks for it.

    Args:
      summary_writer: a `tf.summary.FileWriter`.
      config: a `ProjectorConfig`.

    Raises:
      ValueError: the writer has no folder.
    """
    logdir = summary_writer.get_logdir()
    if logdir is None:
        raise ValueError("the summary writer must have a folder")
    text = importlib.import_module("google.protobuf.text_format").MessageToString(config)
    with tf.gfile.Open(os.path.join(logdir, "projector_config.pbtxt"), "w") as file:
        file.write(text)
