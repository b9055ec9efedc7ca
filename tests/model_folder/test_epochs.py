"""The record of epochs keeps their sums up to each checkpoint, and reads only whole lines."""

import dataclasses
import json
import logging

import pytest

from cnn_mnist.model_folder import epochs
from cnn_mnist.model_folder.epochs import Epoch


def epoch(number, begin, step, examples=50, size=50, **changes):
    made = Epoch(number, begin, step, examples, size, 0.1 * examples, examples // 2, 0.003, 1.5)
    return dataclasses.replace(made, **changes)


def record(folder, *lines):
    for line in lines:
        epochs.append(str(folder), line)
    return str(folder)


def test_what_was_written_is_read_bit_for_bit(tmp_path):
    lines = [epoch(1, 0, 3, loss_sum=1 / 3), epoch(2, 2, 5, 40)]
    assert epochs.read_lines(record(tmp_path, *lines)) == lines


def test_a_folder_without_a_record_has_no_epochs(tmp_path):
    assert epochs.read(str(tmp_path)) == epochs.read(str(tmp_path / "missing")) == []


def test_the_means_are_over_the_examples():
    made = epoch(1, 0, 3, 40, loss_sum=10.0, correct=30)
    assert (made.loss, made.accuracy) == (0.25, 0.75)


def test_the_last_line_of_an_epoch_counts(tmp_path):
    lines = [epoch(1, 0, 2, 40), epoch(1, 0, 3), epoch(2, 2, 3, 10), epoch(2, 2, 4, 30)]
    assert epochs.read(record(tmp_path, *lines)) == [lines[1], lines[3]]


def test_up_to_a_step_the_lines_of_that_time_count(tmp_path):
    lines = [epoch(1, 0, 2, 40), epoch(1, 0, 3), epoch(2, 2, 4, 30)]
    folder = record(tmp_path, *lines)
    assert epochs.newest(epochs.read_lines(folder, 2)) == lines[:1]
    assert epochs.newest(epochs.read_lines(folder, 3)) == lines[1:2]


def test_the_rest_of_a_batch_is_not_an_epoch(tmp_path):
    lines = [epoch(1, 0, 3), epoch(2, 2, 3, 10)]
    assert epochs.read(record(tmp_path, *lines)) == lines[:1]
    more = epoch(2, 2, 4, 30)
    assert epochs.read(record(tmp_path, more)) == [lines[0], more]


def test_whole_epochs_of_one_step_are_all_kept(tmp_path):
    lines = [epoch(number, 0, 1, 20, 20) for number in (1, 2, 3)]
    assert epochs.read(record(tmp_path, *lines)) == lines


def test_a_number_may_come_twice_with_other_numbers_of_images(tmp_path):
    lines = [epoch(3, 4, 6), epoch(3, 6, 9, 60, 100)]
    assert epochs.read(record(tmp_path, *lines)) == lines


def test_writing_anew_replaces_the_record(tmp_path):
    folder = record(tmp_path, epoch(1, 0, 3), epoch(2, 2, 5))
    epochs.write(folder, [epoch(1, 0, 3)])
    assert epochs.read(folder) == [epoch(1, 0, 3)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"epoch": 0}, "epoch is 0; allowed: a whole number from 1"),
        ({"begin": -1}, "begin is -1"),
        ({"step": "3"}, "step is '3'"),
        ({"examples": 0}, "examples is 0"),
        ({"size": 49}, "examples is 50, more than size, 49"),
        ({"loss_sum": None}, "loss_sum is None"),
        ({"correct": 51}, "correct is 51, more than examples, 50"),
        ({"begin": 4}, "begin is 4, more than step, 3"),
        ({"learning_rate": "x"}, "learning_rate is 'x'"),
        ({"seconds": -1}, "seconds is -1"),
    ],
)
def test_a_damaged_line_is_left_out_with_a_warning(tmp_path, caplog, changes, reason):
    folder = record(tmp_path, epoch(1, 0, 3))
    damaged = {**dataclasses.asdict(epoch(2, 0, 3)), **changes}
    with open(tmp_path / epochs.EPOCHS_FILE, "a") as file:
        file.write(json.dumps(damaged) + "\n")
    with caplog.at_level(logging.WARNING, "tensorflow"):
        assert epochs.read(folder) == [epoch(1, 0, 3)]
    [warning] = caplog.messages
    assert warning.startswith(f"{tmp_path / 'epochs.jsonl'}: line 2 is left out ({reason}")
