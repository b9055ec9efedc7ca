"""Errors of TensorFlow that are about a file it cannot write."""

from __future__ import annotations

import re

from cnn_mnist.errors import one_line
from cnn_mnist.tf_compat import tf

_WRITING_OPS = ("SaveV2", "MergeV2Checkpoints")


def is_about_writing(error: tf.errors.OpError) -> bool:
    """Whether an error is one of a file that cannot be written, and none of the graph.

    What TensorFlow writes outside of a graph, such as `graph.pbtxt`, names no op.
    """
    return error.op is None or error.op.type in _WRITING_OPS


def reason_of(error: Exception) -> str:
    """Returns what the system said, in one line, without where the graph was built."""
    # TensorFlow wraps it in the places of the code that built the graph.
    said = re.search(r"^/[^\n]*; [^\n\[]+", str(error), re.MULTILINE)
    return one_line(said.group() if said else error)[:300]
