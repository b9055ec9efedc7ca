"""The class names of EMNIST's sets, whose files hold numbers.

G. Cohen and others, EMNIST: an extension of MNIST to handwritten letters
(https://arxiv.org/abs/1702.05373), table II.
"""

from __future__ import annotations

import re
import string

_BY_CLASS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_MERGED = string.digits + string.ascii_uppercase + "abdefghnqrt"
_NAMES = {
    "balanced": _MERGED,
    "bymerge": _MERGED,
    "byclass": _BY_CLASS,
    "letters": string.ascii_uppercase,
    "digits": string.digits,
    "mnist": string.digits,
}


def class_names(name: str) -> tuple[str, ...] | None:
    """Returns the class names of a set such as `emnist-letters`, `emnist/letters`; else None."""
    match = re.search(r"emnist[-_/](\w+)", name.lower())
    names = _NAMES.get(match[1].removesuffix("_train")) if match else None
    return tuple(names) if names else None
