"""Reads the head of a request, and refuses a head that two programs could read differently.

The standard library reads on where a head is cut off, folded or malformed, and takes the first of
two fields of the same name.
"""

from __future__ import annotations

import re
from email.message import Message
from io import BufferedIOBase

_LARGEST = 65_536
_MOST_FIELDS = 100

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(_TOKEN + rb" [!-~]+ HTTP/[0-9]\.[0-9]\r?\n")
_FIELD = re.compile(_TOKEN + rb":[\t -~\x80-\xff]*\r?\n")
_HOST = re.compile(r"[0-9A-Za-z._~%!$&'()*+,;=:\[\]-]*")
# A body of a petabyte has 16 digits.
_LENGTH = re.compile(r"[0-9]{1,15}")


class RefusedError(Exception):
    """A request that is not answered.

    Attributes:
      status: the HTTP status that says why.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def read(request_line: bytes, stream: BufferedIOBase) -> bytes:
    """Returns the fields after a request line, as they came, with the empty line at their end.

    Raises:
      RefusedError: a line is malformed, the head ends before its empty line, or it is too long.
    """
    if not _REQUEST_LINE.fullmatch(request_line):
        raise RefusedError(400)
    lines: list[bytes] = []
    left = _LARGEST
    while True:
        line = stream.readline(left + 1)
        left -= len(line)
        if left < 0 or len(lines) > _MOST_FIELDS:
            raise RefusedError(431)
        lines.append(line)
        if line in (b"\r\n", b"\n"):
            return b"".join(lines)
        if not _FIELD.fullmatch(line):
            raise RefusedError(400)


def check(fields: Message) -> None:
    """Refuses a request whose length or host is not clear.

    Raises:
      RefusedError: it has two lengths, or one that is not a number, or one beside a transfer
        encoding; or not exactly one host, or one that cannot be a host.
    """
    lengths = fields.get_all("Content-Length", [])
    hosts = fields.get_all("Host", [])
    if (
        len(lengths) > 1
        or any(not _LENGTH.fullmatch(length.strip()) for length in lengths)
        or (lengths and "Transfer-Encoding" in fields)
        or len(hosts) != 1
        or not _HOST.fullmatch(hosts[0].strip())
    ):
        raise RefusedError(400)


def asks_to_close(fields: Message) -> bool:
    """Returns whether the connection is to be closed after the answer."""
    options = ",".join(fields.get_all("Connection", [])).lower().split(",")
    return "close" in (option.strip() for option in options)
