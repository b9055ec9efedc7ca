"""The mark of an answer: who gets it, and the file that keeps what it needs."""

import dataclasses
import json

import numpy as np
import pytest

from cnn_mnist.uncertainty import calibration, familiarity
from cnn_mnist.uncertainty.calibration import Calibration


def sure_of(classes, probability=0.97):
    """Probabilities of ten classes, the given one high."""
    rest = (1 - probability) / 9
    return np.where(np.arange(10) == np.asarray(classes)[:, np.newaxis], probability, rest)


@pytest.fixture(scope="module")
def found(mnist):
    """A calibration on MNIST's images with answers that are right but of varying probability."""
    images, labels = mnist.train.images[:1000], mnist.train.labels[:1000]
    groups = familiarity.fit(images, labels)
    validation = mnist.train.images[3000:4000]
    labels = mnist.train.labels[3000:4000]
    sureness = np.random.default_rng(0).uniform(0.9, 0.999, (1000, 1))
    probabilities = sure_of(labels, sureness)
    made = calibration.fit(7, groups, groups.distances(validation), probabilities, labels)
    return made, validation, probabilities


def test_so_many_of_the_validation_images_are_marked(found):
    made, images, probabilities = found
    marks = made.marks(images, probabilities)
    assert marks.uncertain.sum() == 12 == calibration.FLAGGED * 1000
    assert (marks.uncertain == (marks.scores > 1)).all() and not marks.blank.any()


def test_a_digit_with_an_undecided_answer_is_uncertain(found):
    made, images, _ = found
    undecided = np.full((50, 10), 0.1)
    assert made.marks(images[:50], undecided).uncertain.all()


def test_noise_is_uncertain_however_sure_the_network_is(found):
    made, _, _ = found
    noise = np.random.default_rng(0).integers(0, 256, (20, 28, 28, 1)).astype(np.uint8)
    assert made.marks(noise, sure_of([3] * 20, 0.9999)).uncertain.all()


def test_a_blank_image_is_blank_and_not_uncertain(found):
    made, _, _ = found
    images = np.zeros((2, 28, 28, 1), np.uint8)
    images[1, 3, 3] = calibration.BLANK
    marks = made.marks(images, np.full((2, 10), 0.1))
    assert marks.blank.all() and not marks.uncertain.any()
    images[1, 3, 3] = calibration.BLANK + 1
    assert made.marks(images, np.full((2, 10), 0.1)).blank.tolist() == [True, False]


def test_the_confidence_is_the_calibrated_probability_of_the_class(found):
    made, images, _ = found
    colder = dataclasses.replace(made, temperature=2.0)
    marks = colder.marks(images[:1], sure_of([4], 0.97))
    roots = np.sqrt([0.97, *[0.03 / 9] * 9])
    assert marks.confidences[0] == pytest.approx(roots[0] / roots.sum())


def test_reading_gives_what_was_written(found, tmp_path):
    made, images, probabilities = found
    calibration.write(str(tmp_path), made)
    read = calibration.read(str(tmp_path), 7)
    for name in ("uncertain", "confidences", "scores"):
        written, again = (getattr(c.marks(images, probabilities), name) for c in (made, read))
        np.testing.assert_array_equal(written, again)


def test_that_of_another_checkpoint_is_not_used(found, tmp_path):
    calibration.write(str(tmp_path), found[0])
    assert calibration.read(str(tmp_path), 8) is None
    assert isinstance(calibration.of_checkpoint(str(tmp_path / "model.ckpt-7"), 7), Calibration)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 1},
        {"threshold": float("nan")},
        {"temperature": 0},
        {"means": ""},
        {"means": "?"},
        {"entropy": [1]},
        {"groups": "x"},
        {"rests": None},
    ],
)
def test_a_damaged_file_counts_as_none(found, tmp_path, change):
    calibration.write(str(tmp_path), found[0])
    path = tmp_path / calibration.FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert calibration.read(str(tmp_path)) is None


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 100_000])
def test_a_file_of_something_else_counts_as_none(tmp_path, text):
    (tmp_path / calibration.FILE).write_text(text)
    assert calibration.read(str(tmp_path)) is None
    assert calibration.read(str(tmp_path / "missing")) is None


@pytest.mark.parametrize("value", [0.0, 0.5, 12_345.6, -98_765.4])
def test_values_that_are_all_the_same_still_have_a_range(value):
    low, high = calibration._range(np.full(600, value))
    assert low < high
