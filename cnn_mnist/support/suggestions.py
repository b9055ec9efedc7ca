"""Suggests the name that was meant where a name is unknown."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

_LONGEST = 100
"""No name is nearly as long; comparing takes time by the square of the length."""


def nearest(word: str, names: Iterable[str], others: Mapping[str, str] | None = None) -> str | None:
    """Returns the name that a word was probably meant for, or None.

    Args:
      word: what was given.
      names: the names that are allowed.
      others: what other programs call things, and the name here.
    """
    if len(word) > _LONGEST:
        return None
    plain = word.replace("-", "_").lower()
    if others and plain in others:
        return others[plain]
    by_plain = {name.replace("-", "_").lower(): name for name in names}
    found = difflib.get_close_matches(plain, by_plain, n=1)
    return by_plain[found[0]] if found else None


def guess(near: str | None) -> str:
    """Returns a suggestion as a part of a message, `did you mean --mode? `, or nothing."""
    return f"did you mean {near}? " if near else ""


def near_flag(message: str, flags: Iterable[str]) -> str:
    """Returns a suggestion for the first flag that a message names, as `guess` does.

    Args:
      message: such as `unrecognized arguments: --prot=80`.
      flags: those there are, without dashes.
    """
    named = re.search(r"(?<![^\s'\"])--?([^\s='\":]+)", message)
    near = nearest(named[1], flags) if named else None
    return "" if near is None or (named and named[1] == near) else guess(f"--{near}")
