"""Writes files that a crash leaves whole, and parses JSON from any source."""

from __future__ import annotations

import json
import os
from typing import Any

from cnn_mnist.support import unfinished


def write_whole(path: str, content: str | bytes) -> None:
    """Writes a file so that a reader finds the old one or the new one, never half of it.

    Text is written as UTF-8. The folder must exist: one that was removed meanwhile is not made
    anew.

    Raises:
      OSError: the file cannot be written; the old one is unchanged.
    """
    with unfinished.file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def make_folder(path: str) -> None:
    """Makes a folder, unless it exists; the folder that it lies in must exist.

    Raises:
      OSError: it cannot be made.
    """
    try:
        os.mkdir(path)
    except FileExistsError:
        if not os.path.isdir(path):
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
