"""Reads the text form of a protocol buffer, as far as settings files use it.

https://protobuf.dev/reference/protobuf/textformat-spec/ describes it. The command that starts a
server runs without the package protobuf. Names in brackets, for extensions and `Any`, are not
read.
"""

from __future__ import annotations

import dataclasses
import re

_TOKEN = re.compile(
    r"""(?P<space>(?:\s|\#[^\n]*)+)|(?P<mark>[{}<>\[\]:,;])"""
    r"""|(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<word>[\w.+-]+)"""
)
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|(.))", re.S)
_LETTERS = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_DEEPEST = 20


@dataclasses.dataclass(frozen=True)
class Field:
    """A field of a message.

    Attributes:
      name: as it is written.
      line: where it begins, from 1.
      text: the value of a string, or None.
      word: a number, a truth value or the name of an enum's value as it is written, or None.
      fields: the fields of a message, or None.
    """

    name: str
    line: int
    text: str | None = None
    word: str | None = None
    fields: tuple[Field, ...] | None = None


def parse(text: str) -> tuple[Field, ...]:
    """Returns the fields of a message in their order; a list is a field for each value.

    Raises:
      ValueError: the text is not such a message; begins with the line, such as `3: `.
    """
    tokens = _Tokens(text)
    fields = _fields(tokens, "", 0)
    return tuple(fields)


class _Tokens:
    """The tokens of a text, each with its kind and its line."""

    def __init__(self, text: str) -> None:
        self._left: list[tuple[str, str, int]] = []
        place, line = 0, 1
        while place < len(text):
            found = _TOKEN.match(text, place)
            if not found:
                raise ValueError(f"{line}: {text[place : place + 20].split()[0]!r} is not expected")
            if found.lastgroup != "space":
                self._left.append((str(found.lastgroup), found[0], line))
            line += found[0].count("\n")
            place = found.end()
        self._left.append(("end", "", line))
        self._left.reverse()

    def next(self) -> tuple[str, str, int]:
        return self._left.pop() if len(self._left) > 1 else self._left[0]

    @property
    def kind(self) -> str:
        return self._left[-1][0]

    @property
    def text(self) -> str:
        return self._left[-1][1]

    def takes(self, *marks: str) -> bool:
        """Drops the next token if it is one of these."""
        if self.kind == "mark" and self.text in marks:
            self.next()
            return True
        return False


def _fields(tokens: _Tokens, end: str, depth: int) -> list[Field]:
    found: list[Field] = []
    while True:
        kind, name, line = tokens.next()
        if (kind, name) == ("mark", end) or (kind == "end" and not end):
            return found
        if kind == "end":
            raise ValueError(f"{line}: {end!r} is missing at the end")
        if kind != "word" or not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise ValueError(f"{line}: {name!r} stands where the name of a field belongs")
        if depth > _DEEPEST:
            raise ValueError(f"{line}: the fields are nested too deeply")
        has_colon = tokens.takes(":")
        if has_colon and tokens.takes("["):
            found += _list(tokens, name, line, depth)
        else:
            found.append(_value(tokens, name, line, has_colon, depth))
        tokens.takes(",", ";")


def _list(tokens: _Tokens, name: str, line: int, depth: int) -> list[Field]:
    if tokens.takes("]"):
        return []
    found = [_value(tokens, name, line, True, depth)]
    while tokens.takes(","):
        found.append(_value(tokens, name, line, True, depth))
    if not tokens.takes("]"):
        raise ValueError(f"{line}: ']' is missing after the values of {name!r}")
    return found


def _value(tokens: _Tokens, name: str, line: int, has_colon: bool, depth: int) -> Field:
    kind, text, _ = tokens.next()
    if kind == "mark" and text in "{<":
        return Field(
            name, line, fields=tuple(_fields(tokens, "}" if text == "{" else ">", depth + 1))
        )
    if not has_colon:
        raise ValueError(f"{line}: ':' is missing after {name!r}")
    if kind == "string":
        content = _unescaped(text[1:-1])
        while tokens.kind == "string":
            content += _unescaped(tokens.next()[1][1:-1])
        return Field(name, line, text=content.decode("utf-8", "surrogateescape"))
    if kind == "word":
        return Field(name, line, word=text)
    raise ValueError(f"{line}: {name!r} has no value")


def _unescaped(text: str) -> bytes:
    found, place = bytearray(), 0
    for escape in _ESCAPE.finditer(text):
        found += text[place : escape.start()].encode("utf-8", "surrogateescape")
        octal, hexadecimal, letter = escape.groups()
        if letter is None:
            found.append(int(octal or hexadecimal, 8 if octal else 16) & 255)
        elif letter in _LETTERS:
            found.append(_LETTERS[letter])
        else:
            found += letter.encode("utf-8", "surrogateescape")
        place = escape.end()
    return bytes(found + text[place:].encode("utf-8", "surrogateescape"))
