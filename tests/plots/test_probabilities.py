"""Bars are in proportion to the probabilities, and the winner stands out."""

import numpy as np
import pytest

from cnn_mnist.plots import probabilities, style

NAMES = ("T-shirt/top", "Trouser", "Coat", "Ankle boot")
VALUES = np.array([[0.9, 0.005, 0.095, 0.0], [0.25, 0.25, 0.5, 0.0]], np.float32)


@pytest.fixture
def looked(digits, look):
    captions = ("7.png", "test image 3, label 7")
    return look(probabilities.probabilities_figure(digits[[7, 2]], VALUES, NAMES, captions))


def bars(looked):
    """Returns all bars, left to right and top to bottom."""
    found = [*looked.bars(style.BLUE), *looked.bars(probabilities._OTHERS)]
    return sorted(found, key=lambda bar: (bar.get_y() + bar.get_height(), bar.get_x()))


def test_bars_are_in_proportion_to_the_probabilities(looked):
    heights = np.array([bar.get_height() for bar in bars(looked)]).reshape(2, 4)
    assert np.allclose(heights, 72 * VALUES)


def test_bars_stand_on_one_line_over_their_names(looked):
    height = looked.pixels.shape[0]
    for name, bar in zip(NAMES, bars(looked)[:4], strict=True):
        box = next(drawn.box for drawn in looked.texts if drawn.text == name)
        middle = bar.get_x() + bar.get_width() / 2
        assert (box.x0 + box.x1) / 2 == pytest.approx(middle, abs=2)
        assert height - box.y1 > bar.get_y() + bar.get_height() - 1


def test_the_most_probable_class_is_dark(looked):
    winners = [bar in looked.bars(style.BLUE) for bar in bars(looked)]
    assert winners == [True, False, False, False, False, False, True, False]


def test_the_most_probable_class_is_bold(looked):
    bold = {text.get_text() for text in looked.figure.axes[0].texts if text.get_weight() == "bold"}
    assert {"90.0%", "50.0%", "Coat"} <= bold
    assert not {"25.0%", "9.5%", "Trouser"} & bold


def test_a_long_winner_is_written_whole_rather_than_bold(digits, look):
    values = np.eye(10)[[9]]
    names = [*NAMES, *"56789", "Ankle boot"]
    looked = look(probabilities.probabilities_figure(digits[:1], values, names, ["a"]))
    assert looked.strings().count("Ankle boot") == 2


def test_probabilities_above_half_a_percent_are_written(looked):
    rates = [text for text in looked.strings() if text.endswith("%") and "." in text]
    assert rates == ["90.0%", "9.5%", "25.0%", "25.0%", "50.0%"]


def test_the_axis_is_0_to_100_percent_in_each_row(looked):
    for text in ("0%", "50%", "100%"):
        assert looked.strings().count(text) == 2


def test_images_are_upright_beside_their_bars(looked, digits):
    images = looked.figure.axes[0].images
    assert looked.shows(images[0], digits[7]) and looked.shows(images[1], digits[2])
    assert images[0].get_extent()[3] < images[1].get_extent()[3]


def test_captions_stand_under_the_images_and_long_ones_are_shortened(digits, look):
    captions = ["/a/long/path/to/$holiday$/photo.png", "/a/long/path" * 9 + "/last.png"]
    figure = probabilities.probabilities_figure(digits[:2], VALUES[:2], NAMES, captions)
    texts = look(figure).strings()
    assert {"/a/long/path/to/", "$holiday$/photo.png"} <= set(texts), "on two lines"
    (short,) = [text for text in texts if "…" in text]
    assert short.endswith("last.png")


def test_no_images_say_so(look):
    figure = probabilities.probabilities_figure(np.zeros((0, 28, 28)), VALUES[:0], NAMES, [])
    assert "no images" in look(figure).strings()


def test_of_many_classes_the_ten_most_probable_are_drawn_most_probable_first():
    values = np.linspace(0, 1, 47)[np.newaxis] / 24
    names = [f"n{number}" for number in range(47)]
    figure = probabilities.probabilities_figure(
        np.zeros((1, 28, 28), np.uint8), values, names, ["picture"]
    )
    written = [text.get_text() for text in figure.axes[0].texts]
    assert [name for name in written if name in names] == names[:36:-1]
    assert "The probability of the 10 most probable classes, from 0 to 100%" in written
