"""Errors of TensorFlow that are about a file it cannot write."""

from __future__ import annotations

import re

from cnn_mnist.errors import one_line
from cnn_mnist.tf_compat import tf

_WRITING_OPS = ("SaveV2", "MergeV2Checkpoints")
# TensorFlow names the file, and then what the system said of it.
_FILE_AND_REASON = re.compile(r"^/[^\n]*; [^\n\[]+", re.MULTILINE)


def is_about_writing(error: tf.errors.OpError) -> bool:
    """Whether an error is about a file that cannot be written, not about the graph.

    What TensorFlow writes outside of a graph, such as `graph.pbtxt`, names no op, but the file.
    """
    if error.op is not None:
        return error.op.type in _WRITING_OPS
    return _FILE_AND_REASON.search(str(error)) is not None


def reason_of(error: Exception) -> str:
    """Returns what the system said, in one line, without where the graph was built."""
    # TensorFlow wraps it in the places of the code that built the graph.
    said = _FILE_AND_REASON.search(str(error))
    return one_line(said.group() if said else error)[:300]
