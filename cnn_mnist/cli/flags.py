"""The text of `--help`, from the table of settings."""

from __future__ import annotations

import textwrap

from cnn_mnist import config
from cnn_mnist.config import choices, descriptions, fields, presets
from cnn_mnist.config.setting import Setting

_WIDTH = 78


def help_text() -> str:
    """Returns the whole of `--help`, grouped, at most 80 columns wide."""
    lines = [
        "Trains, evaluates, serves: the TensorFlow 1.x layers tutorial on today's",
        "TensorFlow.",
        "",
        "    python -m cnn_mnist.main --model_dir=/tmp/mnist --variant=layers",
        "",
        "In brackets: the modes in which a flag changes anything, where not all.",
    ]
    for group, rows in fields.GROUPS.items():
        lines += ["", f"{group}:"]
        for row in rows:
            if row.is_flag:
                lines += _flag_help(row)
    return "\n".join(lines)


def _flag_help(row: Setting) -> list[str]:
    text = descriptions.facts(row)
    if default := default_text(row):
        text += f" (default {default})"
    if row.modes != choices.MODES:
        text += f" [{descriptions.modes_of(row)}]"
    body = textwrap.wrap(
        text, _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6, break_long_words=False
    )
    value = "" if row.kind == "bool" else "=..."
    return [f"  --{row.name}{value}", *body]


def default_text(row: Setting) -> str:
    """Returns a flag's default as the command line takes it; empty for none and for off.

    That of a field of `Config` is the default preset's.
    """
    default = row.default
    if row.in_config and default is None:
        default = getattr(config.from_preset("", presets.DEFAULT), row.name)
    if default is None or default is False:
        return ""
    return ",".join(default) if row.kind == "choices" else str(default)
