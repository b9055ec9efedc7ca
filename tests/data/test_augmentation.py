"""Augmentation stays within its limits and depends on nothing but the seed."""

import numpy as np
import pytest

from cnn_mnist.config import choices
from cnn_mnist.data import augmentation
from cnn_mnist.tf_compat import tf


def run(images, seed=(1, 0), kind="affine"):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(augmentation.augmented(kind, tf.constant(images), tf.constant(seed)))


def moved(image, drawn, monkeypatch):
    """Returns one image augmented by given amounts instead of random ones."""
    monkeypatch.setattr(tf.random, "stateless_uniform", lambda *rest: tf.constant([drawn]))
    return run(image[None])[0, :, :, 0].astype(float)


def centroid(image):
    rows, columns = np.mgrid[:28, :28]
    return (columns * image).sum() / image.sum(), (rows * image).sum() / image.sum()


@pytest.fixture
def square():
    """A square of ink, 8 pixels wide, in the middle."""
    image = np.zeros([28, 28, 1], np.uint8)
    image[10:18, 10:18] = 255
    return image


def test_none_leaves_images_as_they_are(small):
    np.testing.assert_array_equal(run(small.train.images[:5], kind="none"), small.train.images[:5])


def test_every_kind_keeps_shape_and_dtype(small):
    for kind in choices.AUGMENTATIONS:
        answer = run(small.train.images[:5], kind=kind)
        assert answer.shape == (5, 28, 28, 1) and answer.dtype == np.uint8


def test_the_seed_determines_the_amounts_and_each_image_has_its_own(square):
    images = np.stack([square] * 4)
    first = run(images)
    np.testing.assert_array_equal(first, run(images))
    assert (
        len({image.tobytes() for image in [*first, *run(images, (1, 1)), *run(images, (2, 0))]})
        == 12
    )


def test_amounts_of_zero_change_nothing(square, monkeypatch):
    np.testing.assert_array_equal(moved(square, [0.0] * 6, monkeypatch), square[:, :, 0])


@pytest.mark.parametrize(
    ("drawn", "shift"), [([0, 0, 0, 0, 1, 0], (2, 0)), ([0, 0, 0, 0, 0, -1], (0, -2))]
)
def test_a_shift_is_of_two_pixels_at_most(square, drawn, shift, monkeypatch):
    image = moved(square, [float(d) for d in drawn], monkeypatch)
    assert centroid(image) == pytest.approx((13.5 + shift[0], 13.5 + shift[1]))


def test_a_rotation_is_about_the_middle_and_of_twelve_degrees_at_most(monkeypatch):
    bar = np.zeros([28, 28, 1], np.uint8)
    bar[12:16, 4:24] = 255
    image = moved(bar, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0], monkeypatch)
    assert centroid(image) == pytest.approx((13.5, 13.5), abs=0.1)
    rows, columns = np.mgrid[:28, :28] - 13.5
    slope = (rows * columns * image).sum() / (columns**2 * image).sum()
    assert abs(np.degrees(np.arctan(slope))) == pytest.approx(12, abs=1)


def test_scaling_changes_each_side_by_twelve_percent_at_most(square, monkeypatch):
    ink = square.sum()
    wide = moved(square, [0.0, -1.0, 0.0, 0.0, 0.0, 0.0], monkeypatch).sum()
    small = moved(square, [0.0, 1.0, 1.0, 0.0, 0.0, 0.0], monkeypatch).sum()
    assert wide / ink == pytest.approx(1.12, rel=0.03)
    assert small / ink == pytest.approx(1.12**-2, rel=0.03)


def test_a_shear_moves_rows_against_each_other(square, monkeypatch):
    image = moved(square, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0], monkeypatch)
    tops = [(image[row] * np.arange(28)).sum() / image[row].sum() for row in range(10, 18)]
    assert np.diff(tops) == pytest.approx(-0.12, abs=0.02)


def test_shifts_go_both_ways_up_to_their_limits(square):
    where = np.array([centroid(image[:, :, 0]) for image in run(np.stack([square] * 400))]) - 13.5
    assert where.min(axis=0) == pytest.approx([-2, -2], abs=0.2)
    assert where.max(axis=0) == pytest.approx([2, 2], abs=0.2)
    assert where.mean(axis=0) == pytest.approx([0, 0], abs=0.25)


def test_an_augmented_image_is_usually_nearest_to_its_own_original(small):
    """More than half of 50 images are nearer to their own original than to any other."""
    originals = small.train.images[:50].reshape(50, -1).astype(float)
    varied = run(small.train.images[:50]).reshape(50, -1).astype(float)
    nearest = [np.argmin(((originals - image) ** 2).sum(axis=1)) for image in varied]
    assert (np.array(nearest) == np.arange(50)).mean() > 0.5


def disc(radius):
    rows, columns = np.mgrid[:28, :28] - 13.5
    return ((rows**2 + columns**2 < radius**2) * 255).astype(np.uint8)[:, :, np.newaxis]


def drawn(image, monkeypatch, **amounts):
    """Returns an image changed by `drawn` with given amounts; those not given are 0."""
    order = ("turn", "wide", "high", "slant", "right", "down", "by_x", "by_y", "stroke", "blur")
    given = [amounts.get(name, 0.0) for name in order]
    monkeypatch.setattr(tf.random, "stateless_uniform", lambda *rest: tf.constant([given]))
    return run(image[None], kind="drawn")[0, :, :, 0].astype(float)


def test_drawn_with_amounts_of_zero_changes_nothing(square, monkeypatch):
    np.testing.assert_array_equal(drawn(square, monkeypatch), square[:, :, 0])


def test_drawn_makes_strokes_wider_and_narrower(monkeypatch):
    ink = disc(4).sum() / 255
    assert drawn(disc(4), monkeypatch, stroke=1.0).sum() / 255 > 1.2 * ink
    assert drawn(disc(4), monkeypatch, stroke=-1.0).sum() / 255 < 0.8 * ink


def test_drawn_blurs_a_fifth_of_the_images(square, monkeypatch):
    np.testing.assert_array_equal(drawn(square, monkeypatch, blur=0.6), square[:, :, 0])
    blurred = drawn(square, monkeypatch, blur=1.0)
    assert blurred.max() == 255 and blurred.sum() == pytest.approx(square.sum(), rel=0.02)
    assert np.abs(np.diff(blurred, axis=1)).max() < 100


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_drawn_makes_one_side_longer_and_keeps_the_middle(side, square, monkeypatch):
    image = drawn(square, monkeypatch, by_y=side)
    top, bottom = image[:14].sum(), image[14:].sum()
    assert np.sign(bottom - top) == np.sign(side)
    assert centroid(image) == pytest.approx((13.5, 13.5), abs=0.6)


def test_drawn_moves_as_affine_does(square, monkeypatch):
    image = drawn(square, monkeypatch, right=1.0, down=-0.5, by_x=0.0)
    assert centroid(image) == pytest.approx((15.5, 12.5), abs=0.05)
