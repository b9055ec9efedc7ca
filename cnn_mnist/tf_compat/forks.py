"""Refuses to compute in a process that was forked from one in which TensorFlow had computed.

A fork copies the memory and not the threads. TensorFlow would wait for its own for ever.
"""

from __future__ import annotations

import os

from cnn_mnist.errors import ProcessError

_first_process: int | None = None


def check() -> None:
    """Checks that TensorFlow can compute in this process; call it before a session is made or run.

    Raises:
      ProcessError: this process was forked from one that had called this function.
    """
    global _first_process
    if _first_process is None:
        _first_process = os.getpid()
    if _first_process != os.getpid():
        raise ProcessError(
            f"process {os.getpid()} was forked from process {_first_process} after TensorFlow had "
            "computed there, so TensorFlow's threads are missing here; start processes with "
            "multiprocessing.get_context('spawn'), or fork them before the first use"
        )
