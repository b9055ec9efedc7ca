"""The errors that are a person's to mend: one clear line, no traceback."""

from __future__ import annotations


class UserError(ValueError):
    """Something given from outside cannot be used.

    The message is one line that names the flag, file or field, what was given
    and what is allowed. The command prints it and exits with status 2.
    """


class InstallationError(UserError, ImportError):
    """The installed packages do not fit together; the message holds the pip line."""


def one_line(error: Exception | str) -> str:
    """Returns an error's message without line breaks."""
    return " ".join(str(error).split())
