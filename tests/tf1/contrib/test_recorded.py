"""Stand-ins have the variables and the numbers that TensorFlow 1.15.5 had."""

from __future__ import annotations

import functools
import importlib.util
import pathlib

import pytest
import tf1_recorded
from tf1_in_process import old_names, version_1

FILES = sorted(pathlib.Path(__file__).parent.glob("cases_*.py"))
# One of a family; all of them take a minute.
FAST = {"lstm_block_cell", "rotations", "losses", "viterbi", "regularizers", "hparams_from_texts"}
CASES = [
    pytest.param(file, name, marks=[] if name in FAST else [pytest.mark.slow])
    for file in FILES
    for name in tf1_recorded.recorded(file)
]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")


def cases_of(file):
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CASES


@functools.cache
def computed(file, fast):
    """Runs the cases of a module once, in one graph."""
    cases = [case for case in cases_of(file) if (case.__name__ in FAST) == fast]
    with version_1():
        return tf1_recorded.computed(old_names(), cases)


@pytest.mark.parametrize(("file", "name"), CASES, ids=lambda value: getattr(value, "stem", value))
def test_a_case_has_the_numbers_of_tensorflow_1(file, name):
    found = computed(file, name in FAST)[name]
    tf1_recorded.check(found, tf1_recorded.recorded(file)[name])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_case_is_recorded(file):
    names = sorted(case.__name__ for case in cases_of(file))
    assert names == sorted(tf1_recorded.recorded(file))
