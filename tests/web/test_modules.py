"""Runs the tests of the pages' modules, `*.test.mjs`, in Node."""

from __future__ import annotations

import pathlib
import re

import javascript
import pytest

FILES = sorted(path.name for path in pathlib.Path(__file__).parent.glob("*.test.mjs"))
LONG = (
    *("digit_strokes.test.mjs", "late_pauses.test.mjs", "matrix_product.test.mjs"),
    *("networks.test.mjs", "training.test.mjs", "whole_epochs.test.mjs"),
)
"""Take seconds, which slow machines make many."""


def test_there_are_tests_of_modules():
    assert FILES


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in FILES],
)
def test_module(name):
    ended = javascript.run("--test", "--test-reporter=tap", f"tests/web/{name}")
    assert ended.returncode == 0, "\n" + ended.stdout
    counts = dict(re.findall(r"^# (\w+) ([0-9]+)$", ended.stdout, re.M))
    assert int(counts["tests"]) > 0, ended.stdout
    if int(counts["skipped"]):
        javascript.packages()
        pytest.skip(f"{counts['skipped']} of {counts['tests']} tests skipped:\n{ended.stdout}")
