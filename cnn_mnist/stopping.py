"""Ctrl-C and SIGTERM: finish the step, save, and leave."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any

from cnn_mnist.progress import Progress
from cnn_mnist.tf_compat import tf


class StopRequest:
    """Turns Ctrl-C and SIGTERM into a wish to stop; a second signal kills at once.

    Use it as a context around training. TensorFlow's own way loses the steps since
    the last checkpoint.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._before: dict[int, Any] = {}
        self.signal: int | None = None

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            self._before = {s: signal.signal(s, self._on_signal) for s in self.SIGNALS}
        return self

    def __exit__(self, *exception: Any) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.signal is not None:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        # Nothing is said here: a line that is being written just now cannot take another.
        self.signal = number

    def tell(self) -> None:
        """Says that a signal was heard."""
        self._progress.say("Stopping after this step and saving; once more to stop at once")


class StopHook(tf.train.SessionRunHook):
    """Ends training after the step in which a stop was requested; the checkpoint is saved."""

    def __init__(self, request: StopRequest) -> None:
        self._request = request

    def after_run(self, run_context: Any, run_values: Any) -> None:
        if self._request.signal is not None:
            self._request.tell()
            run_context.request_stop()
