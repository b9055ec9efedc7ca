"""Prints lines on the terminal. Text from outside cannot steer it, and cannot fill it.

File names, names of classes and tensors, and answers of servers may hold any character. Escape
characters would move the cursor, change colours, or hide what was printed.

Colours are only for terminals: errors are red, warnings yellow, and the key words of results bold.
A file or a pipe gets none, nor does any output where `NO_COLOR` is set (https://no-color.org) or
`TERM` is `dumb`.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TextIO

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


# SGR, "Select Graphic Rendition", of ECMA-48.
_BOLD, _RED, _YELLOW, _PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[0m"
_KEY_WORD = re.compile(r"^[A-Z][a-z_]*(?= {2,}\S)", re.M)


def has_colours(stream: TextIO | None) -> bool:
    """Returns whether what is printed on a stream may be coloured."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream is not None and not stream.closed and stream.isatty()


def log_line(text: str, stream: TextIO | None) -> str:
    """Returns `line` of a text, on a terminal with a warning in yellow and an error in red."""
    colour = {"WARNING:": _YELLOW, "ERROR:": _RED}.get(text.partition(" ")[0])
    shown = line(text)
    return f"{colour}{shown}{_PLAIN}" if colour and has_colours(stream) else shown


def show_results(text: str) -> None:
    """Prints lines that begin with a key word and spaces, on a terminal with the word in bold."""
    shown = lines(text)
    if has_colours(sys.stdout):
        shown = _KEY_WORD.sub(lambda match: f"{_BOLD}{match[0]}{_PLAIN}", shown)
    print(shown)


def error(text: str) -> None:
    """Prints a line about an error as `note` does, on a terminal in red."""
    if sys.stderr is not None:
        shown = line(text)
        red = has_colours(sys.stderr)
        print(f"{_RED}{shown}{_PLAIN}" if red else shown, file=sys.stderr, flush=True)


def show(text: str, flush: bool = False) -> None:
    """Prints a result on standard output."""
    print(lines(text), flush=flush)


def note(text: str) -> None:
    """Prints a line beside the results, on standard error."""
    # Without standard error `print` would use standard output.
    if sys.stderr is not None:
        print(line(text), file=sys.stderr, flush=True)
