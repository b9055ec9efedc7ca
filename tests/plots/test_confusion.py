"""The confusion matrix is a PNG of the promised size, blue for right and orange for wrong."""

import io

import matplotlib.axes
import numpy as np
import pytest
from PIL import Image

from cnn_mnist import plots
from cnn_mnist.plots import confusion, style

DIGITS = tuple("0123456789")


def draw(matrix, names=DIGITS, title="title"):
    """Returns the picture, uint8 `[height, width, 3]`."""
    png = plots.confusion_matrix_png(np.asarray(matrix), names, title)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def area(pixels, colour):
    """Returns how many pixels are clearly `blue` or `orange`."""
    more_red_than_blue = pixels[..., 0] - pixels[..., 2]
    return int((more_red_than_blue * (1 if colour == "orange" else -1) > 40).sum())


@pytest.fixture
def texts(monkeypatch):
    """Collects the texts of cells; Axes.text is replaced by a function that also writes."""
    written = {}
    text = matplotlib.axes.Axes.text

    def note(axes, column, row, string, **options):
        written[row, column] = (string, options["weight"])
        return text(axes, column, row, string, **options)

    monkeypatch.setattr(matplotlib.axes.Axes, "text", note)
    return written


def test_the_picture_is_800_by_760():
    assert draw(np.eye(10, dtype=int)).shape == (760, 800, 3)


def test_a_network_without_mistakes_is_all_blue():
    pixels = draw(np.eye(10, dtype=int) * 1000)
    assert area(pixels, "blue") > 10_000
    assert area(pixels, "orange") == 0


def test_a_mistake_is_orange_even_if_it_is_one_of_a_thousand():
    matrix = np.eye(10, dtype=int) * 1000
    matrix[3, 5] = 1
    pixels = draw(matrix)
    assert area(pixels, "orange") > 1000


def test_a_mistake_is_drawn_in_the_row_of_its_label():
    matrix = np.eye(10, dtype=int) * 1000
    matrix[9, 0] = 500
    pixels = draw(matrix)
    orange = np.argwhere(pixels[..., 0] - pixels[..., 2] > 40).mean(axis=0)
    assert orange[0] > 500, "in the lowest row"
    assert orange[1] < 200, "in the leftmost column"


def test_counts_are_written_with_commas_and_the_right_ones_bold(texts):
    matrix = np.zeros((10, 10), int)
    matrix[2, 2], matrix[2, 7] = 1032, 3
    draw(matrix)
    assert texts == {(2, 2): ("1,032", "bold"), (2, 7): ("3", "normal")}


@pytest.mark.parametrize(("right", "colour"), [(1000, "white"), (700, "black"), (10, "black")])
def test_counts_stand_out_from_their_cell(right, colour, monkeypatch):
    """Black on the dark blue of a good network is only 4:1; Axes.text is replaced."""
    colours = {}

    def note(axes, column, row, string, color, **options):
        colours[row, column] = color

    monkeypatch.setattr(matplotlib.axes.Axes, "text", note)
    draw([[right, 1000 - right], [1, 999]], ("a", "b"))
    assert colours[0, 0] == colour
    assert colours[1, 1] == "white"
    assert colours.get((0, 1), "black") == colours[1, 0] == "black"


def test_shades_are_shares_of_a_row_and_mistakes_have_their_own_scale():
    shades = confusion._shades(np.array([[90, 10, 0], [0, 9, 1], [0, 0, 0]]))
    assert shades.shape == (3, 3, 4)
    assert np.array_equal(shades[0, 0], shades[1, 1]), "90 of 100 is 9 of 10"
    assert np.array_equal(shades[0, 1], shades[1, 2]), "10 of 100 is 1 of 10"
    assert not np.array_equal(shades[0, 1], shades[0, 2])


def test_the_most_frequent_mistake_has_the_same_shade_however_rare_it_is():
    rare = confusion._shades(np.array([[999, 1], [0, 1000]]))
    frequent = confusion._shades(np.array([[500, 500], [0, 1000]]))
    assert np.array_equal(rare[0, 1], frequent[0, 1])


def test_classes_are_named_in_order_on_both_axes(monkeypatch):
    """Axes.set_xticks and set_yticks are replaced by functions that also set the ticks."""
    named = {}

    def noting(method):
        original = getattr(matplotlib.axes.Axes, method)

        def note(axes, ticks, labels=None, **options):
            if labels is not None:
                named[method] = dict(zip(ticks, labels, strict=True))
            return original(axes, ticks, labels, **options)

        return note

    for method in ("set_xticks", "set_yticks"):
        monkeypatch.setattr(matplotlib.axes.Axes, method, noting(method))
    draw([[5, 1], [0, 6]], ("cat", "dog"))
    names = {0: "cat", 1: "dog"}
    assert named == {"set_xticks": names, "set_yticks": names}


def test_a_class_without_examples_is_drawn_without_warnings():
    with np.errstate(all="raise"):
        draw(np.zeros((10, 10), int))


@pytest.mark.parametrize(
    "names", [("T-shirt/top", "Ankle boot"), ("a", "äöé"), ("$\\frac$", "$5 to $9"), ("a_b", "^")]
)
def test_class_names_of_any_kind_are_drawn_as_they_are(names):
    pixels = draw([[5, 1], [0, 6]], names)
    assert pixels.shape == (760, 800, 3)
    assert np.any(draw([[5, 1], [0, 6]], ("", "")) != pixels)


def test_the_title_is_drawn():
    assert np.any(draw(np.eye(10, dtype=int), title="a") != draw(np.eye(10, dtype=int), title="b"))


def test_a_long_name_leaves_room_for_the_matrix(look):
    figure = confusion.confusion_matrix_figure(np.eye(2, dtype=int), ("W" * 40, "b"), "title")
    looked = look(figure)
    short = [text for text in looked.strings() if "…" in text]
    assert len(short) == 2 and short[0] == short[1]
    assert figure.axes[0].get_window_extent().width > 500


def test_slanted_names_end_at_their_column(look):
    names = [f"first name {number}" for number in range(10)]
    figure = confusion.confusion_matrix_figure(np.eye(10, dtype=int), names, "title")
    slanted = {drawn.text: drawn.box for drawn in look(figure).texts if drawn.slanted}
    for column, name in enumerate(names):
        x, _ = figure.axes[0].transData.transform((column, 0))
        assert slanted[name].x1 == pytest.approx(x, abs=12)


def test_of_many_classes_the_picture_is_larger_and_each_count_stays_in_its_cell():
    matrix = np.diag(np.repeat([2400, 7], [20, 27]))
    figure = confusion.confusion_matrix_figure(matrix, [str(n) for n in range(47)], "many")
    style.png(figure)
    width, height, _ = confusion._measures(47)
    assert (figure.bbox.width, figure.bbox.height) == (width, height) and width > 1300
    [axes] = figure.axes
    written = [text for text in axes.texts if text.get_text() in ("2,400", "7")]
    assert len(written) == 47
    renderer = figure.canvas.get_renderer()
    across = axes.get_window_extent().width / 47
    for text in written:
        assert text.get_window_extent(renderer).width <= across
    assert confusion._measures(12)[:2] == (800, 760)
