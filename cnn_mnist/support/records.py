"""Reads the records of this package: JSON that a user may have edited, checked field by field."""

from __future__ import annotations

import dataclasses
import functools
import logging
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from cnn_mnist.support import terminal
from cnn_mnist.support.files import parsed_json

T = TypeVar("T")

LARGEST_FILE = 1_000_000
"""The characters of a record's one object or line that are read; none is nearly as long."""

MOST = 10**15
"""No count in a record is higher. TensorFlow, NumPy and floats can hold each lower one."""
_LARGEST_NUMBER = 3.4028235e38
"""That of float32: the loss of a training that diverges comes near it."""
_LONGEST_SHOWN = 60


@dataclasses.dataclass(frozen=True)
class Kind:
    """What a field may hold: in words, and a function that says whether a value is that."""

    words: str
    fits: Callable[[Any], bool]


def _is_number(value: Any, lowest: float, highest: float) -> bool:
    return type(value) in (int, float) and lowest <= value <= highest and math.isfinite(value)


def count(least: int = 0) -> Kind:
    """Returns the kind of a whole number from `least` on."""
    return Kind(
        f"a whole number from {least} to {MOST:.0e}",
        lambda value: type(value) is int and least <= value <= MOST,
    )


def number(lowest: float = -_LARGEST_NUMBER, highest: float = _LARGEST_NUMBER) -> Kind:
    """Returns the kind of a finite number."""
    words = f"a number from {lowest:g} to {highest:g}"
    return Kind(words, lambda value: _is_number(value, lowest, highest))


def optional(kind: Kind) -> Kind:
    """Returns the kind that is also null."""
    return Kind(f"{kind.words} or null", lambda value: value is None or kind.fits(value))


def list_of(kind: Kind) -> Kind:
    """Returns the kind of a list whose elements are of one kind."""
    return Kind(
        f"a list, each {kind.words}",
        lambda value: isinstance(value, list) and all(map(kind.fits, value)),
    )


def by_name(kind: Kind) -> Kind:
    """Returns the kind of an object whose values are of one kind."""
    return Kind(
        f"an object, each value {kind.words}",
        lambda value: isinstance(value, dict) and all(map(kind.fits, value.values())),
    )


ANYTHING = Kind("anything", lambda value: True)
OBJECT = Kind("an object", lambda value: isinstance(value, dict))
TEXT = Kind("a text", lambda value: isinstance(value, str))
TRUTH = Kind("true or false", lambda value: isinstance(value, bool))
SHA256 = Kind(
    "64 hexadecimal digits",
    lambda value: isinstance(value, str) and len(value) == 64 and value.isalnum(),
)
RATE = number(0, 1)


def parsed(text: str) -> dict[str, Any]:
    """Parses the JSON object that a record is.

    Raises:
      ValueError: the text is something else; the message says what.
    """
    try:
        values = parsed_json(text)
    except ValueError as error:
        raise ValueError(f"not JSON ({error})") from error
    if not isinstance(values, dict):
        raise ValueError(f"{shown(values)}, not an object")
    return values


def whole(path: str, parse: Callable[[str], T]) -> T | None:
    """Reads a record of one object.

    Args:
      path: the file.
      parse: returns what its text means; raises ValueError for anything else.

    Returns:
      What `parse` returned, or None without the file; None also if it is damaged or cannot be
      read, with a warning.
    """
    try:
        with open(path, encoding="utf-8-sig") as file:
            return parse(file.read(LARGEST_FILE))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        warn(f"{path} cannot be used ({_reason(error)}); it is left out")
        return None


def lines(path: str, parse: Callable[[str], T]) -> list[T]:
    """Reads a record of one object a line.

    Args:
      path: the file.
      parse: returns what a line means; raises ValueError for anything else.

    Returns:
      What `parse` returned for each line. Lines that are damaged are left out, with one warning.
    """
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            found = [_parsed_or_reason(line, parse) for line in file]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        warn(f"{path} cannot be used ({_reason(error)}); it is left out")
        return []
    damaged = [(n, line) for n, line in enumerate(found, 1) if isinstance(line, _Damaged)]
    if damaged:
        number, first = damaged[0]
        more = f", and {len(damaged) - 1:,} more lines" if len(damaged) > 1 else ""
        warn(f"{path}: line {number:,} is left out ({first.reason}){more}")
    return [line for line in found if not isinstance(line, _Damaged)]


@dataclasses.dataclass(frozen=True)
class _Damaged:
    reason: str


def _parsed_or_reason(line: str, parse: Callable[[str], T]) -> T | _Damaged:
    try:
        return parse(line)
    except ValueError as error:
        return _Damaged(_reason(error))


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return (isinstance(error, OSError) and error.strerror) or str(error)


def check(values: Mapping[str, Any], kinds: Mapping[str, Kind]) -> None:
    """Checks that each field of `kinds` is there and of its kind.

    Raises:
      ValueError: one is not; the message says which and why.
    """
    for name, kind in kinds.items():
        if name not in values:
            raise ValueError(f"{name} is missing")
        if not kind.fits(values[name]):
            raise ValueError(_misfit(name, values[name], kind))


def fitting(
    values: Mapping[str, Any], kinds: Mapping[str, Any], within: str = ""
) -> tuple[dict[str, Any], list[str]]:
    """Leaves out the fields that are not of their kind.

    Args:
      values: the fields; none of them must be there, and there may be others.
      kinds: a `Kind`, or the kinds of an object's own fields, by name.
      within: what the reasons put before a name.

    Returns:
      The fields that are left, and the reason for each that is not.
    """
    kept: dict[str, Any] = {}
    reasons: list[str] = []
    for name, value in values.items():
        kind = kinds.get(name, ANYTHING)
        if not isinstance(kind, Kind) and isinstance(value, dict):
            kept[name], more = fitting(value, kind, f"{within}{name}.")
            reasons += more
        elif isinstance(kind, Kind) and kind.fits(value):
            kept[name] = value
        else:
            kind = kind if isinstance(kind, Kind) else OBJECT
            reasons.append(_misfit(f"{within}{name}", value, kind))
    return kept, reasons


def _misfit(name: str, value: Any, kind: Kind) -> str:
    return f"{name} is {shown(value)}; allowed: {kind.words}"


def shown(value: Any) -> str:
    """Returns a value for a message, quoted and cut."""
    try:
        text = ascii(value)
    # Python refuses to write a number of thousands of digits.
    except ValueError:
        text = "a number of thousands of digits"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


@functools.lru_cache(maxsize=256)
def warn(text: str) -> None:
    """Warns once, through TensorFlow's logger, without importing TensorFlow."""
    logging.getLogger("tensorflow").warning(terminal.visible(text))
