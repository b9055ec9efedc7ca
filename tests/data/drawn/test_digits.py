"""Drawn digits depend on the seed alone, and look when framed as `examples` makes them."""

import io

import numpy as np
import pytest
from PIL import Image

from cnn_mnist.data.drawn import digits as drawn_digits
from cnn_mnist.data.drawn.digits import KINDS, PAPER
from cnn_mnist.data.drawn.styles import styles
from cnn_mnist.data.framing import numpy_framing

TYPICAL = KINDS["typical"]


def style(name):
    [found] = [s for part in ("train", "test") for s in styles(part) if s.name == name]
    return found


def ink_box(paper):
    rows, columns = (np.flatnonzero((paper < 128).any(axis=axis)) for axis in (1, 0))
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1


def framed(paper):
    file = io.BytesIO()
    Image.fromarray(paper).save(file, "PNG")
    return numpy_framing.frame(file.getvalue())[..., 0].astype(float)


def test_examples_are_as_many_of_each_digit_and_shaped_as_mnist():
    made = drawn_digits.examples(200, seed=1)
    assert made.images.shape == (200, 28, 28, 1) and made.images.dtype == np.uint8
    assert made.labels.dtype == np.int32
    assert np.bincount(made.labels).tolist() == [20] * 10
    assert (made.images.max(axis=(1, 2, 3)) > 100).all()


def test_examples_follow_from_the_seed_and_differ_from_each_other():
    first, again, other = (drawn_digits.examples(60, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.images, again.images)
    images = np.concatenate([first.images, other.images])
    assert len({image.tobytes() for image in images}) == 120


def test_examples_are_of_the_styles_to_train_on_only(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        drawn_digits,
        "_lines",
        lambda style, degrees, random: drawn.append(style) or np.zeros([len(degrees), 96, 2]) + 1,
    )
    monkeypatch.setattr(
        drawn_digits, "render", lambda lines, *rest: np.zeros([len(lines), 28, 28, 1])
    )
    drawn_digits.examples(2000, seed=1)
    assert set(drawn) == set(styles("train"))


def test_examples_lie_in_a_box_of_20_pixels_centred_by_mass():
    images = drawn_digits.examples(200, seed=3).images[..., 0].astype(float)
    for image in images:
        rows, columns = (np.flatnonzero(image.max(axis=axis) > 127) for axis in (1, 0))
        assert 16 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 22
        middle = [(image.sum(axis=axis) * np.arange(28)).sum() for axis in (0, 1)]
        # A box lies on whole pixels.
        assert np.abs(np.array(middle) / image.sum() - 14).max() < 0.52


def test_render_equals_the_framed_drawing_closely():
    """With a pen so wide that framing leaves the stroke as it is, a tenth of the ink differs."""
    random = np.random.RandomState(3)
    differences = []
    for one in styles("train")[::8]:
        [line] = drawn_digits._lines(one, np.zeros(1), random)
        line -= line.min(axis=0)
        expected = framed(drawn_digits._paper(one, 180 * line / line.max() + 40, 38))
        width = np.full(1, 20 * 38 / (180 + 38), np.float32)
        image = drawn_digits.render(line[np.newaxis], width, np.full(1, 1.2))[0, ..., 0]
        differences.append(np.abs(image - expected).sum() / expected.sum())
    assert np.median(differences) < 0.15


def test_papers_are_black_on_white_whole_and_of_the_size_of_their_kind():
    for paper in drawn_digits.papers(style("oval"), TYPICAL, 6, seed=1):
        assert paper.shape == (PAPER, PAPER) and paper.dtype == np.uint8
        assert paper.min() == 0 and paper.max() == 255
        top, bottom, left, right = ink_box(paper)
        assert min(top, left) >= 0 and max(bottom, right) <= PAPER
        assert 0.5 * PAPER + 18 - 3 <= bottom - top <= 0.8 * PAPER + 26 + 3


@pytest.mark.parametrize(("kind", "share"), [("small", 0.2), ("small, thick pen", 0.25)])
def test_a_small_drawing_takes_that_part_of_the_paper(kind, share):
    for paper in drawn_digits.papers(style("oval"), KINDS[kind], 4, seed=1):
        top, bottom, _, _ = ink_box(paper)
        pen = np.mean(KINDS[kind].pen)
        assert bottom - top == pytest.approx(share * PAPER + pen, abs=9)


def test_a_drawing_is_turned_to_either_side():
    """The bar of a 1 leans to the left and to the right."""
    turned = drawn_digits.Kind(turned=(40.0, 40.0))
    leans = set()
    for paper in drawn_digits.papers(style("bar"), turned, 8, seed=1):
        rows, columns = np.nonzero(paper < 128)
        leans.add(np.sign(np.corrcoef(rows, columns)[0, 1]))
    assert leans == {-1.0, 1.0}


def test_the_pen_is_as_wide_as_its_kind():
    for paper in drawn_digits.papers(style("bar"), KINDS["thin pen"], 4, seed=1):
        widths = (paper[100:180] < 128).sum(axis=1)
        assert 4 <= np.median(widths[widths > 0]) <= 9


def test_papers_follow_from_the_seed_and_the_style():
    first, again = (list(drawn_digits.papers(style("oval"), TYPICAL, 2, 1)) for _ in range(2))
    other = list(drawn_digits.papers(style("oval"), TYPICAL, 2, 2))
    np.testing.assert_array_equal(first, again)
    assert (first[0] != other[0]).any() and (first[0] != first[1]).any()


def test_a_line_turns_sharply_only_where_its_style_says():
    """Between the points of the 7's top and stem is one corner, and on the oval none."""

    def sharpest(name):
        weights, points, _ = drawn_digits._curve(style(name))
        steps = np.diff(weights @ points, axis=0)
        steps = steps[np.linalg.norm(steps, axis=1) > 1e-6]
        angles = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
        return np.abs(np.diff(angles)).max()

    assert sharpest("plain") > 0.7
    assert sharpest("oval") < 0.4


def test_the_points_of_a_line_are_evenly_spaced_and_its_strokes_apart():
    weights, points, strokes = drawn_digits._curve(style("barred"))
    line = weights @ points
    assert line.shape == (drawn_digits.POINTS, 2)
    assert sorted(set(strokes)) == [0, 1]
    for stroke in (0, 1):
        steps = np.linalg.norm(np.diff(line[strokes == stroke], axis=0), axis=1)
        assert steps.max() / steps.min() < 1.6
