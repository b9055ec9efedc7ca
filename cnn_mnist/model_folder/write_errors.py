"""Recognises errors of TensorFlow about a file that it cannot write."""

from __future__ import annotations

import errno
import os
import re

from cnn_mnist.errors import one_line
from cnn_mnist.tf_compat import tf

_WRITING_OPS = ("SaveV2", "MergeV2Checkpoints")
# TensorFlow's text is the file and then the system's message, or one of its own.
_REASONS = "|".join(re.escape(os.strerror(number)) for number in errno.errorcode)
_FILE_AND_REASON = re.compile(rf"^[^\n]+(?:; (?:{_REASONS})| is not a directory)", re.MULTILINE)


def is_about_writing(error: tf.errors.OpError) -> bool:
    """Returns whether an error is about a file that cannot be written, not about the graph.

    Errors of files written outside of a graph, such as `graph.pbtxt`, name the file but no op.
    """
    if error.op is not None:
        return error.op.type in _WRITING_OPS
    return _FILE_AND_REASON.search(str(error)) is not None


def reason_of(error: Exception) -> str:
    """Returns the file and the system's message in one line, at most 300 characters.

    Leaves out the places in the code that built the graph, which TensorFlow adds.
    """
    match = _FILE_AND_REASON.search(str(error))
    return one_line(match.group() if match else error)[:300]
