"""What an image's distance from the training images says, and the file that keeps the groups."""

import json

import numpy as np
import pytest

from cnn_mnist.uncertainty import familiarity
from cnn_mnist.uncertainty.familiarity import Familiarity


def images_of(rng, count, column):
    """Vertical bars of varying place and light around one column."""
    images = np.zeros((count, 28, 28, 1), np.uint8)
    for image in images:
        at = column + rng.integers(-1, 2)
        image[4:24, at : at + 4] = rng.integers(150, 256)
    return images


@pytest.fixture(scope="module")
def bars():
    rng = np.random.default_rng(0)
    images = np.concatenate([images_of(rng, 150, 4), images_of(rng, 150, 18)])
    return images, np.repeat([0, 1], 150)


@pytest.fixture(scope="module")
def fitted(bars):
    return familiarity.fit(*bars)


def test_what_is_like_no_training_image_is_further_away(bars, fitted):
    known = fitted.distances(images_of(np.random.default_rng(5), 40, 18))
    across = images_of(np.random.default_rng(6), 40, 12).transpose(0, 2, 1, 3)
    assert fitted.distances(across).min() > known.max()


def test_the_distance_is_that_of_the_nearest_gaussian(fitted):
    image = images_of(np.random.default_rng(7), 1, 4)
    strokes = familiarity.strokes(image)[0].astype(float)
    found = []
    for mean, axes, scales, variances, rest in zip(
        fitted.means, fitted.axes, fitted.scales, fitted.variances, fitted.rests, strict=True
    ):
        away = strokes - mean / 255
        along = (axes * scales[:, np.newaxis]) @ away
        others = max(away @ away - along @ along, 0)
        logarithms = np.log(variances).sum() + (196 - 16) * np.log(rest)
        found.append((along**2 / variances).sum() + others / rest + logarithms)
    assert fitted.distances(image)[0] == pytest.approx(min(found), rel=1e-3)


@pytest.mark.parametrize("direction", [0, 2])
def test_a_stroke_counts_in_its_own_direction_and_cells(direction):
    image = np.zeros((1, 28, 28, 1), np.uint8)
    image[0, 9:11, 8:20] = 255
    if direction == 0:
        image = image.transpose(0, 2, 1, 3)
    found = familiarity.strokes(image)[0].reshape(4, 7, 7)
    assert found[direction].max() > 3 * found[2 - direction].max() / 2
    cells = found[direction] if direction else found[direction].T
    assert cells[2, 2:5].min() > 0.5 and cells[4:].max() == 0


def test_the_axes_of_a_group_are_at_right_angles(fitted):
    for axes, scales in zip(fitted.axes, fitted.scales, strict=True):
        axes = axes[:4] * scales[:4, np.newaxis]
        np.testing.assert_allclose(axes @ axes.T, np.eye(4), atol=0.05)


def test_many_images_give_the_same_distances_as_one_at_a_time(bars, fitted):
    images = np.tile(bars[0], (3, 1, 1, 1))[:620]
    alone = [fitted.distances(images[i : i + 1])[0] for i in (0, 499, 500, 619)]
    np.testing.assert_allclose(fitted.distances(images)[[0, 499, 500, 619]], alone, rtol=1e-4)
    assert fitted.distances(images[:0]).shape == (0,)


def test_json_keeps_every_value(bars, fitted):
    read = Familiarity.from_json(json.loads(json.dumps(fitted.as_json())))
    np.testing.assert_array_equal(read.distances(bars[0]), fitted.distances(bars[0]))


def test_the_same_images_give_the_same_groups(bars, fitted):
    assert familiarity.fit(*bars).as_json() == fitted.as_json()


def test_a_class_has_more_groups_if_it_has_more_images():
    images = images_of(np.random.default_rng(1), 400, 10)
    images[200:] = images[200:, :, ::-1] // 2
    assert len(familiarity.fit(images, np.zeros(400, int)).means) > 1
    assert len(familiarity.fit(images[:90], np.zeros(90, int)).means) == 1


def test_too_few_images_of_every_class_give_nothing(bars):
    images, labels = bars
    assert familiarity.fit(images[:29], labels[:29]) is None
    assert familiarity.fit(images[:30], labels[:30]) is not None
