"""Mistakes are drawn upright, in the order given, with the right words under each."""

import numpy as np
import pytest

from cnn_mnist.plots import gallery

DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker")


def draw(images, labels, predicted, rates, names=DIGITS, numbers=None):
    return gallery.mistakes_figure(images, labels, predicted, rates, names, numbers)


def test_an_image_is_upright_and_light_on_dark(digits, look):
    looked = look(draw(digits[[7]], [7], [1], [0.9]))
    (image,) = looked.figure.axes[0].images
    assert looked.region(image).shape == (112, 112, 3)
    assert looked.shows(image, digits[7])
    assert not looked.shows(image, digits[7, ::-1])


def test_images_follow_each_other_row_by_row(digits, look):
    looked = look(draw(digits, range(10), [1] * 10, [0.9] * 10))
    images = looked.figure.axes[0].images
    assert all(looked.shows(i, digit) for i, digit in zip(images, digits, strict=True))
    lefts_and_tops = [(i.get_extent()[0], i.get_extent()[3]) for i in images]
    assert lefts_and_tops == sorted(lefts_and_tops, key=lambda place: (place[1], place[0]))


def test_a_digit_takes_one_line(digits, look):
    strings = look(draw(digits[3:4], [3], [5], [0.998])).strings()
    assert "3 → 5, 99.8%" in strings
    assert "The most confident mistake" in strings


def test_long_names_take_two_lines(digits, look):
    strings = look(draw(digits[:2], [0, 7], [2, 6], [0.5, 0.99999], CLOTHES)).strings()
    for text in ("T-shirt/top", "→ Pullover, 50.0%", "Sneaker", "→ Shirt, >99.9%"):
        assert text in strings


def test_a_very_long_name_is_wrapped_and_whole_as_its_probability_is(digits, look):
    strings = look(draw(digits[:1], [0], [1], [0.75], ("a", "b" * 60))).strings()
    first = next(place for place, text in enumerate(strings) if text.startswith("→"))
    assert strings[first - 1] == "a"
    assert "".join(strings[first:]) == "→ " + "b" * 60 + ", 75.0%"


def test_names_of_mixed_length_have_all_their_words(digits, look):
    """A short pair took one line and a long one two, so the long one lost its answer."""
    long = "a grey pullover"
    names = ("a", "b", long)
    strings = look(draw(digits[:3], [0, 0, 2], [1, 2, 1], [0.5] * 3, names)).strings()
    assert strings[-6:-2] == ["a", "→ b, 50.0%", "a", f"→ {long}, 50.0%"]
    assert strings[-2:] == [long, "→ b, 50.0%"]


def test_the_words_stand_under_their_image(digits, look):
    looked = look(draw(digits[:3], [0, 1, 2], [3, 4, 5], [0.1, 0.2, 0.3]))
    boxes = {drawn.text: drawn.box for drawn in looked.texts}
    for image, text in zip(
        looked.figure.axes[0].images,
        ("0 → 3, 10.0%", "1 → 4, 20.0%", "2 → 5, 30.0%"),
        strict=True,
    ):
        left, right, bottom, _ = image.get_extent()
        box = boxes[text]
        assert (box.x0 + box.x1) / 2 == pytest.approx((left + right) / 2, abs=2)
        assert 0 < looked.pixels.shape[0] - box.y1 - bottom < 10


def test_numbers_are_small_and_explained(digits, look):
    looked = look(draw(digits[:2], [0, 1], [3, 4], [0.1, 0.2], numbers=np.array([17, 9999])))
    boxes = {drawn.text: drawn.box for drawn in looked.texts}
    assert boxes["no. 17"].height < boxes["0 → 3, 10.0%"].height
    assert "no. 9,999" in boxes
    assert [text for text in boxes if "position in the data set" in text]


def test_without_numbers_there_is_no_explanation_of_them(digits, look):
    assert "no. " not in " ".join(look(draw(digits[:1], [0], [3], [0.1])).strings())


def test_no_mistakes_say_so(look):
    none = np.zeros((0, 28, 28, 1), np.uint8)
    looked = look(draw(none, [], [], [], numbers=[]))
    assert looked.pixels.shape == (160, 1000, 3)
    assert "There are none: every image was classified correctly." in looked.strings()


def test_images_without_channels_are_taken_too(digits, look):
    one, other = (look(draw(i, [7], [1], [0.9])).pixels for i in (digits[[7]], digits[[7], ..., 0]))
    assert np.array_equal(one, other)


@pytest.mark.parametrize(("names", "columns"), [(DIGITS, 6), (CLOTHES, 5)])
def test_rows_are_as_long_as_the_names_allow(digits, names, columns, look):
    looked = look(draw(digits[:7], range(7), [1] * 7, [0.5] * 7, names))
    tops = [image.get_extent()[3] for image in looked.figure.axes[0].images]
    assert tops.count(tops[0]) == columns


def test_lists_of_different_lengths_are_refused(digits):
    with pytest.raises(ValueError, match="shorter"):
        draw(digits[:2], [0], [3], [0.1])
