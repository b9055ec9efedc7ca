"""Measures the memory that a call takes."""

from __future__ import annotations

import tracemalloc


def peak_memory(act, *arguments):
    """Returns the result of a call, and the most bytes that it had allocated at a time."""
    tracemalloc.start()
    try:
        return act(*arguments), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
