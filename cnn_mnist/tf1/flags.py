"""Flags of scripts that absl has taken since, such as `log_dir`."""

from __future__ import annotations

from cnn_mnist.tf_compat import tf


def supply() -> None:
    """Lets a script define a flag anew that absl or TensorFlow defines by now."""
    flags = tf.app.flags.FLAGS
    for name in list(flags):
        flags[name].allow_override = True
