"""Reports the progress of a run: a bar on a terminal, plain lines elsewhere, or nothing."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any, TextIO

from cnn_mnist.support import terminal

if TYPE_CHECKING:
    from tqdm import tqdm


class LogLine(str):
    """A line for the `tensorflow` logger that is meant for the user."""


class Progress:
    """Receives the progress of a run and prints nothing; the default for Python callers."""

    def say(self, text: str) -> None:
        """Reports an event in one line."""

    def begin(self, first_step: int, total_steps: int) -> None:
        """Reports that training begins after `first_step` steps of `total_steps`."""

    def step(self, step: int, loss: float, images_per_second: float, seconds_left: float) -> None:
        """Reports the step that training has reached."""

    def validated(self, step: int, accuracy: float, loss: float) -> None:
        """Reports a validation; accuracy is a rate from 0 to 1."""

    def end(self) -> None:
        """Reports that training has ended."""


class _Surviving:
    """A stream that ignores errors, since its terminal may be gone when a connection was cut.

    Later output is lost, but training goes on.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __eq__(self, other: object) -> bool:
        # tqdm compares streams to find the bar that a line must not overwrite.
        return isinstance(other, _Surviving) and self._stream is other._stream

    def __hash__(self) -> int:
        return hash(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class PlainProgress(Progress):
    """Writes about ten plain lines for a training run, for a file or a pipe."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._next = 0
        self._every = 1
        self._total = 0

    def say(self, text: str) -> None:
        line = terminal.line(text)
        print(line, file=_Surviving(self._stream or sys.stderr), flush=True)

    def begin(self, first_step: int, total_steps: int) -> None:
        self._total = total_steps
        self._every = max(1, (total_steps - first_step) // 10)
        self._next = first_step + self._every

    def step(self, step: int, loss: float, images_per_second: float, seconds_left: float) -> None:
        if step < self._next:
            return
        self._next = step + self._every
        self.say(
            f"step {step:,} of {self._total:,}  loss {loss:.4f}  "
            f"{images_per_second:,.0f} images/s  {duration(seconds_left)} left"
        )

    def validated(self, step: int, accuracy: float, loss: float) -> None:
        self.say(f"step {step:,} of {self._total:,}  validation {accuracy:.2%}, loss {loss:.4f}")


class BarProgress(Progress):
    """Shows a bar that stays on the last line while other lines scroll above it."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._bar: tqdm | None = None
        self._validation = ""

    def say(self, text: str) -> None:
        from tqdm import tqdm

        stream = self._stream or sys.stderr
        tqdm.write(terminal.log_line(text, stream), file=_Surviving(stream))

    def begin(self, first_step: int, total_steps: int) -> None:
        from tqdm import tqdm

        self._bar = tqdm(
            initial=first_step,
            total=total_steps,
            file=_Surviving(self._stream or sys.stderr),
            dynamic_ncols=True,
            bar_format="{n_fmt}/{total_fmt} {bar:20} {desc}",
        )

    def step(self, step: int, loss: float, images_per_second: float, seconds_left: float) -> None:
        if self._bar is None:
            return
        self._bar.set_description_str(
            f"loss {loss:.4f}{self._validation}, {images_per_second:,.0f} images/s, "
            f"{duration(seconds_left)} left",
            refresh=False,
        )
        self._bar.update(step - self._bar.n)

    def validated(self, step: int, accuracy: float, loss: float) -> None:
        self._validation = f", validation {accuracy:.2%}"

    def end(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def for_stream(stream: TextIO | None = None) -> Progress:
    """Returns a bar if `stream` (standard error by default) is a terminal, else plain lines.

    If standard error is closed, nothing is printed, since `print` would use standard output.
    """
    target = stream or sys.stderr
    if target is None:
        return Progress()
    return BarProgress(stream) if target.isatty() else PlainProgress(stream)


def duration(seconds: float) -> str:
    """Returns `42 s`, `3 min 5 s` or `2 h 10 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
