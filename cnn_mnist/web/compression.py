"""Compressed copies of the files that shrink: texts, JavaScript and WebAssembly.

A copy is another representation of its file (RFC 9110, section 3.2), with its own entity tag, and
ranges count its own bytes. Images are compressed already, and weights shrink by 7 %.
"""

from __future__ import annotations

import collections
import gzip
import os
import re
import threading
from email.message import Message
from typing import BinaryIO

CODING = "gzip"
"""The content coding, as HTTP names it; every browser accepts it."""

_KINDS = (".css", ".html", ".js", ".json", ".svg", ".wasm")
# tf.min.js has 1.5 MB. A larger file is sent as it is, without reading it whole.
_LARGEST = 8 * 2**20
_MOST_COPIES = 500
# 6 makes tf.min.js a quarter of its size, in 0.15 s; 9 saves another 0.5 % of that.
_LEVEL = 6
_WEIGHT = re.compile(r"[Qq]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def is_for(path: str, size: int) -> bool:
    """Returns whether a file of this name and size, in bytes, has a compressed copy."""
    return os.path.splitext(path)[1] in _KINDS and 0 < size <= _LARGEST


def is_accepted(fields: Message) -> bool:
    """Returns whether the sender of these fields accepts gzip, and prefers nothing to it.

    As RFC 9110 says, section 12.5.3. A weight that cannot be read counts as 0.
    """
    weights: dict[str, float] = {}
    for listed in ",".join(fields.get_all("Accept-Encoding", [])).split(","):
        name, *parameters = (part.strip() for part in listed.split(";"))
        weights[name.lower()] = _weight(parameters)
    weight = weights.get(CODING, weights.get("*", 0))
    return weight > 0 and weight >= weights.get("identity", 0)


def _weight(parameters: list[str]) -> float:
    if not parameters:
        return 1
    match = _WEIGHT.fullmatch(parameters[0]) if len(parameters) == 1 else None
    return float(match[1]) if match else 0


class Copies:
    """Compressed copies in memory; each is made once, and again when its file has changed."""

    def __init__(self) -> None:
        # A class that opens the page at once waits for one thread that compresses.
        self._lock = threading.Lock()
        self._copies: collections.OrderedDict[str, tuple[str, bytes]] = collections.OrderedDict()

    def of(self, file: BinaryIO, tag: str) -> bytes:
        """Returns the compressed content.

        Args:
          file: the file, open at its beginning.
          tag: its entity tag, which changes with its content.

        Raises:
          OSError: the file cannot be read.
        """
        with self._lock:
            known_tag, copy = self._copies.pop(file.name, ("", b""))
            if known_tag != tag:
                # Without the time, so that the same content has the same copy.
                copy = gzip.compress(file.read(), _LEVEL, mtime=0)
            self._copies[file.name] = tag, copy
            if len(self._copies) > _MOST_COPIES:
                self._copies.popitem(last=False)
            return copy
