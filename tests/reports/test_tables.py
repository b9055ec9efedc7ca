"""The report's table of epochs has training beside validation."""

import dataclasses
import json

import pytest

from cnn_mnist import config
from cnn_mnist.model_folder.epochs import Epoch
from cnn_mnist.reports import tables
from cnn_mnist.reports.texts import Texts


@pytest.fixture
def settings(tmp_path):
    return config.from_preset(str(tmp_path))


FIRST = Epoch(1, 0, 10, 100, 100, 50.0, 80, 0.1, 61.0)


def test_a_row_has_the_means_of_training_and_a_dash_without_a_validation(settings):
    second = dataclasses.replace(FIRST, epoch=2, begin=10, step=20, loss_sum=25.0, correct=90)
    (table,) = tables.by_epoch([FIRST, second], settings, Texts())
    assert table.heads[0] == "epoch" and len(table.heads) == 6
    assert table.rows[0] == ("1", "0.5000", "80.00%", "–", "–", "1 min 1 s")
    assert table.rows[1][:3] == ("2", "0.2500", "90.00%")


@pytest.mark.parametrize("epochs", [[], [FIRST]])
def test_less_than_two_epochs_have_no_table(settings, epochs):
    assert tables.by_epoch(epochs, settings, Texts()) == []


def test_the_newest_are_shown_of_many(settings):
    many = [
        dataclasses.replace(FIRST, epoch=n, begin=10 * n - 10, step=10 * n) for n in range(1, 61)
    ]
    (table,) = tables.by_epoch(many, settings, Texts("ko"))
    assert [int(row[0]) for row in table.rows] == list(range(11, 61))
    assert json.dumps(table.heads, ensure_ascii=False).count("정확도") == 2
