"""Kernels are drawn upright, on one scale whose ends differ also in grey."""

import numpy as np
import pytest

from cnn_mnist.plots import kernels, style

RANDOM = np.random.default_rng(3)
FIRST = RANDOM.normal(size=(5, 5, 1, 32))
SECOND = RANDOM.normal(size=(5, 5, 32, 64))


def luminance(colour):
    rgb = np.asarray(colour)[..., :3]
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def tiles(figure):
    return figure.axes[0].images


def scales(figure):
    return {image.get_clim() for image in tiles(figure)}


def test_lightness_rises_with_the_weight_so_that_grey_keeps_the_sign():
    ramp = luminance(kernels.colours()(np.linspace(0, 1, 101)))
    assert (np.diff(ramp) > 0).all()
    assert ramp[0] < 0.03 and 0.25 < ramp[50] < 0.4 and ramp[-1] > 0.8


def test_a_weight_of_zero_is_grey():
    red, green, blue, _ = kernels.colours()(0.5)
    assert max(red, green, blue) - min(red, green, blue) < 0.02


def test_a_kernel_is_upright(look):
    kernel = np.zeros((5, 5, 1, 1))
    kernel[0, 0], kernel[0, 4], kernel[4, 0] = 1, -1, -1
    looked = look(kernels.kernels_figure(kernel, "title"))
    (image,) = tiles(looked.figure)
    region = looked.region(image).sum(axis=-1)
    assert region[10, 10] > region[60, 60] > region[10, -10]
    assert region[-10, 10] == region[10, -10]
    assert region[-10, -10] == region[60, 60]


def test_all_filters_of_one_input_are_drawn_in_order(look):
    looked = look(kernels.kernels_figure(FIRST, "title"))
    drawn = np.stack([np.asarray(image.get_array()) for image in tiles(looked.figure)], axis=-1)
    assert np.array_equal(drawn, FIRST[:, :, 0])
    assert [str(number) for number in range(32)] == looked.strings()[2:34]
    assert "32 filters of 5×5 weights, numbered from 0" in looked.strings()


def test_of_more_than_64_filters_64_are_drawn_and_the_heading_says_so(look):
    looked = look(kernels.kernels_figure(np.tile(FIRST, 3), "title"))
    assert len(tiles(looked.figure)) == 64
    assert "The first 64 of 96 filters of 5×5 weights, numbered from 0" in looked.strings()


def test_with_several_inputs_rows_are_inputs_and_columns_filters(look):
    looked = look(kernels.kernels_figure(SECOND, "title"))
    assert len(tiles(looked.figure)) == 8 * 16
    for image, (row, column) in zip(tiles(looked.figure), np.ndindex(8, 16), strict=True):
        assert np.array_equal(image.get_array(), SECOND[:, :, row, column])
    assert len({image.get_extent()[3] for image in tiles(looked.figure)}) == 8
    expected = "Kernels of 5×5 weights: 8 of 32 inputs in rows, 16 of 64 filters in columns"
    assert expected in looked.strings()
    assert "input 7" in looked.strings() and "15" in looked.strings()


def test_few_inputs_are_drawn_whole(look):
    looked = look(kernels.kernels_figure(SECOND[:, :, :3, :5], "title"))
    assert len(tiles(looked.figure)) == 15
    assert "Kernels of 5×5 weights: 3 inputs in rows, 5 filters in columns" in looked.strings()


@pytest.mark.parametrize("weights", [FIRST, SECOND])
def test_one_scale_for_all_with_0_in_its_middle(weights):
    ((low, high),) = scales(kernels.kernels_figure(weights, "title"))
    assert low == -high
    assert 2 < high < np.abs(weights).max()


def test_before_and_after_have_one_scale_and_say_how_far_they_spread(look):
    before, after = FIRST * 0.1, FIRST
    looked = look(kernels.kernels_before_after_figure(before, after, "title"))
    assert len(scales(looked.figure)) == 1
    spread = style.number(after.std())
    assert f"after training, standard deviation {spread}" in looked.strings()
    assert "before training, standard deviation 0.1" in looked.strings()


def test_before_is_at_left_and_after_at_right():
    figure = kernels.kernels_before_after_figure(SECOND, -SECOND, "title")
    assert len(tiles(figure)) == 2 * 8 * 8
    for image in tiles(figure):
        left = image.get_extent()[0]
        weights = np.asarray(image.get_array())
        all_weights = SECOND if left < 500 else -SECOND
        assert any(np.array_equal(weights, all_weights[:, :, i, f]) for i, f in np.ndindex(8, 8))


@pytest.mark.parametrize("weights", [np.zeros((3, 3, 1, 4)), np.full((3, 3, 1, 4), np.nan)])
def test_kernels_of_zeros_or_nan_are_drawn_without_warnings(weights, look):
    with np.errstate(all="raise"):
        look(kernels.kernels_figure(weights, "title"))
