"""glibc's malloc keeps one pool of free memory, unless the user has chosen."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cnn_mnist.support import malloc

CODE = """
import ctypes, threading
from cnn_mnist.support import malloc
print(malloc.use_one_arena(), flush=True)
together = threading.Barrier(4)
threads = [threading.Thread(target=together.wait) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
"""
CHOSEN = {"MALLOC_ARENA_MAX": "3", "GLIBC_TUNABLES": "glibc.malloc.arena_max=3"}


def run(**variables):
    kept = {k: v for k, v in os.environ.items() if k not in CHOSEN}
    printed = subprocess.check_output(
        [sys.executable, "-c", CODE],
        env={**kept, "PYTHONPATH": os.pathsep.join(sys.path), **variables},
        text=True,
    )
    return printed.splitlines()[0], printed.count("<heap nr=")


pytestmark = pytest.mark.skipif(not malloc._is_glibc(), reason="the C library is not glibc")


def test_all_threads_take_memory_from_one_arena():
    assert run() == ("True", 1)


@pytest.mark.parametrize("name", CHOSEN)
def test_a_users_own_choice_stays(name):
    said, arenas = run(**{name: CHOSEN[name]})
    assert said == "False" and arenas > 1
