"""Prints lines on the terminal. Text from outside cannot steer it, and cannot fill it.

File names, names of classes and tensors, and answers of servers may hold any character. Escape
characters would move the cursor, change colours, or hide what was printed.
"""

from __future__ import annotations

import re
import sys

MOST = 2000
"""The longest message, in characters."""

_END = 800

# Control characters, those that reverse the direction of writing or end a line, and bytes of a
# file name that are not text.
_UNSAFE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible(text: str) -> str:
    """Returns a text with its control characters as `\\u001b`, which JSON reads back."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def shortened(text: str) -> str:
    """Returns a text of at most about `MOST` characters, without the middle of a longer one."""
    if len(text) <= MOST:
        return text
    left_out = len(text) - MOST
    return f"{text[: MOST - _END]}… ({left_out:,} characters more) …{text[-_END:]}"


def line(text: str) -> str:
    """Returns a text as one line to print, `visible` and `shortened`."""
    return shortened(visible(text))


def lines(text: str) -> str:
    """Returns a text of one or more lines, each of them `visible`."""
    return "\n".join(map(visible, text.split("\n")))


def show(text: str, flush: bool = False) -> None:
    """Prints a result on standard output."""
    print(lines(text), flush=flush)


def note(text: str) -> None:
    """Prints a line beside the results, on standard error."""
    # Without standard error `print` would use standard output.
    if sys.stderr is not None:
        print(line(text), file=sys.stderr, flush=True)
