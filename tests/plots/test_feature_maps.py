"""Feature maps are upright and share one scale, and dead ones are marked."""

import numpy as np
import pytest
from matplotlib import colors

from cnn_mnist.plots import feature_maps, style

RANDOM = np.random.default_rng(5)
MAPS = np.maximum(0, RANDOM.normal(size=(14, 14, 32))).astype(np.float32)


def with_dead(maps, *channels):
    alive = np.ones(maps.shape[-1])
    alive[list(channels)] = 0
    return maps * alive


def crosses(figure):
    """Returns the centres of the crosses."""
    lines = [
        line for line in figure.axes[0].lines if colors.same_color(line.get_color(), style.ORANGE)
    ]
    return {(np.mean(line.get_xdata()), np.mean(line.get_ydata())) for line in lines}


def middle(image):
    left, right, bottom, top = image.get_extent()
    return (left + right) / 2, (bottom + top) / 2


def test_the_image_is_upright_at_left(digits, look):
    looked = look(feature_maps.feature_maps_figure(digits[7], MAPS, "title"))
    image, *maps = looked.figure.axes[0].images
    assert looked.shows(image, digits[7])
    assert image.get_extent()[1] < min(drawn.get_extent()[0] for drawn in maps)


def test_a_map_is_upright_and_its_cells_are_alike(digits, look):
    maps = np.zeros((28, 28, 9), np.float32)
    maps[..., 4] = digits[7, ..., 0]
    looked = look(feature_maps.feature_maps_figure(digits[7], maps, "title"))
    region = looked.region(looked.figure.axes[0].images[1 + 4])[..., 0]
    assert region.shape == (84, 84)
    strokes = digits[7, ..., 0] >= 250
    assert (region.reshape(28, 3, 28, 3).min(axis=(1, 3))[strokes] > 200).all()
    assert (region.reshape(28, 3, 28, 3).max(axis=(1, 3))[digits[7, ..., 0] == 0] == 0).all()


def test_all_maps_have_one_scale_that_begins_at_0(digits):
    figure = feature_maps.feature_maps_figure(digits[7], MAPS, "title")
    ((low, high),) = {image.get_clim() for image in figure.axes[0].images[1:]}
    assert low == 0 and MAPS[MAPS > 0].mean() < high < MAPS.max()


def test_maps_with_negative_values_have_the_scale_of_kernels_with_0_in_its_middle(digits):
    signed = MAPS - 0.5 * (MAPS > 0)
    image, *drawn = feature_maps.feature_maps_figure(digits[7], signed, "title").axes[0].images
    ((low, high),) = {tile.get_clim() for tile in drawn}
    assert low == -high < 0
    assert {tile.get_cmap().name for tile in drawn} == {"weights"}
    assert image.get_cmap().name == "gray"


def test_a_dead_map_is_marked_and_counted(digits, look):
    figure = feature_maps.feature_maps_figure(digits[7], with_dead(MAPS, 3, 30), "title")
    images = figure.axes[0].images[1:]
    assert crosses(figure) == {middle(images[3]), middle(images[30])}
    expected = "32 maps of 14×14, numbered from 0; 0 everywhere (×): 2 of 32"
    assert expected in look(figure).strings()


def test_a_faint_map_is_not_dead(digits):
    faint = with_dead(MAPS, 3)
    faint[5, 5, 3] = 1e-9
    assert not crosses(feature_maps.feature_maps_figure(digits[7], faint, "title"))


def test_maps_are_numbered_or_named(digits, look):
    numbered = look(feature_maps.feature_maps_figure(digits[7], MAPS, "title")).strings()
    assert {"0", "31"} <= set(numbered)
    names = ["$edge$", "stroke " * 20, *"cdefgh"]
    named = look(feature_maps.feature_maps_figure(digits[7], MAPS[..., :8], "title", names))
    assert "$edge$" in named.strings()
    assert [text for text in named.strings() if text.startswith("stroke") and "…" in text]


def test_the_first_64_maps_of_more_are_drawn(digits, look):
    looked = look(feature_maps.feature_maps_figure(digits[7], np.tile(MAPS, 3), "title"))
    assert len(looked.figure.axes[0].images) == 1 + 64
    assert "The first 64 of 96 maps of 14×14, numbered from 0" in looked.strings()


def test_few_maps_are_larger(digits):
    few = feature_maps.feature_maps_figure(digits[7], MAPS[..., :8], "title")
    many = feature_maps.feature_maps_figure(digits[7], MAPS, "title")
    sides = [np.ptp(figure.axes[0].images[1].get_extent()[:2]) for figure in (few, many)]
    assert sides == [168, 84]


@pytest.fixture
def before_after(digits):
    after = with_dead(MAPS * 9, 0)
    return feature_maps.feature_maps_before_after_figure(digits[7], MAPS, after, "title"), after


def test_before_is_at_left_and_after_at_right_in_the_same_order(before_after):
    figure, after = before_after
    images = figure.axes[0].images[1:]
    drawn = [np.asarray(image.get_array()) for image in images]
    assert np.array_equal(np.stack(drawn[:32], axis=-1), MAPS)
    assert np.array_equal(np.stack(drawn[32:], axis=-1), after)
    shifts = {
        right.get_extent()[0] - left.get_extent()[0]
        for left, right in zip(images[:32], images[32:], strict=True)
    }
    assert len(shifts) == 1 and shifts.pop() > 400


def test_each_side_has_a_scale_of_its_own_that_is_written_above(before_after, look):
    figure, _ = before_after
    images = figure.axes[0].images[1:]
    scales = [{image.get_clim() for image in side} for side in (images[:32], images[32:])]
    assert [len(scale) for scale in scales] == [1, 1]
    ends = [scale.pop()[1] for scale in scales]
    assert ends[1] > 8 * ends[0]
    strings = look(figure).strings()
    assert {f"≥\u2009{style.number(end)}" for end in ends} <= set(strings)


def test_dead_maps_are_marked_on_their_side_only(before_after, look):
    figure, _ = before_after
    assert crosses(figure) == {middle(figure.axes[0].images[1 + 32])}
    assert look(figure).strings().count("0 everywhere (×): 1 of 32") == 1


def test_maps_that_are_all_dead_are_drawn_without_warnings(digits, look):
    with np.errstate(all="raise"):
        figure = feature_maps.feature_maps_figure(digits[7], MAPS * 0, "title")
        look(figure)
    assert len(crosses(figure)) == 32
