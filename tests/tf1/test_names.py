"""The table of old names: each row holds on the installed TensorFlow."""

from __future__ import annotations

import pytest

from cnn_mnist.tf1 import listing, modules, names

FAMILIES = listing.families()


@pytest.mark.parametrize("family", FAMILIES)
def test_what_stands_in_for_the_names_of_a_family_is_there(family):
    supplied = [names.TABLE[row.old] for row in FAMILIES[family]]
    missing = []
    for row in supplied:
        if row.stand_in:
            try:
                assert modules.look_up(row.stand_in) is not None
            except (ImportError, AttributeError, AssertionError) as error:
                missing.append(f"{row.old}: {row.stand_in}: {error}")
    assert missing == []


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
