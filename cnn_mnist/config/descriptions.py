"""What the documents say of a row of `config.fields`."""

from __future__ import annotations

from cnn_mnist.config.choices import MODES
from cnn_mnist.config.setting import Setting


def modes_of(row: Setting) -> str:
    """Returns the modes in which a setting changes anything, in a few words."""
    if row.modes == MODES:
        return "all"
    others = [mode for mode in MODES if mode not in row.modes]
    return ", ".join(row.modes) if len(others) > 1 else f"all but {others[0]}"


def facts(row: Setting) -> str:
    """Returns what a row says of its values: the help, and the choices or the range."""
    if row.kind == "choices":
        return f"{row.help}; any of {', '.join(row.allowed)}, with commas between"
    if row.allowed:
        return f"{row.help}; one of {', '.join(row.allowed)}"
    if row.range is not None:
        lowest, highest = row.range
        return f"{row.help}; {lowest:g} to {shown_number(highest)}"
    return row.help


def shown_number(value: float) -> str:
    """Returns a number with commas between thousands, a fraction with its digits."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
