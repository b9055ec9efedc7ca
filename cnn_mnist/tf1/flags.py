"""Flags of scripts that absl has taken since, such as `log_dir`, and the parser's old names."""

from __future__ import annotations

from cnn_mnist.tf_compat import tf


def supply() -> None:
    """Lets a script define a flag anew that absl or TensorFlow defines by now."""
    flags = tf.app.flags.FLAGS
    for name in list(flags):
        flags[name].allow_override = True
    # Scripts until TensorFlow 1.4 called it to have the flags parsed.
    type(flags)._parse_flags = lambda self: self.flag_values_dict()
