"""The history has Keras's names, a row for each epoch, and the validation nearest to its end."""

import csv
import json
import math

import pytest

import cnn_mnist
from cnn_mnist import config as config_lib
from cnn_mnist.model_folder import epochs, history, validations
from cnn_mnist.model_folder.epochs import Epoch
from cnn_mnist.model_folder.validations import Validation


def epoch(number, begin, step, examples=50):
    return Epoch(number, begin, step, examples, 50, 0.25 * examples, examples // 2, 0.003, 1.25)


def validation(step, loss=0.125, accuracy=0.9375):
    return Validation(step, {"loss": loss, "accuracy": accuracy})


def steps_found(ends, steps):
    rows = [
        epoch(number, begin, end)
        for number, (begin, end) in enumerate(zip([0, *ends], ends, strict=False), 1)
    ]
    found = history.validations_of(rows, [validation(step) for step in steps])
    return [v and v.step for v in found]


# Which validation belongs to an epoch.


@pytest.mark.parametrize(
    ("ends", "steps", "expected"),
    [
        ([10, 20], [10, 20], [10, 20]),
        # Once an epoch of 429.7 steps, rounded up: later and later.
        ([430, 860, 1290, 4297], [430, 860, 1290, 4300], [430, 860, 1290, 4300]),
        ([10, 20], [9, 12, 20], [9, 20]),
        ([10, 20], [4, 16], [None, 16]),
        ([10, 20], [5], [5]),
        # As near to both ends.
        ([10, 20], [15], [None, 15]),
        ([10, 20], [8, 12], [8, None]),
        # Nearer to the end of an epoch that was stopped early.
        ([550, 700], [700], [None, 700]),
        ([550, 700], [525, 700], [525, 700]),
        ([10], [16], [None]),
        ([10], [], [None]),
        ([], [5], []),
    ],
)
def test_the_nearest_validation_belongs_to_an_epoch(ends, steps, expected):
    found = steps_found(ends, steps)
    assert found == expected + [None] * (len(found) - len(expected))


def test_of_epochs_that_end_in_one_step_the_last_has_the_validation():
    rows = [epoch(number, 0, 1) for number in (1, 2, 3)]
    assert history.validations_of(rows, [validation(1)]) == [None, None, validation(1)]


# The files.


@pytest.fixture
def written(tmp_path):
    rows = [epoch(1, 0, 3), epoch(2, 2, 5, 40)]
    history.write(str(tmp_path), rows, [validation(3)])
    return tmp_path


COLUMNS = [
    *("epoch", "loss", "accuracy", "val_loss", "val_accuracy"),
    *("learning_rate", "seconds", "step", "val_step", "examples"),
]


def test_the_csv_file_has_a_row_for_each_epoch_and_blanks_without_validation(written):
    with open(written / "history.csv", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        COLUMNS,
        ["1", "0.25", "0.5", "0.125", "0.9375", "0.003", "1.25", "3", "3", "50"],
        ["2", "0.25", "0.5", "", "", "0.003", "1.25", "5", "", "40"],
    ]


def test_the_json_file_has_a_list_for_each_name_and_null_without_validation(written):
    stored = json.loads((written / "history.json").read_text())
    assert list(stored) == COLUMNS
    assert stored["epoch"] == [1, 2]
    assert stored["val_loss"] == [0.125, None]
    assert stored["val_step"] == [3, None]


def test_without_epochs_there_are_only_names(tmp_path):
    history.write(str(tmp_path), [], [validation(3)])
    assert (tmp_path / "history.csv").read_text() == ",".join(COLUMNS) + "\n"
    assert json.loads((tmp_path / "history.json").read_text()) == {name: [] for name in COLUMNS}


def test_a_loss_that_is_not_finite_is_blank(tmp_path):
    history.write(str(tmp_path), [epoch(1, 0, 3)], [validation(3, math.inf)])
    assert json.loads((tmp_path / "history.json").read_text())["val_loss"] == [None]


# From Python.


def test_python_has_the_form_of_keras(tmp_path):
    epochs.append(str(tmp_path), epoch(1, 0, 3))
    epochs.append(str(tmp_path), epoch(2, 2, 5))
    validations.append(str(tmp_path), validation(3))
    found = cnn_mnist.history(config_lib.from_preset(tmp_path))
    assert found.epoch == [1, 2]
    assert list(found.history) == COLUMNS[1:]
    assert found.history["loss"] == [0.25, 0.25]
    assert found.history["val_accuracy"][0] == 0.9375
    assert math.isnan(found.history["val_accuracy"][1])


def test_a_folder_that_was_not_trained_in_has_an_empty_history(tmp_path):
    found = cnn_mnist.history(config_lib.from_preset(tmp_path / "missing"))
    assert found.epoch == [] and set(map(len, found.history.values())) == {0}
