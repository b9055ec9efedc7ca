"""Texts are fitted to their place by their width, and rates are never rounded to 0 or 100 %."""

import numpy as np
import pytest

from cnn_mnist.plots import style


def test_a_text_that_fits_is_left_as_it_is():
    assert style.fitted("Ankle boot", 200) == "Ankle boot"


def test_a_long_text_keeps_both_its_ends_and_as_much_as_fits():
    text = "holiday in spain/photograph 17.png"
    short = style.fitted(text, 150)
    begin, end = short.split("…")
    assert text.startswith(begin) and text.endswith(end)
    assert style.text_width(short) <= 150 < style.text_width(text)
    assert style.text_width(short) > 120


def test_wide_letters_take_more_room_than_narrow_ones():
    assert len(style.fitted("W" * 40, 100)) < len(style.fitted("i" * 40, 100))
    assert style.text_width("name", weight="bold") > style.text_width("name")


def test_of_a_text_without_room_only_the_ellipsis_is_left():
    assert style.fitted("name", 0) == "…"


def test_line_breaks_and_control_characters_become_spaces():
    assert style.fitted("a\nb\tc\x00d", 500) == "a b c d"


def test_a_dollar_has_the_width_of_a_dollar():
    assert style.text_width("$x$") > style.text_width("x") + 10


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.9999, ">99.9%"),
        (0.9994, "99.9%"),
        (0.0001, "<0.1%"),
        (0.006, "0.6%"),
        (np.float32(1), "100%"),
        (0.5, "50.0%"),
    ],
)
def test_only_an_exact_1_is_100_percent_and_only_an_exact_0_is_0(rate, text):
    assert style.percent(rate) == text


def test_numbers_have_a_true_minus_sign():
    assert style.number(-0.1234) == "\N{MINUS SIGN}0.12"


def test_a_scale_leaves_out_extreme_values_and_reports_it():
    values = np.array([1.0] * 99 + [-50.0])
    assert style.scale_of(values, 0.98) == (1.0, True)
    assert style.scale_of(values, 1.0) == (50.0, False)


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [np.nan, np.inf]])
def test_a_scale_without_usable_values_ends_at_one(values):
    assert style.scale_of(np.array(values), 0.99) == (1.0, False)


def test_a_sheet_is_measured_from_its_upper_left_corner(look):
    figure, axes = style.sheet(100, width=200)
    style.show(axes, np.array([[0, 255], [255, 255]]), 10, 20, 40, 60, cmap="gray")
    pixels = look(figure).pixels
    assert pixels.shape == (100, 200, 3)
    black = np.argwhere((pixels == 0).all(axis=-1))
    assert black.min(axis=0).tolist() == [20, 10]
    assert black.max(axis=0).tolist() == [49, 29]


def test_axes_on_a_sheet_lie_at_their_place():
    axes = style.sheet(200, width=400)[1]
    box = style.inset(axes, 100, 20, 50, 30).get_window_extent()
    assert np.allclose([box.x0, 200 - box.y1, box.width, box.height], [100, 20, 50, 30])


def test_a_colour_bar_marks_that_values_lie_beyond_its_ends(look):
    figure, axes = style.sheet(100)
    style.colour_bar(axes, (100, 10, 200, 10), "", True, cmap="gray", vmin=-2, vmax=2)
    style.colour_bar(axes, (500, 10, 200, 10), "", True, cmap="gray", vmin=0, vmax=2)
    strings = look(figure).strings()
    assert strings[:3] == ["≤\u2009\N{MINUS SIGN}2", "0", "≥\u20092"]
    assert strings[3:] == ["0", "1", "≥\u20092"]
