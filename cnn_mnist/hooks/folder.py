"""Ends training if its folder is removed or replaced meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnn_mnist.hooks.step import StepHook


class FolderHook(StepHook):
    """Checks that the model folder is still there, before other hooks write into it.

    Otherwise TensorFlow would make it anew, without the checkpoints of before. Put it before the
    hooks that write.

    Args:
      check: raises an error, which ends training, if the folder is gone.
    """

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check

    def begin(self) -> None:
        super().begin()
        self._check()

    def after_create_session(self, session: Any, coord: Any) -> None:
        super().after_create_session(session, coord)
        self._check()

    def after_step(self, run_context: Any, results: Any) -> None:
        self._check()

    def end(self, session: Any) -> None:
        self._check()
