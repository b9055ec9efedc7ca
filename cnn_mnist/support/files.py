"""Text files that a crash leaves whole, and JSON that may come from anywhere."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any


def write_whole(path: str, text: str) -> None:
    """Writes a text file so that a reader finds the old one or the new one, never half.

    Raises:
      OSError: it cannot be written; what was there before still is.
    """
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=folder, prefix=".", delete=False
    ) as file:
        try:
            file.write(text)
            file.flush()
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)
            raise


def append_line(path: str, line: str) -> None:
    """Adds a line to a text file, in a line of its own even after one that a crash cut off.

    Raises:
      OSError: it cannot be written.
    """
    with open(path, "ab+") as file:
        cut_off = file.tell() > 0 and _last_byte(path) != b"\n"
        file.write(b"\n" * cut_off + line.encode() + b"\n")


def _last_byte(path: str) -> bytes:
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)


def parsed_json(text: str) -> Any:
    """Returns what a text of JSON says.

    Raises:
      ValueError: it is no JSON, or nested too deeply to be read.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
