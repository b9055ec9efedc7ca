"""A record is left out with a warning that says why, whatever was done to it."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from cnn_mnist.support import records

STEP = {"step": records.count()}


def parse(text):
    values = records.parsed(text)
    records.check(values, STEP)
    return values["step"]


@pytest.fixture
def warnings(monkeypatch):
    found = []
    monkeypatch.setattr(records, "warn", found.append)
    return found


def test_a_whole_record_gives_what_it_means_also_with_a_byte_order_mark(tmp_path, warnings):
    path = tmp_path / "x.json"
    for mark in (b"", b"\xef\xbb\xbf"):
        path.write_bytes(mark + b'{"step": 5}')
        assert records.whole(str(path), parse) == 5
    assert records.whole(str(tmp_path / "missing"), parse) is None
    assert records.whole(str(path / "below a file"), parse) is None
    assert warnings == []


DAMAGE = {
    b"": "not JSON (Expecting value: line 1 column 1 (char 0))",
    b'{"step": 5': "not JSON (Expecting ',' delimiter: line 1 column 11 (char 10))",
    b"\xff\xfe": "not UTF-8",
    b"[" * 100_000: "not JSON (nested too deeply)",
    b"[1]": "[1], not an object",
    b"null": "None, not an object",
    b"{}": "step is missing",
    b'{"step": null}': "step is None; allowed: a whole number from 0 to 1e+15",
    b'{"step": true}': "step is True; allowed: a whole number from 0 to 1e+15",
    b'{"step": -1}': "step is -1; allowed: a whole number from 0 to 1e+15",
    b'{"step": 1.0}': "step is 1.0; allowed: a whole number from 0 to 1e+15",
    b'{"step": "\\u001b[31m"}': "step is '\\x1b[31m'; allowed: a whole number from 0 to 1e+15",
}


@pytest.mark.parametrize(("content", "reason"), DAMAGE.items(), ids=range(len(DAMAGE)))
def test_a_damaged_record_is_left_out_with_the_reason(tmp_path, warnings, content, reason):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    assert records.whole(str(path), parse) is None
    assert warnings == [f"{path} cannot be used ({reason}); it is left out"]


@pytest.mark.parametrize("read", [records.whole, records.lines])
def test_a_folder_in_its_place_is_left_out_with_a_warning(tmp_path, warnings, read):
    assert not read(str(tmp_path), parse)
    assert warnings == [f"{tmp_path} cannot be used (Is a directory); it is left out"]


def test_damaged_lines_are_left_out_with_one_warning(tmp_path, warnings):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"step": 1}\n\n[]\n\xff\n{"step": 2}\n{"step": 3')
    assert records.lines(str(path), parse) == [1, 2]
    (warning,) = warnings
    assert warning.startswith(f"{path}: line 2 is left out (not JSON (Expecting value")
    assert warning.endswith(", and 3 more lines")


def test_a_value_is_shown_quoted_and_cut():
    assert records.shown("\x1b\n") == r"'\x1b\n'"
    assert len(records.shown("x" * 5000)) == 61
    assert records.shown(10**6000) == "a number of thousands of digits"


NUMBERS = [
    -1,
    0,
    0.5,
    1,
    1.5,
    float(np.finfo(np.float32).max),
    10**400,
    math.nan,
    math.inf,
    -math.inf,
    True,
    None,
    "1",
    [1],
    {},
]


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        (records.count(), [0, 1]),
        (records.count(1), [1]),
        (records.RATE, [0, 0.5, 1]),
        (records.number(), [-1, 0, 0.5, 1, 1.5, float(np.finfo(np.float32).max)]),
        (records.optional(records.count()), [0, 1, None]),
        (records.list_of(records.count()), [[1]]),
        (records.by_name(records.count()), [{}]),
        (records.TEXT, ["1"]),
        (records.TRUTH, [True]),
    ],
    ids=lambda value: getattr(value, "words", ""),
)
def test_a_kind_takes_its_own_values_only(kind, allowed):
    fit = [value for value in NUMBERS if kind.fits(value)]
    assert [(type(value), value) for value in fit] == [(type(value), value) for value in allowed]


def test_fields_that_do_not_fit_are_left_out_and_the_others_kept():
    kinds = {"a": records.TEXT, "b": {"c": records.count()}}
    values = json.loads('{"a": 1, "b": {"c": "x", "d": 2}, "e": null}')
    assert records.fitting(values, kinds) == (
        {"b": {"d": 2}, "e": None},
        [
            "a is 1; allowed: a text",
            "b.c is 'x'; allowed: a whole number from 0 to 1e+15",
        ],
    )
    assert records.fitting({"b": 5}, kinds) == ({}, ["b is 5; allowed: an object"])
