"""Holds back notices that libraries write to standard error in C++, past Python."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator

from cnn_mnist.support import terminal


@contextlib.contextmanager
def without(notice: re.Pattern[str]) -> Iterator[None]:
    """Holds back output to file descriptor 2 during a `with` block; replays all but notices.

    Args:
      notice: matches the beginning of a line that is dropped.
    """
    try:
        saved = os.dup(2)
    except OSError:  # Standard error is closed: there is nothing to hide.
        yield
        return
    with tempfile.TemporaryFile() as held:
        _flush()
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            _flush()
            os.dup2(saved, 2)
            os.close(saved)
            held.seek(0)
            text = held.read().decode(errors="replace")
            kept = [line for line in text.splitlines() if not notice.match(line)]
            if kept and sys.stderr is not None:
                print("\n".join(map(terminal.visible, kept)), file=sys.stderr)


def _flush() -> None:
    if sys.stderr is not None:
        with contextlib.suppress(ValueError, OSError):
            sys.stderr.flush()
