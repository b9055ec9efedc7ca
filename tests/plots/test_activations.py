"""Many units are drawn as squares and a sorted curve, few units as bars."""

import numpy as np
import pytest

from cnn_mnist.plots import activations, kernels, style

RANDOM = np.random.default_rng(7)
BEFORE = np.maximum(0, 0.1 * RANDOM.normal(size=1024))
AFTER = np.maximum(0, RANDOM.normal(size=1024))


def test_1024_units_are_a_square_of_32():
    squares = activations.squares(AFTER)
    assert squares.shape == (32, 32)
    assert np.array_equal(squares.reshape(-1), AFTER)


@pytest.mark.parametrize(
    ("units", "shape"), [(127, (11, 12)), (128, (11, 12)), (2, (1, 2)), (1, (1, 1))]
)
def test_cells_without_a_unit_are_nan(units, shape):
    squares = activations.squares(np.ones(units))
    assert squares.shape == shape
    assert np.nansum(squares) == units
    assert np.isnan(squares).sum() == np.prod(shape) - units


def test_before_is_at_left_each_with_its_own_scale():
    figure = activations.activations_figure(BEFORE, AFTER, "title")
    left, right = figure.axes[0].images
    assert left.get_extent()[1] < right.get_extent()[0]
    assert np.array_equal(np.asarray(left.get_array()).reshape(-1), BEFORE)
    assert np.array_equal(np.asarray(right.get_array()).reshape(-1), AFTER)
    assert left.get_clim()[0] == right.get_clim()[0] == 0
    assert right.get_clim()[1] > 5 * left.get_clim()[1]


def test_the_sorted_values_of_both_share_an_axis():
    figure = activations.activations_figure(BEFORE, AFTER, "title")
    before, after = figure.axes[-1].lines
    assert np.array_equal(before.get_ydata(), np.sort(BEFORE)[::-1])
    assert np.array_equal(after.get_ydata(), np.sort(AFTER)[::-1])
    assert (before.get_linestyle(), after.get_linestyle()) == ("--", "-")
    low, high = figure.axes[-1].get_ylim()
    assert low == 0 and high > AFTER.max()


def test_active_units_are_counted(look):
    strings = look(activations.activations_figure(BEFORE, AFTER, "title")).strings()
    for values in (BEFORE, AFTER):
        assert f"{(values > 0).sum():,} of 1,024 units above 0" in strings


def test_negative_values_have_the_colours_of_weights():
    values = RANDOM.normal(size=64)
    image, _ = activations.activations_figure(values, values, "title").axes[0].images
    assert image.get_cmap() == kernels.colours()
    low, high = image.get_clim()
    assert low == -high


def test_up_to_40_units_are_bars_on_one_scale():
    logits = np.array([-3.0, 0.5, 7.0])
    figure = activations.activations_figure(logits / 100, logits, "title")
    before, after = figure.axes
    assert [bar.get_height() for bar in before.patches] == (logits / 100).tolist()
    assert [bar.get_height() for bar in after.patches] == logits.tolist()
    assert before.get_ylim() == after.get_ylim()
    from matplotlib import colors

    sides = [colors.same_color(bar.get_facecolor(), style.BLUE) for bar in after.patches]
    assert sides == [False, True, True]


@pytest.mark.parametrize("units", [1, 64])
def test_a_layer_of_zeros_is_drawn_without_warnings(units, look):
    with np.errstate(all="raise"):
        look(activations.activations_figure(np.zeros(units), np.zeros(units), "title"))
