"""The diagram gives the settings, shape and parameters of each layer."""

import math

import pytest

from cnn_mnist.networks import architecture
from cnn_mnist.plots import blocks, network, style

TUTORIAL = "conv 5x5x32, pool 2, conv 5x5x64, pool 2, flatten, dense 1024, dropout 0.4, dense 10"
BROWSER = "conv 5x5x8 valid, pool 2, conv 5x5x16 valid, pool 2, flatten, dense 10"
DENSE = "flatten, dense 128, dense 10"


def draw(text, title="title"):
    return network.network_figure(architecture.parse(text), title)


def test_the_tutorials_network_is_described_from_image_to_classes(look):
    strings = look(draw(TUTORIAL)).strings()
    for text in (
        "title: 3,274,634 parameters",
        *("the image", "28×28×1", "784 values"),
        *("conv 5×5×32, ReLU", "conv2d", "28×28×32", "832", "5×5×1×32 + 32", "<0.1%"),
        *("max pool 2×2", "max_pooling2d_1", "7×7×64"),
        *("flatten", "3,136"),
        *("dense 1,024, ReLU", "3,212,288", "3,136×1,024 + 1,024", "98.1%"),
        *("dropout 0.4 in training", "dropout"),
        *("dense 10", "dense_1", "10,250"),
        "10 classes",
    ):
        assert text in strings


def test_layers_follow_each_other_downwards(look):
    boxes = {}
    for drawn in look(draw(DENSE)).texts:
        boxes.setdefault(drawn.text, drawn.box)
    order = ["the image", "flatten", "dense 128, ReLU", "dense 10", "10 classes"]
    tops = [boxes[text].y1 for text in order]
    assert tops == sorted(tops, reverse=True)
    assert boxes["100,480"].y0 == pytest.approx(boxes["dense 128, ReLU"].y0, abs=5)


def test_valid_padding_is_named(look):
    strings = look(draw(BROWSER)).strings()
    assert "conv 5×5×8 valid, ReLU" in strings and "24×24×8" in strings


def test_strides_averages_and_normalization_are_named_and_counted(look):
    text = "conv 3x3x5 stride 2 linear, batch_norm, relu, avgpool 3 same stride 2, pool 2 stride 1"
    strings = look(draw(f"{text}, flatten, dense 4 linear, dense 10")).strings()
    for text in (
        *("conv 3×3×5", "conv2d, stride 2", "14×14×5", "3×3×1×5 + 5"),
        *("batch normalization", "batch_normalization", "20", "4×5"),
        *("ReLU", "relu", "average pool 3×3 same", "average_pooling2d, stride 2", "7×7×5"),
        *("max pool 2×2", "max_pooling2d, stride 1", "6×6×5", "dense 4", "dense 10"),
    ):
        assert text in strings


@pytest.mark.parametrize("text", [TUTORIAL, BROWSER, DENSE])
def test_bars_are_the_share_of_all_parameters(text, look):
    layers = architecture.parse(text)
    variables = architecture.variable_shapes(layers)
    counts = [math.prod(shape) + shape[-1] for name, shape in variables.items() if "kernel" in name]
    widths = [bar.get_width() for bar in look(draw(text)).bars(style.BLUE)]
    total = architecture.parameter_count(layers)
    assert widths == pytest.approx([88 * count / total for count in counts])


@pytest.mark.parametrize("text", [TUTORIAL, BROWSER, DENSE])
def test_an_arrow_leads_from_each_block_to_the_next(text):
    arrows = [note for note in draw(text).axes[0].texts if getattr(note, "arrow_patch", None)]
    assert len(arrows) == len(architecture.parse(text)) + 1
    for arrow in arrows:
        assert arrow.xyann[1] < arrow.xy[1], "downwards, since y grows downwards"


def test_the_height_follows_the_layers(look):
    heights = [look(draw(text)).pixels.shape[0] for text in (DENSE, TUTORIAL)]
    assert heights[1] - heights[0] == pytest.approx(5 * 66, abs=4)


def face(shape):
    """Returns width and height of the face that `blocks.draw` draws."""
    _, axes = style.sheet(400)
    blocks.draw(axes, shape, 500, 200, learns=True)
    corners = axes.patches[0].get_xy()
    return corners[:, 0].max() - corners[:, 0].min(), corners[:, 1].max() - corners[:, 1].min()


def test_faces_are_in_proportion_to_the_maps():
    width, height = face((28, 28, 32))
    assert width == pytest.approx(height)
    assert face((14, 14, 64))[0] == pytest.approx(width / 2)


def test_more_channels_are_deeper_and_more_units_longer():
    def whole_width(shape):
        _, axes = style.sheet(400)
        blocks.draw(axes, shape, 500, 200, learns=True)
        corners = [x for patch in axes.patches for x in patch.get_xy()[:, 0]]
        return max(corners) - min(corners)

    assert whole_width((28, 28, 1)) < whole_width((28, 28, 32)) < whole_width((28, 28, 64))
    assert whole_width((10,)) < whole_width((1024,)) < whole_width((3136,)) <= 320


def test_blocks_end_at_the_edges_that_draw_returns():
    _, axes = style.sheet(400)
    top, bottom = blocks.draw(axes, (28, 28, 32), 500, 200, learns=False)
    corners = [y for patch in axes.patches for y in patch.get_xy()[:, 1]]
    assert (top, bottom) == pytest.approx((min(corners), max(corners)))
    assert (top + bottom) / 2 == pytest.approx(200)
