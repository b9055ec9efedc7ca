"""Merges the requests that wait, as the batching session of the real server does.

By the behavior of batching_session.cc in TensorFlow Serving, and of shared_batch_scheduler.h in
TensorFlow: one queue of batches for each signature, served in turn by a pool of threads.
"""

from __future__ import annotations

import collections
import dataclasses
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent import futures
from typing import Any

import numpy as np

from model_server import statuses

Run = Callable[[Mapping[str, np.ndarray], list[str]], list[Any]]
"""Takes input arrays by the names of the graph's tensors and the names to fetch."""


@dataclasses.dataclass(frozen=True)
class Parameters:
    """`BatchingParameters` with the real server's defaults.

    Attributes:
      max_batch_size: the most examples in a request, and in a merged batch.
      batch_timeout_micros: how long a batch that is not full waits for more.
      max_enqueued_batches: how many of a signature may wait.
      num_batch_threads: how many batches are computed at once.
      allowed_batch_sizes: to which merged batches are filled up, in rising order.
    """

    max_batch_size: int = 1000
    batch_timeout_micros: int = 0
    max_enqueued_batches: int = 10
    num_batch_threads: int = len(os.sched_getaffinity(0))
    allowed_batch_sizes: tuple[int, ...] = ()


@dataclasses.dataclass
class _Task:
    inputs: Mapping[str, np.ndarray]
    size: int
    answer: futures.Future[list[Any]] = dataclasses.field(default_factory=futures.Future)


@dataclasses.dataclass
class _Batch:
    tasks: list[_Task] = dataclasses.field(default_factory=list)
    opened: float = dataclasses.field(default_factory=time.monotonic)

    @property
    def size(self) -> int:
        return sum(task.size for task in self.tasks)


class Batcher:
    """The queues of one version of a model, and the threads that serve them."""

    def __init__(self, parameters: Parameters, run: Run):
        self._parameters = parameters
        self._run = run
        self._queues: dict[tuple[str, ...], collections.deque[_Batch]] = {}
        self._changed = threading.Condition()
        self._is_closed = False
        for _ in range(parameters.num_batch_threads):
            threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Ends the threads; nothing may wait any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def run(self, inputs: Mapping[str, np.ndarray], fetches: list[str]) -> list[Any]:
        """Returns the outputs for one request; raises StatusError."""
        task = _Task(inputs, _size_of(inputs, self._parameters.max_batch_size))
        with self._changed:
            waiting = self._queues.setdefault((*inputs, "", *fetches), collections.deque())
            most = self._parameters.max_batch_size
            if not waiting or waiting[-1].size + task.size > most:
                if len(waiting) >= self._parameters.max_enqueued_batches:
                    raise statuses.StatusError(
                        statuses.Code.UNAVAILABLE,
                        "The batch scheduling queue to which this task was submitted is full",
                    )
                waiting.append(_Batch())
            waiting[-1].tasks.append(task)
            self._changed.notify()
        return task.answer.result()

    def _serve(self) -> None:
        while found := self._next():
            batch, fetches = found
            try:
                answers = self._answers(batch, fetches)
            # Whatever it is: without an answer the callers would wait for ever.
            except Exception as error:
                for task in batch.tasks:
                    task.answer.set_exception(error)
            else:
                for task, answer in zip(batch.tasks, answers, strict=True):
                    task.answer.set_result(answer)

    def _next(self) -> tuple[_Batch, list[str]] | None:
        """Waits for a batch, and returns it with the names to fetch; None after `close`."""
        with self._changed:
            while not self._is_closed:
                for key, waiting in list(self._queues.items()):
                    if self._is_ready(waiting):
                        # The queue goes to the end, so that each has its turn.
                        self._queues[key] = self._queues.pop(key)
                        return waiting.popleft(), list(key[key.index("") + 1 :])
                self._changed.wait(self._seconds_until_ready())
        return None

    def _is_ready(self, waiting: collections.deque[_Batch]) -> bool:
        if len(waiting) != 1:
            return bool(waiting)
        return self._seconds_left(waiting[0]) <= 0

    def _seconds_left(self, batch: _Batch) -> float:
        if batch.size >= self._parameters.max_batch_size:
            return 0.0
        return batch.opened + self._parameters.batch_timeout_micros / 1e6 - time.monotonic()

    def _seconds_until_ready(self) -> float | None:
        left = [self._seconds_left(waiting[0]) for waiting in self._queues.values() if waiting]
        return max(min(left), 0.0) if left else None

    def _answers(self, batch: _Batch, fetches: list[str]) -> list[list[Any]]:
        """Returns the outputs of each request of the batch."""
        merged = {name: self._merged(name, batch) for name in batch.tasks[0].inputs}
        outputs = self._run(merged, fetches)
        ends = np.cumsum([task.size for task in batch.tasks])
        return [
            [output[end - task.size : end] for output in outputs]
            for task, end in zip(batch.tasks, ends, strict=True)
        ]

    def _merged(self, name: str, batch: _Batch) -> np.ndarray:
        values = [task.inputs[name] for task in batch.tasks]
        if len({value.shape[1:] for value in values}) > 1:
            raise statuses.StatusError(
                statuses.Code.FAILED_PRECONDITION,
                f"Tensors with name '{name}' from different tasks have different shapes and "
                "padding is turned off. Set pad_variable_length_inputs to true, or ensure that "
                "all tensors with the same name have equal dimensions starting with the first "
                "dim.",
            )
        allowed = self._parameters.allowed_batch_sizes
        filled = next((size for size in allowed if size >= batch.size), batch.size)
        padding = [values[-1][:1]] * (filled - batch.size)
        return np.concatenate([*values, *padding])


def _size_of(inputs: Mapping[str, np.ndarray], most: int) -> int:
    """Returns how many examples a request has; raises StatusError if it cannot be merged."""
    values = list(inputs.values())
    if any(not value.shape for value in values):
        raise statuses.invalid("Batching input tensors must have at least one dimension")
    sizes = {value.shape[0] for value in values}
    if len(sizes) > 1:
        raise statuses.invalid("Batching input tensors must have equal 0th-dimension size")
    if (size := max(sizes, default=0)) > most:
        raise statuses.invalid(f"Task size {size} is larger than maximum input batch size {most}")
    return size
