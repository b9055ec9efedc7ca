"""Pictures by class: which are taken as they are, how the others are framed, and their order."""

from __future__ import annotations

import made_data
import numpy as np
import pytest
from PIL import Image

from cnn_mnist.data import loading
from cnn_mnist.data.files import picture_folder
from cnn_mnist.data.framing import numpy_framing

IMAGES, LABELS = made_data.examples(3, classes=4)


def of_picture(picture, digits=True):
    return picture_folder.pixels_of("a.png", made_data.png(picture), digits)


def test_a_picture_of_28_by_28_pixels_is_taken_as_it_is():
    np.testing.assert_array_equal(of_picture(IMAGES[0])[..., 0], IMAGES[0])
    shifted = np.roll(IMAGES[0], 4, axis=1)
    np.testing.assert_array_equal(of_picture(shifted)[..., 0], shifted)
    coloured = np.repeat(IMAGES[0][..., np.newaxis], 3, axis=2)
    np.testing.assert_array_equal(of_picture(coloured)[..., 0], IMAGES[0])


@pytest.mark.parametrize("digits", [True, False])
def test_any_other_picture_is_framed_as_in_prediction(digits):
    large = 255 - np.kron(IMAGES[0], np.ones((9, 9), np.uint8))
    framed = numpy_framing.frame(made_data.png(large), digits=digits)
    np.testing.assert_array_equal(of_picture(large, digits), framed)
    transparent = np.zeros((28, 28, 4), np.uint8)
    transparent[..., 3] = IMAGES[0]
    assert of_picture(transparent).max() > 200, "black ink on no paper is not black on black"


def test_classes_are_in_the_order_of_numbers_or_else_of_names(tmp_path):
    made_data.write_pictures(tmp_path / "numbers", IMAGES, LABELS, ["2", "10", "1", "0"])
    assert loading.load(str(tmp_path / "numbers")).class_names == ("0", "1", "2", "10")
    names = ["ㄴ", "ㄱ", "b", "a"]
    made_data.write_pictures(tmp_path / "names", IMAGES, LABELS, names)
    found = loading.load(str(tmp_path / "names"))
    assert found.class_names == ("a", "b", "ㄱ", "ㄴ")
    of_a = found.train.images[found.train.labels == 0][..., 0]
    wanted = [bytes(image) for image in IMAGES[LABELS == 3]]
    assert len(of_a) == 2 and all(bytes(image) in wanted for image in of_a)


def test_the_first_pictures_are_of_all_classes(tmp_path):
    images, labels = made_data.examples(12, classes=3)
    made_data.write_pictures(tmp_path, images, labels)
    assert set(loading.load(str(tmp_path)).train.labels[:12]) == {0, 1, 2}


def test_any_format_that_pillow_reads_and_no_other_file_is_taken(tmp_path):
    made_data.write_pictures(tmp_path, IMAGES, LABELS)
    Image.fromarray(IMAGES[0]).save(tmp_path / "0" / "UPPER.BMP")
    (tmp_path / "0" / "notes.txt").write_text("not a picture")
    (tmp_path / "0" / "._img_0.png").write_bytes(b"written by macOS")
    found = loading.load(str(tmp_path))
    assert len(found.train) + len(found.test) == len(IMAGES) + 1


@pytest.mark.parametrize("names", [["zero", "one", "two", "three"], ["0", "1", "2", "3"]])
def test_drawings_are_framed_as_digits_whatever_their_classes_are_called(names, tmp_path):
    large = [255 - np.kron(np.pad(image, 30), np.ones((3, 3), np.uint8)) for image in IMAGES]
    made_data.write_pictures(tmp_path, large, LABELS, names)
    found = loading.load(str(tmp_path))
    framed = [bytes(numpy_framing.frame(made_data.png(picture))) for picture in large]
    assert all(bytes(image) in framed for image in found.train.images)


def test_pictures_that_fill_their_frame_are_fitted_whole(tmp_path):
    rng = np.random.default_rng(1)
    large = rng.integers(0, 256, (12, 60, 40), np.uint8)
    made_data.write_pictures(tmp_path, large, LABELS, ["dog", "cat", "cow", "hen"])
    found = loading.load(str(tmp_path))
    framed = [bytes(numpy_framing.frame(made_data.png(p), digits=False)) for p in large]
    assert all(bytes(image) in framed for image in found.train.images)
