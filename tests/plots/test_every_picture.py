"""All pictures: no text is cut or overlaps another, and the bytes are the same each time."""

from __future__ import annotations

import io
import itertools
import re
import subprocess
import sys

import matplotlib.text
import numpy as np
import pytest
from PIL import Image

from cnn_mnist import plots
from cnn_mnist.networks import architecture
from cnn_mnist.plots import (
    activations,
    classes,
    confusion,
    curves,
    feature_maps,
    gallery,
    kernels,
    network,
    probabilities,
    style,
    words,
)

TUTORIAL = "conv 5x5x32, pool 2, conv 5x5x64, pool 2, flatten, dense 1024, dropout 0.4, dense 10"
LARGE = (
    "conv 3x3x512, conv 3x3x512 valid, pool 2, conv 3x3x4096, conv 3x3x4096 valid, pool 2, "
    "flatten, dense 65536, dropout 0.123456789, dense 4096, dropout 0.25, dense 10"
)
LONG = "A $ title that_goes^on " * 20
RANDOM = np.random.default_rng(17)
MATRIX = RANDOM.integers(0, 40, (10, 10)) + np.diag(np.full(10, 1000))
EMPTY = np.zeros((10, 10), int)
KERNELS = RANDOM.normal(size=(5, 5, 1, 32))
DEEP_KERNELS = RANDOM.normal(size=(5, 5, 32, 64))
MAPS = np.maximum(0, RANDOM.normal(size=(14, 14, 64))).astype(np.float32)
VALUES = RANDOM.normal(size=1024)
CURVE = [(step, 2.3 / (1 + step), 1 - 0.9 / (1 + step / 9)) for step in range(0, 900, 3)]
STRANGE = [(0, np.nan, 0.1), (5, np.inf, np.nan), (10, 2.3, 0.2), (20000, 1e-9, 1.0)]


def mistakes(count, names, numbered=True):
    images = RANDOM.integers(0, 256, (count, 28, 28, 1), np.uint8)
    labels, predicted = np.arange(count) % 10, np.arange(1, count + 1) % 10
    numbers = np.arange(count) * 397 if numbered else None
    return images, labels, predicted, np.full(count, 0.998), names, numbers


def shares(count, names):
    images = RANDOM.integers(0, 256, (count, 28, 28), np.uint8)
    captions = [LONG, "3.png", "test image 3, label 7", "Ж" * 50][:count]
    return images, RANDOM.dirichlet(np.ones(10), count), names, captions


FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker")
FASHION = (*FASHION, "Bag", "Ankle boot")
DIGITS = tuple("0123456789")
ODD = ("W" * 40, "$\\frac{1}{2}$ and $x_1$", "i" * 40, "Ärmelschoner", "$5 to $9", "0", "Ψ Ω Ж")
ODD = (*ODD, "a name of forty characters that goes on.", "\\alpha {", "Öl_und^Essig")
IMAGE = np.zeros((28, 28, 1), np.uint8)

FIGURES = {
    "confusion": lambda: confusion.confusion_matrix_figure(MATRIX, DIGITS, "title"),
    "confusion, fashion": lambda: confusion.confusion_matrix_figure(MATRIX, FASHION, "title"),
    "confusion, odd": lambda: confusion.confusion_matrix_figure(MATRIX, ODD, LONG),
    "curves": lambda: curves.learning_curves_figure(CURVE, CURVE[::30], 600),
    "curves, strange": lambda: curves.learning_curves_figure(STRANGE, STRANGE, 20000, LONG),
    "curves, none": lambda: curves.learning_curves_figure([], [], None),
    "curves, one": lambda: curves.learning_curves_figure([], [(0, 2.3, 0.1)], 0),
    "classes": lambda: classes.class_accuracy_figure(MATRIX, FASHION),
    "classes, odd": lambda: classes.class_accuracy_figure(MATRIX * (np.arange(10) < 9), ODD),
    "classes, none": lambda: classes.class_accuracy_figure(EMPTY, DIGITS),
    "mistakes, 0": lambda: gallery.mistakes_figure(*mistakes(0, DIGITS)),
    "mistakes, 1": lambda: gallery.mistakes_figure(*mistakes(1, DIGITS)),
    "mistakes, 24": lambda: gallery.mistakes_figure(*mistakes(24, FASHION)),
    "mistakes, odd": lambda: gallery.mistakes_figure(*mistakes(10, ODD, numbered=False)),
    "probabilities": lambda: probabilities.probabilities_figure(*shares(4, FASHION)),
    "probabilities, odd": lambda: probabilities.probabilities_figure(*shares(2, ODD)),
    "probabilities, none": lambda: probabilities.probabilities_figure(*shares(0, DIGITS)),
    "network": lambda: network.network_figure(architecture.parse(TUTORIAL), "title"),
    "network, large": lambda: network.network_figure(architecture.parse(LARGE), LONG),
    "network, none": lambda: network.network_figure((), "title"),
    "kernels": lambda: kernels.kernels_figure(KERNELS, "title"),
    "kernels, deep": lambda: kernels.kernels_figure(DEEP_KERNELS, LONG),
    "kernels, many": lambda: kernels.kernels_figure(KERNELS[:3, :3].repeat(3, axis=3), "title"),
    "kernels, before": lambda: kernels.kernels_before_after_figure(KERNELS, KERNELS, LONG),
    "kernels, deep before": lambda: kernels.kernels_before_after_figure(
        DEEP_KERNELS, DEEP_KERNELS, "title"
    ),
    "maps": lambda: feature_maps.feature_maps_figure(IMAGE, MAPS, LONG),
    "maps, named": lambda: feature_maps.feature_maps_figure(IMAGE, MAPS[..., :7], "", ODD),
    "maps, before": lambda: feature_maps.feature_maps_before_after_figure(
        IMAGE, MAPS, MAPS * (np.arange(64) > 9), LONG
    ),
    "activations": lambda: activations.activations_figure(np.maximum(VALUES, 0), VALUES, LONG),
    "activations, few": lambda: activations.activations_figure(VALUES[:10], VALUES[:10] * 9, "a"),
    "activations, zero": lambda: activations.activations_figure(VALUES * 0, VALUES * 1e-5, "a"),
    "kernels, narrow": lambda: kernels.kernels_before_after_figure(KERNELS, KERNELS, LONG, True),
    "kernels, deep narrow": lambda: kernels.kernels_before_after_figure(
        DEEP_KERNELS, DEEP_KERNELS, "title", True
    ),
    "maps, narrow": lambda: feature_maps.feature_maps_before_after_figure(
        IMAGE, MAPS, MAPS * (np.arange(64) > 9), LONG, True
    ),
    "maps, few narrow": lambda: feature_maps.feature_maps_before_after_figure(
        IMAGE, -MAPS[..., :5], MAPS[..., :5], "title", True
    ),
    "activations, narrow": lambda: activations.activations_figure(
        np.maximum(VALUES, 0), VALUES, LONG, True
    ),
    "activations, few narrow": lambda: activations.activations_figure(
        VALUES[:10], VALUES[:10] * 9, "a", True
    ),
}


REPEATED = (
    "confusion, fashion",
    "classes",
    "mistakes, 1",
    "probabilities",
    "kernels, many",
    "kernels, deep before",
    "activations, few",
    "kernels, narrow",
    "maps, narrow",
    "maps, few narrow",
    "activations, few narrow",
)
"""Figures with less text than another of the same kind, or that take long."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow if n in REPEATED else ()) for n in FIGURES],
)
def test_no_text_is_cut_or_overlaps(name, look):
    check(look(FIGURES[name]()))


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_in_korean_no_text_is_cut_or_overlaps_and_no_word_is_english(name, look):
    with words.in_language("ko") as language:
        if language != "ko":
            pytest.skip("no font with Hangul is installed, such as fonts-nanum")
        looked = look(FIGURES[name]())
    check(looked)
    english = {text for text in words.TABLES["en"].values() if len(text) > 2 and "{" not in text}
    # `flatten` is also the name of a layer.
    assert not (english - {"flatten"}) & {drawn.text for drawn in looked.texts}


def check(looked):
    """Checks that all texts of a rendered figure are whole and beside each other."""
    height, width, _ = looked.pixels.shape
    assert width <= 1000
    assert len(looked.texts) >= 2
    edge = np.concatenate(
        (looked.pixels[[0, -1]].reshape(-1), looked.pixels[:, [0, -1]].reshape(-1))
    )
    assert (edge == 255).all(), "something touches the edge"
    for drawn in looked.texts:
        box = drawn.box
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        assert inside, f"{drawn.text!r} leaves the picture: {box}"
    for one, other in itertools.combinations(looked.texts, 2):
        # The box of a slanted text is mostly empty.
        if not (one.slanted and other.slanted):
            assert overlap(one.box, other.box) <= 1, f"{one.text!r} on {other.text!r}"


def overlap(one, other) -> float:
    """Returns the smaller of the overlaps of two boxes in x and in y, in pixels."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.y1, other.y1) - max(one.y0, other.y0)
    return max(0.0, min(across, down))


PUBLIC = {
    "activations_png": (VALUES, VALUES, "title"),
    "class_accuracy_png": (MATRIX, DIGITS),
    "confusion_matrix_png": (MATRIX, DIGITS, "title"),
    "feature_maps_before_after_png": (IMAGE, MAPS[..., :8], MAPS[..., :8], "title"),
    "feature_maps_png": (IMAGE, MAPS[..., :8], "title"),
    "kernels_before_after_png": (KERNELS, KERNELS, "title"),
    "kernels_png": (KERNELS, "title"),
    "learning_curves_png": (CURVE, CURVE[::30], 600),
    "mistakes_png": mistakes(3, DIGITS),
    "network_png": (architecture.parse(TUTORIAL), "title"),
    "probabilities_png": shares(2, DIGITS),
}


SMALLEST = 9
"""CSS pixels: the height of letters on a screen 400 wide, where a picture has 368."""


@pytest.mark.parametrize("name", [name for name in FIGURES if name.endswith("narrow")])
def test_letters_of_narrow_pictures_are_large_enough_on_a_telephone(name):
    figure = FIGURES[name]()
    assert figure.bbox.width == style.NARROW
    for text in figure.findobj(matplotlib.text.Text):
        pixels = text.get_fontsize() * style.DPI / 72 * 368 / style.NARROW
        assert not text.get_text() or pixels >= SMALLEST, text.get_text()


def test_the_table_has_every_public_function():
    assert sorted(PUBLIC) == plots.__all__


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_picture_is_a_png_of_the_size_promised(name):
    draw = getattr(plots, name)
    image = Image.open(io.BytesIO(draw(*PUBLIC[name])))
    assert image.format == "PNG"
    assert image.info.keys() <= {"dpi"}, "no date, no version"
    promise = re.search(r"A PNG of (\d+)(?:×(\d+))?", draw.__doc__)
    assert image.width == int(promise[1])
    assert promise[2] is None or image.height == int(promise[2])


@pytest.mark.parametrize("name", ["learning_curves_png", "kernels_png", "mistakes_png"])
def test_a_picture_has_the_same_bytes_each_time(name):
    first, second = (getattr(plots, name)(*PUBLIC[name]) for _ in range(2))
    assert first == second


def test_matplotlib_is_imported_only_to_draw_and_never_pyplot():
    code = (
        "import sys; from cnn_mnist import plots; print('matplotlib' in sys.modules);"
        "plots.network_png((), 'a'); print('matplotlib.pyplot' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False"]
