"""Stops training on Ctrl-C, SIGTERM and SIGHUP, after the current step and a checkpoint."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType
from typing import Any

from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import tf

# Seconds: a terminal that closes, and some batch systems, send the first signal twice.
_SECOND_AFTER = 0.3


class StopRequest:
    """Turns Ctrl-C, SIGTERM and SIGHUP into a request to stop after the current step.

    A second signal, at least 0.3 s later, exits immediately. Use it as a context around
    training. TensorFlow's own handling loses the steps since the last checkpoint. A signal
    that is already ignored, as SIGHUP is under `nohup`, stays ignored.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._before: dict[int, Any] = {}
        self.signal: int | None = None

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            handled = [s for s in self.SIGNALS if signal.getsignal(s) != signal.SIG_IGN]
            self._before = {s: signal.signal(s, self._on_signal) for s in handled}
            self._watch_for_a_second()
        return self

    def __exit__(self, *exception: Any) -> None:
        if not self._before:
            return
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._writer)
        self._watcher.join()
        os.close(self._reader)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # Writes nothing: the signal may have interrupted the writing of a line.
        self.signal = self.signal or number

    def _watch_for_a_second(self) -> None:
        # Within a training step Python runs no handler and merges two signals into one; but each
        # signal writes a byte to the pipe at once.
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self._wakeup_before = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._watcher = threading.Thread(target=self._end_at_second, daemon=True)
        self._watcher.start()

    def _end_at_second(self) -> None:
        first = None
        while written := os.read(self._reader, 1):
            if written[0] not in self._before:
                continue
            first = first or time.monotonic()
            if time.monotonic() - first >= _SECOND_AFTER:
                os._exit(128 + written[0])

    def report(self) -> None:
        """Reports that a signal arrived and training is about to stop."""
        self._progress.say("Stopping after this step and saving; once more to stop at once")


class StopHook(tf.train.SessionRunHook):
    """Ends training after the step in which a stop was requested; the checkpoint is saved."""

    def __init__(self, request: StopRequest) -> None:
        self._request = request

    def after_run(self, run_context: Any, run_values: Any) -> None:
        if self._request.signal is not None:
            self._request.report()
            run_context.request_stop()
