"""A `ProfilerHook` that can be built before a graph exists."""

from __future__ import annotations

import os
from typing import Any

import tensorflow

tf: Any = tensorflow.compat.v1


class ProfilerHook(tf.train.ProfilerHook):
    """Does the same as `tf.train.ProfilerHook`, and can be built in eager mode too.

    The hook of TensorFlow opens its event file when it is built, which raises RuntimeError
    in eager mode: in a TensorFlow 2 program at module level, for example. All other session hooks
    of TensorFlow and Estimator can be built there.

    Example:
      hook = ProfilerHook(save_steps=100, output_dir=model_dir)
      classifier.train(input_fn, hooks=[hook])

    Args:
      save_steps: writes a profile every so many steps.
      save_secs: writes a profile every so many seconds; give this or `save_steps`.
      output_dir: the folder of `timeline-<step>.json` and of the event file.
      show_dataflow: whether the profile connects producers and consumers of tensors.
      show_memory: whether the profile has the sizes and lifetimes of tensors.

    Raises:
      ValueError: neither or both of `save_steps` and `save_secs` are given.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str | os.PathLike[str] = "",
        show_dataflow: bool = True,
        show_memory: bool = False,
    ) -> None:
        with tf.Graph().as_default():
            super().__init__(
                save_steps, save_secs, os.fspath(output_dir), show_dataflow, show_memory
            )
