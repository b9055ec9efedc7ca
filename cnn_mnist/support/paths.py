"""Tells paths on this machine from URLs."""

from __future__ import annotations

import re
import urllib.parse

_URL = re.compile(r"[A-Za-z][\w+.-]*://", re.ASCII)
_LONGEST_SHOWN = 200


def is_url(text: str) -> bool:
    """Returns whether a text is a URL, such as `gs://bucket/model`.

    TensorFlow would take it to the network, and Python for a folder called `gs:`. `./gs://model`
    is a path.
    """
    return _URL.match(text) is not None


def help_for_url(url: str) -> str:
    """Returns what to say of a URL that stands in place of a path."""
    shown = f"{url!r}" if len(url) <= _LONGEST_SHOWN else f"{url[:_LONGEST_SHOWN]!r}…"
    allowed = "a path on this machine"
    if url.lower().startswith("file:///"):
        path = urllib.parse.unquote(url[len("file://") :], errors="surrogateescape")
        allowed += f", here {path[:_LONGEST_SHOWN]!r}"
    return f"{shown}, a URL; allowed: {allowed}"
