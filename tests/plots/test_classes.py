"""The accuracy of each class is drawn at the right place, with its interval and its counts."""

import numpy as np
import pytest

from cnn_mnist.plots import classes

NAMES = ("cat", "dog", "owl")
MATRIX = np.array([[90, 10, 0], [0, 49, 1], [0, 0, 0]])


def draw(matrix, names=NAMES):
    return classes.class_accuracy_figure(np.asarray(matrix), names)


def dots(axes):
    """Returns `{row: rate}` of the dots."""
    found = [line for line in axes.lines if line.get_marker() == "o"]
    return {int(line.get_ydata()[0]): float(line.get_xdata()[0]) for line in found}


def test_a_dot_is_the_share_of_images_that_are_right():
    assert dots(draw(MATRIX).axes[0]) == {0: 0.9, 1: 0.98}


def test_the_line_through_it_is_its_interval():
    (axes,) = draw(MATRIX).axes
    lows, highs = classes.wilson_interval(np.array([90, 49]), np.array([100, 50]))
    lines = [
        line for line in axes.lines if line.get_marker() != "o" and len(set(line.get_ydata())) == 1
    ]
    drawn = {line.get_ydata()[0]: tuple(line.get_xdata()) for line in lines}
    assert drawn == {0: (lows[0], highs[0]), 1: (lows[1], highs[1])}


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    # Values of the formula with z = 1.96; R's binom.wilson and statsmodels give the same.
    [(90, 100, 0.8256, 0.9448), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_intervals_are_wilsons(right, total, low, high):
    lows, highs = classes.wilson_interval(np.array([right]), np.array([total]))
    assert lows[0] == pytest.approx(low, abs=2e-4)
    assert highs[0] == pytest.approx(high, abs=2e-4)


def test_rates_and_counts_are_written_beside(look):
    strings = look(draw(MATRIX * 100)).strings()
    for text in ("90.0%", "9,000 of 10,000", "98.0%", "4,900 of 5,000"):
        assert text in strings


def test_classes_are_in_the_order_of_their_labels_from_the_top(look):
    figure = draw(MATRIX)
    boxes = {drawn.text: drawn.box for drawn in look(figure).texts}
    assert boxes["cat"].y0 > boxes["dog"].y0 > boxes["owl"].y0
    assert boxes["90.0%"].y0 == pytest.approx(boxes["cat"].y0, abs=6)


def test_a_class_without_images_says_so_and_has_no_dot(look):
    figure = draw(MATRIX)
    assert 2 not in dots(figure.axes[0])
    assert look(figure).strings().count("no images") == 1


def test_the_mean_is_over_all_images(look):
    figure = draw(MATRIX)
    assert [139 / 150] * 2 in [list(line.get_xdata()) for line in figure.axes[0].lines]
    assert "all 150 images: 92.67%" in look(figure).strings()


@pytest.mark.parametrize("wrong", [0, 1, 10, 100, 1000])
def test_the_axis_holds_all_intervals_and_says_where_it_begins(wrong):
    matrix = np.diag([1000, 1000, 1000])
    matrix[1, 1], matrix[1, 2] = 1000 - wrong, wrong
    (axes,) = draw(matrix).axes
    low, high = axes.get_xlim()
    assert low < classes.wilson_interval(np.array([1000 - wrong]), np.array([1000]))[0][0]
    assert high > 1
    floor = round(low + 0.02 / 1.04 * (high - low), 9)
    assert (f"begins at {floor:.0%}" in axes.get_xlabel()) == (floor > 0)


def test_no_bars_that_do_not_begin_at_zero():
    assert not draw(MATRIX).axes[0].patches


def test_the_height_follows_the_classes(look):
    heights = [look(draw(np.eye(n, dtype=int), "0123456789"[:n])).pixels.shape for n in (3, 10)]
    assert heights == [(248, 900, 3), (500, 900, 3)]
