"""The table of styles is whole, and its parts have nothing in common."""

import collections

import pytest

from cnn_mnist.data.drawn import styles as drawn_styles

ALL = [style for part in drawn_styles.PARTS for style in drawn_styles.styles(part)]


@pytest.mark.parametrize("part", drawn_styles.PARTS)
def test_a_part_has_at_least_three_styles_of_each_digit(part):
    count = collections.Counter(style.digit for style in drawn_styles.styles(part))
    assert sorted(count) == list(range(10))
    assert min(count.values()) >= 3


def test_no_style_is_in_both_parts_by_name_or_by_shape():
    assert len({(style.digit, style.name) for style in ALL}) == len(ALL)
    assert len({style.strokes for style in ALL}) == len(ALL)
    assert {style.part for style in drawn_styles.styles("test")} == {"test"}


def test_what_people_draw_and_mnist_lacks_is_in_both_parts():
    for words in (("large round bowl",), ("long flag",), ("slashed",), ("barred",), ("school",)):
        for part in drawn_styles.PARTS:
            names = [style.name for style in drawn_styles.styles(part)]
            assert any(word in name for name in names for word in words), (part, words)


def test_a_digit_is_about_100_high_and_each_stroke_is_a_line():
    for style in ALL:
        points = [point for stroke in style.strokes for point, _ in stroke]
        heights = [y for _, y in points]
        assert 90 <= max(heights) - min(heights) <= 118, style.name
        assert all(len(stroke) >= 2 for stroke in style.strokes)


def test_an_exclamation_mark_is_a_sharp_turn():
    [flag] = [style for style in ALL if style.name == "short flag (US)"]
    assert flag.strokes == ((((0.0, 18.0), False), ((18.0, 0.0), True), ((18.0, 100.0), False)),)
