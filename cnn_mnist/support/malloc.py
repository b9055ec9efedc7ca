"""Settings of the C library's memory allocator."""

from __future__ import annotations

import ctypes
import os

_M_ARENA_MAX = -8
"""https://man7.org/linux/man-pages/man3/mallopt.3.html"""


def use_one_arena() -> bool:
    """Has glibc's malloc keep one pool of free memory instead of one for each thread.

    What one thread frees, another can then use: a default run takes 20 MiB less and is as fast
    (docs/notes/speed.md). It must be called before there are threads. A user's own
    `MALLOC_ARENA_MAX` or `GLIBC_TUNABLES` stays.

    Returns:
      Whether it was set; False also where the C library is not glibc.
    """
    if os.environ.get("MALLOC_ARENA_MAX") or "arena_max" in os.environ.get("GLIBC_TUNABLES", ""):
        return False
    return _is_glibc() and bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1))


def _is_glibc() -> bool:
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (AttributeError, ValueError, OSError):
        # Other C libraries do not know the name, and Windows has no os.confstr.
        return False
