"""Flags of scripts that absl has taken since, such as `log_dir`, and the parser's old names."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from cnn_mnist.tf_compat import tf


def supply() -> None:
    """Lets a script define a flag anew that absl or TensorFlow defines by now."""
    flags = tf.app.flags.FLAGS
    for name in list(flags):
        flags[name].allow_override = True
    # Scripts until TensorFlow 1.4 called it. FLAGS passes its attributes on to absl's object.
    absl_flags: Any = type(flags.__dict__["__wrapped"])
    absl_flags._parse_flags = _parse_flags


def _parse_flags(flags: Any, args: Sequence[str] | None = None) -> dict[str, Any]:
    """Parses the command line, or arguments, and ignores flags that nobody defined."""
    flags(sys.argv if args is None else [sys.argv[0], *args], known_only=True)
    return flags.flag_values_dict()
