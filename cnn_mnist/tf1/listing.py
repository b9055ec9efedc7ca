"""The texts of `--list` and `--check`."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from cnn_mnist.tf1 import names
from cnn_mnist.tf1.names.row import Name


def text() -> str:
    """Returns all names that are supplied, and those that are refused, a family at a time."""
    families: dict[str, list[Name]] = {}
    for row in sorted(names.ROWS, key=lambda row: row.old):
        family = names.family_of(row.old)
        families.setdefault("tf" if family == row.old else family, []).append(row)
    parts = []
    for family, rows in sorted(families.items()):
        supplied = sum(not row.refused for row in rows)
        parts.append(f"{family}: {supplied} supplied, {len(rows) - supplied} refused")
        parts += [f"  {line(row)}" for row in rows]
    return "\n".join(parts)


def line(row: Name) -> str:
    """Returns a row of the table in words."""
    if row.refused:
        instead = f"; use {row.instead}" if row.instead else ""
        return f"{row.old}: refused: {row.refused}{instead}"
    how = f"differs: {row.differs}" if row.differs else "same"
    shown = row.stand_in if row.stand_in.startswith("tf.") else row.stand_in.partition(":")[0]
    return f"{row.old}: {how} ({shown}; gone since {row.gone})"


def of_check(files: Collection[str], problems: Iterable[object], supplied: Iterable[Name]) -> str:
    """Returns what a check found: a line for each problem, or the names that are supplied."""
    lines = [str(problem) for problem in sorted(problems)]  # type: ignore[type-var]
    rows = sorted(supplied, key=lambda row: row.old)
    lines += [line(row) for row in rows]
    count = len(lines) - len(rows)
    missing = f"{_counted(count, 'name')} cannot be supplied" if count else "nothing is missing"
    supplied_count = f"{len(rows)} {'is' if len(rows) == 1 else 'are'} supplied"
    lines.append(
        f"read {_counted(len(files), 'file')}: {missing}; "
        f"{supplied_count} beyond tensorflow.compat.v1"
    )
    return "\n".join(lines)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
