"""Names of any length, number and script: no text is cut, and none lies on another."""

from __future__ import annotations

import itertools

import matplotlib.text
import numpy as np
import pytest

from cnn_mnist.networks import architecture
from cnn_mnist.plots import classes, confusion, curves, gallery, network, probabilities, style

RANDOM = np.random.default_rng(3)
WORDS = (
    "shoe",
    "W",
    "a pullover of coarse wool",
    "티셔츠",
    "コート・ジャケット",
    "凉鞋",
    "قميص",
    "👟😀",
)
WORDS = (*WORDS, "스웨터 (아주 굵은 털실로 짠 것)", "i" * 60, "W" * 60, "two words " * 6, "Ж" * 17)


def names_of(count):
    """Returns names of 1 to 60 characters, each different."""
    return tuple(
        f"{word[: 60 - len(str(number))]}{number}" if number >= len(WORDS) else word
        for number, word in zip(range(count), itertools.cycle(WORDS), strict=False)
    )


def figures(count, narrow):
    """Yields each picture with that many classes, with its name."""
    names = names_of(count)
    matrix = RANDOM.integers(0, 40, (count, count)) + np.diag(np.full(count, 960))
    images = RANDOM.integers(0, 256, (14, 28, 28), np.uint8)
    labels = np.arange(14) % count
    rates = RANDOM.dirichlet(np.ones(count), 3)
    pairs = (labels, (labels + 1) % count, np.full(14, 0.9999))
    yield (
        "confusion",
        lambda: confusion.confusion_matrix_figure(matrix, names, WORDS[8] * 5, narrow),
    )
    yield "classes", lambda: classes.class_accuracy_figure(matrix, names, narrow)
    numbers = np.arange(14) * 7001
    yield (
        "mistakes",
        lambda: gallery.mistakes_figure(images, *pairs, names, numbers, narrow),
    )
    captions = ("사진/고양이.png", "W" * 60, "قميص 1.png")
    yield (
        "probabilities",
        lambda: probabilities.probabilities_figure(images[:3], rates, names, captions, narrow),
    )


QUICK = (10, "mistakes")
LONGEST = (100, "confusion")


def marks_of(*case):
    if case == QUICK:
        return ()
    return (pytest.mark.slow, pytest.mark.long) if case == LONGEST else pytest.mark.slow


CASES = [
    pytest.param(count, name, narrow, marks=marks_of(count, name))
    for count in (2, 10, 13, 100)
    for narrow in (False, True)
    for name in ("confusion", "classes", "mistakes", "probabilities")
]


@pytest.mark.parametrize(("count", "name", "narrow"), CASES)
def test_no_text_is_cut_or_lies_on_another(count, name, narrow, look):
    looked = look(dict(figures(count, narrow))[name]())
    height, width, _ = looked.pixels.shape
    for drawn in looked.texts:
        box = drawn.box
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        assert inside, f"{drawn.text!r} leaves the picture: {box}"
    level = [drawn for drawn in looked.texts if not drawn.slanted]
    edges = np.array([drawn.box.extents for drawn in level])
    for place, one in enumerate(edges):
        across = np.minimum(one[2], edges[:, 2]) - np.maximum(one[0], edges[:, 0])
        down = np.minimum(one[3], edges[:, 3]) - np.maximum(one[1], edges[:, 1])
        found = np.flatnonzero(np.minimum(across, down) > 1)
        on = [level[other].text for other in found if other != place]
        assert not on, f"{level[place].text!r} on {on}"


def test_a_mistake_names_all_of_the_label_and_of_the_answer():
    names = names_of(13)
    images, labels = np.zeros((13, 28, 28), np.uint8), np.arange(13)
    answers = (labels + 1) % 13
    figure = gallery.mistakes_figure(images, labels, answers, np.full(13, 0.5), names, narrow=True)
    drawn = [text.get_text() for text in figure.axes[0].texts]
    assert sum(text.count("50.0%") for text in drawn) == 13
    joined = "".join(drawn).replace(" ", "")
    for name in (names[2], names[8], names[9], names[11]):
        assert joined.count(name.replace(" ", "")) == 2, "as a label and as an answer"


SMALLEST = 9
"""CSS pixels: the height of letters on a screen 400 wide, where a picture has 368."""


@pytest.mark.parametrize("classes_of_data", [pytest.param(2, marks=pytest.mark.slow), 10])
def test_letters_of_narrow_pictures_are_large_enough_on_a_telephone(classes_of_data):
    drawn = [make() for _, make in figures(classes_of_data, narrow=True)]
    layers = architecture.parse("conv 5x5x32, pool 2, flatten, dense 10")
    drawn.append(network.network_figure(layers, "title", narrow=True))
    drawn.append(curves.learning_curves_figure([(1, 2.3, 0.1)], [], None, narrow=True))
    for figure in drawn:
        assert figure.bbox.width == style.NARROW
        for text in figure.findobj(matplotlib.text.Text):
            pixels = text.get_fontsize() * style.DPI / 72 * 368 / style.NARROW
            assert not text.get_text() or pixels >= SMALLEST, text.get_text()
