"""Class names are read as any system writes them; in one line it is said if they do not fit."""

from __future__ import annotations

import codecs

import pytest

from cnn_mnist.data import class_names, emnist
from cnn_mnist.errors import UserError

NAMES = ("ㄱ", "ä b", "c")
TEXT = "\n".join(NAMES) + "\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    ],
    ids=["utf-8", "mark", "windows", "utf-16", "utf-16-be"],
)
def test_names_are_read_with_and_without_a_byte_order_mark(content, tmp_path):
    (tmp_path / "classes.txt").write_bytes(content)
    assert class_names.saved_class_names(str(tmp_path), 3) == NAMES
    assert class_names.listed_class_names(str(tmp_path)) == NAMES


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (TEXT.encode(), "classes.txt has 3 class names; expected 26, one a line"),
        (b"one\n", "classes.txt has 1 class names; expected 2 to 100, one a line"),
        (b"n\n" * 101, "classes.txt has 101 class names; expected 2 to 100, one a line"),
        (b"\xe4\n\xf6\n", "classes.txt is not UTF-8 ("),
    ],
)
def test_names_that_do_not_fit_are_named(content, message, tmp_path):
    (tmp_path / "classes.txt").write_bytes(content)
    with pytest.raises(UserError) as error:
        class_names.saved_class_names(str(tmp_path), 26)
    assert message in str(error.value) and str(tmp_path) in str(error.value)


def test_without_a_file_the_names_are_numbers(tmp_path):
    assert class_names.saved_class_names(str(tmp_path), 26) == tuple(map(str, range(26)))


@pytest.mark.parametrize(
    ("name", "first_and_last", "count"),
    [
        ("emnist-letters", "AZ", 26),
        ("emnist/letters", "AZ", 26),
        ("emnist-balanced", "0t", 47),
        ("emnist-byclass-train", "0z", 62),
        ("emnist/bymerge", "0t", 47),
        ("emnist-digits", "09", 10),
    ],
)
def test_emnist_has_the_names_of_its_paper(name, first_and_last, count):
    names = emnist.class_names(name)
    assert names[0] + names[-1] == first_and_last and len(set(names)) == len(names) == count


def test_other_sets_have_no_names_of_emnist():
    assert emnist.class_names("mnist") is None and emnist.class_names("emnist-mine") is None
