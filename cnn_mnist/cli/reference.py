"""Writes docs/command_line.md, from the table of settings.

scripts/run python -m cnn_mnist.cli.reference > docs/command_line.md
"""

from __future__ import annotations

from cnn_mnist.cli.flags import default_text
from cnn_mnist.config import descriptions, fields, presets
from cnn_mnist.config.setting import Setting

_HEAD = """\
# The command line

    python -m cnn_mnist.main --model_dir=/tmp/mnist --variant=layers

Installed with pip, the command is also called `cnn-mnist`. Every flag is optional. An argument that
is not a flag is refused. A flag is written `--name=value`; a switch has no value: `--name` turns it
on, `--noname` off. `--flagfile=FILE` reads flags from a file, one a line.

Where a flag is not given, the value that `model_dir` was trained with holds, or else the preset's.
The defaults below are those of the preset `{preset}`; `--preset=list` prints all presets.

*Modes* are the values of `--mode` in which a flag changes anything; in other modes a flag marked †
is refused. *Kept* flags are stored in `model_dir/config.json` and need not be given again. From
Python the same settings are arguments of `config.from_preset`, except those marked *command only*.

This page is generated: `python -m cnn_mnist.cli.reference` prints it.
"""


def page() -> str:
    """Returns the page, in Markdown."""
    parts = [_HEAD.format(preset=presets.DEFAULT)]
    for group, rows in fields.GROUPS.items():
        parts += [
            f"## {group}\n",
            "| Flag | What it does | Default | Modes | Kept | Since |",
            "|---|---|---|---|---|---|",
            *(_line(row) for row in rows if row.is_flag),
            "",
        ]
    return "\n".join(parts)


def _line(row: Setting) -> str:
    default = default_text(row)
    kept = ("yes" if row.stored else "no") if row.in_config else "command only"
    cells = (
        f"`--{row.name}`" + (" †" if row.only_in_modes else ""),
        descriptions.facts(row),
        f"`{default}`" if default else "",
        descriptions.modes_of(row),
        kept,
        row.since,
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(page(), end="")
