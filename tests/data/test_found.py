"""Labels become classes from 0 on, and test images are taken from data that have none."""

from __future__ import annotations

import numpy as np
import pytest

from cnn_mnist.data.found import Found, numbered, with_test
from cnn_mnist.errors import UserError


def of_labels(labels, names=None, test=None):
    def part(values):
        return np.zeros((len(values), 28, 28, 1), np.uint8), np.array(values)

    parts = {"train": part(labels)} | ({} if test is None else {"test": part(test)})
    return Found("mine", "/data/mine", parts, names)


@pytest.mark.parametrize(
    ("labels", "names", "numbers"),
    [
        ([0, 1, 1], "0 1", [0, 1, 1]),
        ([1, 2, 3], "1 2 3", [0, 1, 2]),
        ([7, 7], "0 1 2 3 4 5 6 7 8 9", [7, 7]),
        ([0, 2, 2], "0 1 2 3 4 5 6 7 8 9", [0, 2, 2]),
        ([*range(11)], "0 1 2 3 4 5 6 7 8 9 10", [*range(11)]),
        ([*range(1, 27)], " ".join(map(str, range(1, 27))), [*range(26)]),
        # Sign language: J and Z, 9 and 25, are gestures and missing.
        ([0, 0, 8, 8, 10, 10, 24, 24], "0 8 10 24", [0, 0, 1, 1, 2, 2, 3, 3]),
    ],
)
def test_without_names_the_classes_are_the_labels_in_order(labels, names, numbers):
    found = numbered(of_labels(labels))
    assert found.class_names == tuple(names.split())
    assert found.parts["train"][1].tolist() == numbers
    assert found.parts["train"][1].dtype == np.int32


def test_with_names_labels_are_from_0_or_all_from_1_to_their_number():
    assert numbered(of_labels([0, 1], ("a", "b", "c"))).parts["train"][1].tolist() == [0, 1]
    assert numbered(of_labels([1, 2], ("a", "b", "c"))).parts["train"][1].tolist() == [1, 2]
    assert numbered(of_labels([1, 3], ("a", "b", "c"))).parts["train"][1].tolist() == [0, 2]
    with pytest.raises(UserError) as error:
        numbered(of_labels([0, 3], ("a", "b", "c")))
    assert str(error.value) == "/data/mine: label 1 of the train images is 3; expected 0 to 2"


def test_a_label_of_the_test_images_that_training_has_not_is_named():
    with pytest.raises(UserError) as error:
        numbered(of_labels([0, 0, 12, 12], test=[12, 11]))
    assert str(error.value) == (
        "/data/mine: label 1 of the test images is 11; expected one of the 2 labels of the "
        "training images"
    )


def test_a_hundred_classes_are_allowed_and_more_are_not():
    assert len(numbered(of_labels(range(100))).class_names) == 100
    with pytest.raises(UserError, match="has 101 classes; allowed: 2 to 100"):
        numbered(of_labels(range(101)))


def test_a_class_of_one_image_is_trained_on_and_all_such_are_refused():
    found = with_test(of_labels([0, 1, 1, 2, 2, 2]), 0.01)
    assert sorted(found.parts["train"][1]) == [0, 1, 2, 2]
    assert sorted(found.parts["test"][1]) == [1, 2]
    with pytest.raises(UserError, match="has one image of each class; expected two or more"):
        with_test(of_labels([0, 1, 2]), 0.5)


def test_data_with_test_images_stay_as_they_are():
    found = of_labels([0, 1], test=[1])
    assert with_test(found, 0.5) is found
