"""Python 2 becomes Python 3, with its division and in its encoding."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from cnn_mnist.errors import InstallationError, SettingsError
from cnn_mnist.tf1 import compiling, python2
from cnn_mnist.tf_compat import tf


def ran(text):
    variables = {}
    exec(compiling.compiled(text, "script.py", py2=True), variables)
    return variables


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"x = 7 / 2", 3),
        (b"x = -7 / 2", -4),
        (b"x = 7. / 2", 3.5),
        (b"x = 7\nx /= 2", 3),
        (b"from __future__ import division\nx = 7 / 2", 3.5),
        (b"x = [0xFFL, 0o17, 017]", [255, 15, 15]),
        (b"x = 1 <> 2", True),
        (b"x = `3` + repr(4)", "34"),
        (b"x = map(str, xrange(2))", ["0", "1"]),
        (b"x = sorted({1: 2}.iteritems())", [(1, 2)]),
        (b"exec 'x = 5'", 5),
        (b"x = 3\r\nif x:\r\n    print x", 3),
    ],
)
def test_text_of_python_2_runs(text, value):
    assert ran(text)["x"] == value


def test_arrays_and_tensors_of_whole_numbers_are_divided_downwards():
    np.testing.assert_array_equal(python2.divide(np.array([7, -7]), 2), [3, -4])
    np.testing.assert_array_equal(python2.divide(np.array([7.0]), 2), [3.5])
    with tf.Graph().as_default(), tf.Session() as session:
        assert session.run(python2.divide(tf.constant(7), 2)) == 3
        assert session.run(python2.divide(tf.constant(7.0), 2)) == 3.5


@pytest.mark.parametrize("encoding", ["utf-8", "euc-kr"])
def test_text_is_read_in_the_encoding_that_it_names(encoding):
    text = f"# -*- coding: {encoding} -*-\nx = u'손글씨'\nprint x\n"
    assert ran(text.encode(encoding))["x"] == "손글씨"


@pytest.mark.parametrize("text", [b"print 'x'\nx = = 3\n", b"x = [1\n", b"x = '\n", b"  x\n y"])
def test_what_is_not_python_2_either_is_said(text):
    with pytest.raises(SettingsError, match="^script.py is not Python 2: "):
        python2.parsed(text, "script.py")


def test_without_lib2to3_and_its_copy_the_error_says_what_to_install(monkeypatch):
    for name in ("lib2to3", "lib2to3.refactor", "fissix"):
        monkeypatch.setitem(sys.modules, name, None)
    python2._tool.cache_clear()
    with pytest.raises(InstallationError, match=r"^--py2 needs lib2to3, .*\[tf1\]"):
        python2.converted(b"print 'no lib2to3'", "script.py")
    python2._tool.cache_clear()
