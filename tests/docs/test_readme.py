"""README says what the other pages say, in few lines, and in Korean the same."""

from __future__ import annotations

import re

import pytest
from places import REPOSITORY

from cnn_mnist.tf1 import names

README = (REPOSITORY / "README.md").read_text("utf-8")
KOREAN = (REPOSITORY / "README.ko.md").read_text("utf-8")
RECIPES = (REPOSITORY / "docs" / "recipes.md").read_text("utf-8")


def rows(text: str) -> list[list[str]]:
    """The cells of each row of the tables that begin with the name of a recipe."""
    lines = re.findall(r"^\| `.*\|$", text, re.M)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_readme_is_a_screen_and_a_half():
    assert len(README.splitlines()) <= 125
    assert len(KOREAN.splitlines()) == len(README.splitlines())


@pytest.mark.parametrize("row", rows(README), ids=lambda row: row[0])
def test_the_results_are_those_of_the_page_of_recipes(row):
    name, _, accuracy, seeds, time = row
    (whole,) = [of for of in rows(RECIPES) if of[0] == name and len(of) == 6]
    *_, by_seed, mean, whole_time = whole
    assert (accuracy, seeds) == (mean, str(len(by_seed.split(","))))
    assert whole_time.startswith(time)


def test_the_numbers_of_old_names_are_those_of_the_table():
    refused = sum(1 for row in names.ROWS if row.refused)
    assert f"{refused:,} of {len(names.ROWS):,} old names" in README


def blocks(text: str) -> list[str]:
    return re.findall(r"^```\w*\n.*?^```$", text, re.M | re.S)


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", text)


def figures(text: str) -> list[str]:
    """Every number in the prose and in the tables, in order."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    return sorted(re.findall(r"\d[\d.,]*\d|\d", re.sub(r"\]\([^)]+\)", "", prose)))


def test_korean_readme_has_the_same_commands():
    assert blocks(KOREAN) == blocks(README)


def test_korean_readme_has_the_same_links():
    assert sorted({*links(KOREAN)} - {"README.md"}) == sorted({*links(README)} - {"README.ko.md"})


def test_korean_readme_has_the_same_figures():
    assert figures(KOREAN) == figures(README)


def test_korean_readme_names_the_same_files_flags_and_functions():
    def code(text: str) -> list[str]:
        return sorted(re.findall(r"`([^`\n]+)`", text))

    assert code(KOREAN) == code(README)
