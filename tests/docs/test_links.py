"""Each link of the documents leads somewhere, and each path that they name is there."""

from __future__ import annotations

import pathlib
import re

import pytest
from places import REPOSITORY

DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])

_FENCED = re.compile(r"^(```+)[^\n]*\n.*?^\1\s*$", re.M | re.S)
_INDENTED = re.compile(r"(?<=\n\n)(?: {4}.*\n)+")
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
_LINK = re.compile(r"\]\(<?([^)\s>]+)>?[^)]*\)|^\[[^]]+\]:\s*<?([^\s>]+)", re.M)
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.M)
_PATH = re.compile(r"(?<![\w/.~-])(?:scripts|cnn_mnist|tests)/(?:[\w./*-]*[\w/*])?")


def faults(document: pathlib.Path, root: pathlib.Path = REPOSITORY) -> list[str]:
    """Returns the links of a document that lead nowhere, and the paths that are not there."""
    text = document.read_text("utf-8")
    prose = _CODE.sub("", _INDENTED.sub("", _FENCED.sub("", text)))
    links = [one or other for one, other in _LINK.findall(prose)]
    local = [link for link in links if not re.match(r"[a-z][a-z0-9+.-]*:", link)]
    paths = sorted(set(_PATH.findall(text)))
    return [
        *(f"link {link}" for link in local if not leads_somewhere(link, document)),
        *(f"path {path}" for path in paths if not any(root.glob(path.rstrip("/")))),
    ]


def leads_somewhere(link: str, document: pathlib.Path) -> bool:
    """Whether a relative link names a file or folder, and where it has an anchor, a heading."""
    name, _, anchor = link.partition("#")
    target = document.parent / name if name else document
    if not target.exists():
        return False
    return not anchor or (target.suffix == ".md" and anchor in anchors(target))


def anchors(document: pathlib.Path) -> set[str]:
    """Returns the anchors of a document's headings, made from their texts as GitHub makes them."""
    found: dict[str, int] = {}
    result = set()
    for heading in _HEADING.findall(_FENCED.sub("", document.read_text("utf-8"))):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", shown).replace(" ", "-")
        count = found[anchor] = found.get(anchor, -1) + 1
        result.add(f"{anchor}-{count}" if count else anchor)
    return result


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(REPOSITORY)))
def test_every_link_leads_somewhere_and_every_path_is_there(document):
    assert faults(document) == []


@pytest.fixture
def page(tmp_path):
    """Writes a document beside another one, `other.md`, and returns its path."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "run").touch()
    (tmp_path / "other.md").write_text("# One\n\n## `two`, and 3\n\n## One\n\n```\n# none\n```\n")

    def write(text: str) -> pathlib.Path:
        document = tmp_path / "page.md"
        document.write_text(text)
        return document

    return write


@pytest.mark.parametrize(
    "text",
    [
        "[a](other.md) [b](other.md#two-and-3) [c](#here) ![d](scripts/run)\n\n## Here\n",
        "[a](other.md#one-1 'with a title') [b](https://example.org/none) [c]: other.md\n",
        "`[a](none.md)` and\n\n    [b](none.md)\n\n```\n[c](none.md)\n```\n",
        "`scripts/run pytest`, `scripts/`, `scripts/r*`, `~/.cache/scripts/none`",
    ],
)
def test_what_is_there_is_no_fault(page, tmp_path, text):
    assert faults(page(text), tmp_path) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[a](none.md)", "link none.md"),
        ("![a](none.png)", "link none.png"),
        ("[a]: none.md", "link none.md"),
        ("[a](other.md#none)", "link other.md#none"),
        ("[a](#none)", "link #none"),
        ("[a](scripts/run#none)", "link scripts/run#none"),
        ("`scripts/none`", "path scripts/none"),
        ("`scripts/none --flag`", "path scripts/none"),
        ("`cnn_mnist/none.py`", "path cnn_mnist/none.py"),
        ("`scripts/none*`", "path scripts/none*"),
        ("```sh\nscripts/none\n```", "path scripts/none"),
    ],
)
def test_a_link_to_nowhere_and_a_path_that_is_not_there_are_named(page, tmp_path, text, fault):
    assert faults(page(text), tmp_path) == [fault]
