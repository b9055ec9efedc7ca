"""The command line: flags become one `Config`, and each `--mode` calls a verb and prints."""

__all__ = [
    "command_line",
    "console",
    "flags",
    "modes",
    "reference",
]
