"""Writes text files that a crash leaves whole, and parses JSON from any source."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any


def write_whole(path: str, text: str) -> None:
    """Writes a text file so that a reader finds the old one or the new one, never half of it.

    Creates missing folders.

    Raises:
      OSError: the file cannot be written; the old one is unchanged.
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
    """Appends a line to a text file; first ends the last line if a crash cut it off.

    Raises:
      OSError: the file cannot be written.
    """
    with open(path, "ab+") as file:
        cut_off = file.tell() > 0 and _last_byte(path) != b"\n"
        file.write(b"\n" * cut_off + line.encode() + b"\n")


def _last_byte(path: str) -> bytes:
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)


def parsed_json(text: str) -> Any:
    """Parses JSON.

    Raises:
      ValueError: the text is not JSON, or is nested too deeply.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
