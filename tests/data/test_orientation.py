"""Images that are turned or inverted become as MNIST's are.

EMNIST itself is not on this machine; MNIST's digits, transposed and of EMNIST's size, stand for it.
"""

from __future__ import annotations

import dataclasses

import emnist_like
import numpy as np
import pytest

from cnn_mnist import config as config_lib
from cnn_mnist.data import idx, loading, orientation, splits
from cnn_mnist.data.loading import Examples
from cnn_mnist.data.orientation import TURNS


def changed(dataset, change, name="copy"):
    """Returns a data set of another name with its images changed."""
    parts = (dataset.train, dataset.test)
    train, test = (Examples(np.ascontiguousarray(change(p.images)), p.labels) for p in parts)
    return dataclasses.replace(dataset, name=name, train=train, test=test)


def upright(dataset, source="./copy", choice="auto"):
    lines = []
    return orientation.upright(dataset, source, choice, lines.append), lines


# The inverse of each turn; the others are their own.
OPPOSITE = {"turned left": "turned right", "turned right": "turned left"}


@pytest.mark.parametrize("lie", [lie for lie in TURNS if lie != "upright"])
def test_digits_of_any_file_that_are_turned_are_turned_upright_and_it_is_said(small, lie):
    turned = changed(small, TURNS[OPPOSITE.get(lie, lie)])
    found, lines = upright(turned)
    np.testing.assert_array_equal(found.train.images, small.train.images)
    np.testing.assert_array_equal(found.test.images, small.test.images)
    assert lines == [
        f"The images of copy are {lie}, compared with MNIST's digits, and are turned upright; "
        "orientation=as_is leaves them as they are"
    ]


def test_upright_digits_stay_and_nothing_is_said(small):
    found, lines = upright(small)
    assert found is small and not lines


@pytest.mark.parametrize("inverts", [False, True])
def test_a_set_like_emnist_is_turned_whatever_its_files_and_classes_are_called(small, inverts):
    change = (lambda images: ~emnist_like.as_filed(images)) if inverts else emnist_like.as_filed
    few = dataclasses.replace(small, train=small.test, class_names=tuple("abcdefghij"))
    made = changed(few, change)
    found, lines = upright(made)
    upright_ones = emnist_like.upright(small.test.images)
    np.testing.assert_array_equal(found.test.images, upright_ones)
    assert len(lines) == 1 + inverts


def test_digits_among_more_classes_are_compared_too(small):
    more = small.train.labels + 10 * (np.arange(len(small.train)) % 3 == 0)
    turned = changed(small, TURNS["transposed"])
    many = dataclasses.replace(turned.train, labels=more.astype(np.int32))
    assert orientation.measured_lie(many) == "transposed"


@pytest.mark.parametrize("shift", [1, 3])
def test_digits_under_other_numbers_are_left_as_they_are(small, shift):
    labels = (small.train.labels + shift) % 10
    assert orientation.measured_lie(Examples(small.train.images, labels)) is None


def test_only_ten_upright_digits_in_their_order_are_upright_digits(small):
    spelled = dataclasses.replace(small, class_names=tuple("abcdefghij"))
    more = dataclasses.replace(small, class_names=tuple("abcdefghijk"))
    found = [small, spelled, more, changed(small, TURNS["mirrored left to right"])]
    assert [orientation.are_upright_digits(dataset) for dataset in found] == [
        True,
        True,
        False,
        False,
    ]


def test_digits_that_are_hardly_seen_are_left_as_they_are(small):
    """With a pattern that all images share, upright leads by 0.15, but with 0.68 only."""
    pattern = np.random.RandomState(3).randint(0, 256, (28, 28, 1)) / 4.1
    images = (small.train.images / 3 + pattern).astype(np.uint8)
    assert orientation.measured_lie(Examples(images, small.train.labels)) is None


def test_clothes_are_left_as_they_are(fashion_folder):
    paths = (f"{fashion_folder}/t10k-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1"))
    images, labels = idx.read_images(next(paths)), idx.read_labels(next(paths))
    assert orientation.measured_lie(Examples(images, labels)) is None


def test_letters_are_turned_by_their_name_alone(small):
    """Without all digits among the labels nothing can be compared."""
    letters = dataclasses.replace(small.train, labels=small.train.labels // 2)
    made = dataclasses.replace(small, name="emnist/letters", train=letters)
    found, lines = upright(made, "emnist/letters")
    np.testing.assert_array_equal(found.train.images, small.train.images.swapaxes(1, 2))
    assert lines == [
        "The images of emnist/letters are transposed, as EMNIST's files are, and are turned "
        "upright; orientation=as_is leaves them as they are"
    ]
    assert upright(made, "letters")[0] is made


def test_a_copy_of_emnist_that_is_upright_already_stays(small):
    assert upright(small, "emnist/digits")[0] is small


@pytest.mark.parametrize(
    ("names", "is_emnist"),
    [
        (["emnist-letters-train-images-idx3-ubyte.gz", "readme.txt"], True),
        (["emnist-balanced-train.csv"], True),
        (["EMNIST-mnist-train-images.idx3-ubyte"], True),
        (["train-images-idx3-ubyte.gz"], False),
        (["qmnist-train-images-idx3-ubyte.gz"], False),
        (["kmnist-train.csv", "about-emnist.txt"], False),
        (["emnist-notes.txt"], False),
    ],
)
def test_emnists_files_are_known_by_their_names(tmp_path, names, is_emnist):
    for name in names:
        (tmp_path / name).touch()
    assert orientation.has_name_of_emnist(str(tmp_path)) == is_emnist
    assert orientation.has_name_of_emnist(str(tmp_path / names[0])) == is_emnist


def test_emnists_files_are_found_where_an_archive_unpacks_them(tmp_path):
    (tmp_path / "archive" / "gzip").mkdir(parents=True)
    assert not orientation.has_name_of_emnist(str(tmp_path))
    (tmp_path / "archive" / "gzip" / "emnist-digits-test-images-idx3-ubyte.gz").touch()
    assert orientation.has_name_of_emnist(str(tmp_path))
    assert orientation.has_name_of_emnist(str(tmp_path / "archive" / "gzip" / "emnist-digits"))
    assert not orientation.has_name_of_emnist(str(tmp_path / "archive" / "gzip" / "qmnist"))


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "kmnist", "mnist/emnist", "qmnist"])
def test_other_names_are_not_emnists(name):
    assert not orientation.has_name_of_emnist(name)


def test_dark_on_light_is_inverted_and_it_is_said(small):
    found, lines = upright(changed(small, lambda images: ~images))
    np.testing.assert_array_equal(found.train.images, small.train.images)
    assert lines == [
        "The images of copy are dark on light, and are inverted; orientation=as_is leaves them as "
        "they are"
    ]


def test_as_is_changes_nothing(small):
    made = changed(small, lambda images: ~images.swapaxes(1, 2))
    found, lines = upright(made, "emnist/digits", "as_is")
    assert found is made and not lines


def test_transposed_turns_without_a_check(small):
    found, lines = upright(small, choice="transposed")
    np.testing.assert_array_equal(found.test.images, small.test.images.swapaxes(1, 2))
    assert not lines


def test_labels_stay_with_their_images_and_arrays_are_whole(small):
    found, _ = upright(changed(small, lambda images: ~images.swapaxes(1, 2)))
    assert found.train.images.flags.c_contiguous and found.train.images.dtype == np.uint8
    np.testing.assert_array_equal(found.train.labels, small.train.labels)


@pytest.mark.parametrize("choice", ["auto", "as_is"])
def test_a_run_loads_its_data_as_its_setting_says(small, monkeypatch, tmp_path, choice):
    made = changed(small, TURNS["transposed"])
    monkeypatch.setattr(loading, "load", lambda *arguments: made)
    config = config_lib.from_preset(str(tmp_path), dataset="./copy", orientation=choice)
    wanted = small if choice == "auto" else made
    found = splits.load_dataset(dataclasses.replace(config, limit_examples=40))
    np.testing.assert_array_equal(found.train.images, wanted.train.images[:40])
