"""The table of old names: each row holds on the installed TensorFlow."""

from __future__ import annotations

import pytest

from cnn_mnist.tf1 import modules, names

SUPPLIED = sorted(old for old, row in names.TABLE.items() if row.stand_in)


@pytest.mark.parametrize("old", SUPPLIED)
def test_what_stands_in_for_a_name_is_there(old):
    stand_in = names.TABLE[old].stand_in
    if stand_in.startswith("tf_slim"):
        pytest.importorskip("tf_slim", reason="tf-slim is of the extra tf1")
    assert modules.look_up(stand_in) is not None


def test_no_old_name_has_two_rows():
    assert len(names.TABLE) == len(names.ROWS)


def test_every_refusal_says_why():
    assert [old for old, row in names.TABLE.items() if not row.stand_in and not row.refused] == []


@pytest.mark.parametrize(
    ("old", "row"),
    [
        ("tf.contrib.rnn.GRUCell", "tf.contrib.rnn.GRUCell"),
        ("tf.contrib.rnn.python.ops.core_rnn_cell.GRUCell", "tf.contrib.rnn.GRUCell"),
        ("tf.contrib.cudnn_rnn.CudnnLSTM", "tf.contrib.cudnn_rnn"),
        ("tf.contrib.cudnn_rnn.python.ops.x.CudnnLSTM", "tf.contrib.cudnn_rnn"),
    ],
)
def test_a_name_is_found_also_by_the_file_that_it_was_in(old, row):
    assert names.find(old) is names.TABLE[row]


@pytest.mark.parametrize("old", ["tf.contrib.rnn.NoSuchCell", "tf.contrib.nothing.x", "tf.matmul"])
def test_a_name_of_no_row_is_not_found(old):
    assert names.find(old) is None
