"""The processor of this machine: its name, its instruction sets, how many there are."""

from __future__ import annotations

import functools
import itertools
import os
import platform
from collections.abc import Iterable

DECISIVE_SETS = (
    "avx",
    "avx2",
    "fma",
    "avx512f",
    "avx512_vnni",
    "avx512_bf16",
    "avx_vnni",
    "amx_bf16",
)
"""Instruction sets that decide how fast a network trains, by the names of Linux."""

_CPUINFO = "/proc/cpuinfo"


def name() -> str:
    """Returns the name of the processor from Linux, or else from Python."""
    return _described().get("model name") or platform.processor() or platform.machine()


def count() -> int:
    """Returns how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def instruction_sets() -> frozenset[str]:
    """Returns the processor's flags by Linux's names, such as `avx2`; empty on other systems."""
    return frozenset(_described().get("flags", "").split())


def decisive_sets() -> tuple[str, ...]:
    """Returns those of `DECISIVE_SETS` that the processor has."""
    return tuple(name for name in DECISIVE_SETS if name in instruction_sets())


def in_words(sets: Iterable[object]) -> str:
    """Returns instruction sets for a sentence: `AVX2, FMA`."""
    return ", ".join(map(str, sets)).upper() or "no known instruction set"


@functools.cache
def _described() -> dict[str, str]:
    """Returns the first processor's lines of `/proc/cpuinfo`."""
    try:
        with open(_CPUINFO, encoding="ascii", errors="replace") as file:
            lines = [line.partition(":") for line in itertools.takewhile(str.strip, file)]
    except OSError:
        return {}
    return {key.strip(): text.strip() for key, _, text in lines}
