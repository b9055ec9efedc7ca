"""Recognizes files that are not what their name says, and says what to do."""

from __future__ import annotations

_HEAD = 512
_ARCHIVES = {b"PK\3\4": "ZIP", b"Rar!": "RAR", b"7z\xbc\xaf": "7z"}
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")


def help_for(content: bytes) -> str | None:
    """Returns what a file really is and what to do about it, from its first bytes, or None."""
    head = content[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return (
            "it is a web page, perhaps of a login or an error, saved in place of the file; "
            "download the file itself"
        )
    if head.startswith(b"version https://git-lfs"):
        return "it is a pointer of Git LFS, not the file; 'git lfs pull' fetches the file"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        return "it is a HEIC picture, as phones take them; save it as JPEG or PNG"
    for start, kind in _ARCHIVES.items():
        if content.startswith(start):
            return f"it is a {kind} archive; unpack it, and give what is in it"
    return None


def help_for_file(path: str) -> str | None:
    """Returns `help_for` the file at a path; None also if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return help_for(file.read(_HEAD))
    except OSError:
        return None
