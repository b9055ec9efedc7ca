"""The tables of docs/your_tf1_code.md are those of the names that are supplied."""

from __future__ import annotations

import collections

from places import REPOSITORY

from cnn_mnist.tf1 import listing, names

DOCUMENT = REPOSITORY / "docs" / "your_tf1_code.md"


def families() -> list[str]:
    """Returns a row for each family of `tf.contrib` that supplies something."""
    counts: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
    for row in names.ROWS:
        if row.old.startswith("tf.contrib.") and row.old.count(".") > 2:
            counts[names.family_of(row.old)][bool(row.refused)] += 1
    return [
        f"| `{family}` | {supplied} | {refused or ''} |"
        for family, (supplied, refused) in sorted(counts.items())
        if supplied
    ]


def refused_whole() -> str:
    """Returns the families that nothing stands in for, in one line."""
    whole = [
        row.old.removeprefix("tf.contrib.")
        for row in names.ROWS
        if row.refused and row.old.startswith("tf.contrib.") and row.old.count(".") == 2
    ]
    return ", ".join(f"`{name}`" for name in sorted(whole))


def differing() -> list[str]:
    """Returns a line for each way to differ, with the names that do."""
    ways: dict[str, list[str]] = {}
    for row in names.ROWS:
        if row.differs:
            ways.setdefault(row.differs, []).append(row.old)
    return [
        f"- {', '.join(f'`{name}`' for name in sorted(which))}: {differs}."
        for differs, which in sorted(ways.items(), key=lambda way: min(way[1]))
    ]


def section(heading: str) -> str:
    return DOCUMENT.read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_the_page_of_all_names_is_that_of_the_table():
    page = (REPOSITORY / "docs" / "tf1_names.md").read_text("utf-8")
    assert page == listing.page(), "python -m cnn_mnist.tf1.listing > docs/tf1_names.md"


def test_each_family_is_there_with_its_numbers_of_names():
    rows = [line for line in section("What of tf.contrib is supplied").splitlines()]
    assert [line for line in rows if line.startswith("| `")] == families()


def test_families_that_are_refused_whole_are_named():
    assert f"Refused whole: {refused_whole()}." in section("What of tf.contrib is supplied")


def test_each_name_that_differs_is_named_with_how():
    rows = section("What of tf.contrib is supplied").splitlines()
    assert [line for line in rows if line.startswith("- `")] == differing()


if __name__ == "__main__":
    print(*families(), f"Refused whole: {refused_whole()}.", *differing(), sep="\n")
