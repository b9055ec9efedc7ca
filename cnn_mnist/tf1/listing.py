"""The texts of `--list` and `--check`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from cnn_mnist.tf1 import names
from cnn_mnist.tf1.names.row import Name


def text() -> str:
    """Returns all names that are supplied, and those that are refused, a family at a time."""
    parts = []
    for family, rows in families().items():
        supplied = sum(not row.refused for row in rows)
        parts.append(f"{family}: {supplied} supplied, {len(rows) - supplied} refused")
        parts += [f"  {line(row)}" for row in rows]
    return "\n".join(parts)


def page() -> str:
    """Returns docs/tf1_names.md: all names, a family at a time, with those alike together."""
    parts = [
        "# The names of TensorFlow 1",
        "What `python -m cnn_mnist.tf1` supplies beyond `tensorflow.compat.v1` and `tf.estimator`, "
        "and what it refuses. `python -m cnn_mnist.tf1.listing` writes this page; "
        "[your_tf1_code.md](your_tf1_code.md) explains it.",
    ]
    for family, rows in families().items():
        below = f"{family}."
        parts.append(f"## {family}")
        same = [row.old.removeprefix(below) for row in rows if row.stand_in and not row.differs]
        if same:
            parts.append(f"Supplied, and the same: {_in_code(same)}.")
        parts += _grouped(rows, below, "differs", lambda row: row.differs)
        parts += _grouped(rows, below, "refused", Name.why_refused)
    return "\n\n".join(parts) + "\n"


def _grouped(
    rows: Iterable[Name], below: str, what: str, reason_of: Callable[[Name], str]
) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for row in rows:
        if reason := reason_of(row):
            groups.setdefault(reason, []).append(row.old.removeprefix(below))
    for reason, found in groups.items():
        yield f"{what.capitalize()}: {_in_code(found)}: {reason}."


def _in_code(found: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in found)


def families() -> dict[str, list[Name]]:
    """Returns the rows of the table by family, in the order of the alphabet."""
    found: dict[str, list[Name]] = {}
    for row in sorted(names.ROWS, key=lambda row: row.old):
        family = names.family_of(row.old)
        above = family.rpartition(".")[0] if family == row.old else family
        found.setdefault(above, []).append(row)
    return dict(sorted(found.items()))


def line(row: Name) -> str:
    """Returns a row of the table in words."""
    if row.refused:
        return f"{row.old}: refused: {row.why_refused()}"
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


if __name__ == "__main__":
    print(page(), end="")
