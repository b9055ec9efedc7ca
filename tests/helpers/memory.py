"""What a call takes of memory."""

from __future__ import annotations

import tracemalloc


def peak_memory(act, *arguments):
    tracemalloc.start()
    try:
        return act(*arguments), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
