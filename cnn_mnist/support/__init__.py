"""What every other room may use: files, progress, lazy imports, the shell."""

__all__ = [
    "files",
    "installation",
    "lazy",
    "progress",
    "shell",
]
