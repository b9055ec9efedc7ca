"""Which part of a file a request is answered with: its conditions and its range.

As RFC 9110 says, sections 13 and 14. A request for several ranges is answered with the whole file.
"""

from __future__ import annotations

import dataclasses
import re
from email.message import Message

_TAG = re.compile(r'(W/)?("[^"]*")')
_RANGE = re.compile(r"bytes=([0-9]{0,20})-([0-9]{0,20})", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Answer:
    """What is sent of a file.

    Attributes:
      status: 200, 206, 304, 412 or 416.
      start: the first byte.
      count: how many bytes; 0 unless the status is 200 or 206.
    """

    status: int
    start: int = 0
    count: int = 0


def answer(fields: Message, tag: str, size: int, has_body: bool = True) -> Answer:
    """Returns how a request for a file is answered.

    Args:
      fields: the fields of the request.
      tag: the file's entity tag, which is a strong one, with its quotes.
      size: the file's size in bytes.
      has_body: False for HEAD, for which ranges are not defined.
    """
    if "If-Match" in fields and not _is_among(fields, "If-Match", tag, weakly=False):
        return Answer(412)
    if _is_among(fields, "If-None-Match", tag, weakly=True):
        return Answer(304)
    asked = fields.get_all("Range", [])
    if has_body and len(asked) == 1 and fields.get("If-Range", tag).strip() == tag:
        return _part(asked[0].strip(), size)
    return Answer(200, 0, size)


def _is_among(fields: Message, name: str, tag: str, weakly: bool) -> bool:
    listed = ",".join(fields.get_all(name, []))
    if listed.strip() == "*":
        return True
    return any(found == tag and (weakly or not weak) for weak, found in _TAG.findall(listed))


def _part(asked: str, size: int) -> Answer:
    match = _RANGE.fullmatch(asked)
    if not match or not any(match.groups()):
        return Answer(200, 0, size)
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return Answer(200, 0, size)
    return Answer(206, start, end - start) if start < end else Answer(416)
