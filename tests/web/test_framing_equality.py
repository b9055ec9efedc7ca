"""The pages' framing gives the same pixels as the export's graph.

Both get the same RGBA: Python as a PNG file, JavaScript as from a canvas.
"""

from __future__ import annotations

import io
import json
import math
import os
import pathlib
import platform
import shutil
import subprocess

import numpy as np
import pictures
import pytest
from PIL import Image

from cnn_mnist.config import choices
from cnn_mnist.data import idx
from cnn_mnist.data.framing import graph_framing
from cnn_mnist.data.tfds import SHIPPED_MNIST
from cnn_mnist.tf_compat import tf

SCRIPT = pathlib.Path(__file__).parent / "frame_pictures.mjs"
# On other processors TensorFlow may fuse a product and a sum, which rounds once instead of twice.
IS_EXACT = platform.machine() in ("x86_64", "AMD64")
OPTIONS = [(invert, digits) for invert in choices.INVERT for digits in (True, False)]

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")


@pytest.fixture(scope="module")
def mnist():
    """uint8 `[10000, 28, 28]`."""
    return idx.read_images(os.path.join(SHIPPED_MNIST, "t10k-images-idx3-ubyte.gz"))[..., 0]


@pytest.fixture(scope="module")
def frame_in_python():
    """A function from pictures, invert and digits to uint8 `[pictures, 784]`."""
    callables = {}
    for invert, digits in OPTIONS:
        with tf.Graph().as_default() as graph:
            contents = tf.placeholder(tf.string, [None])
            framed = graph_framing.frame(contents, invert, digits)
        session = tf.Session(graph=graph)
        callables[invert, digits] = session.make_callable(framed, feed_list=[contents])

    def frame(shown, invert, digits):
        files = [_as_png(picture) for picture in shown]
        return callables[invert, digits](files).reshape(-1, 784)

    return frame


@pytest.fixture(params=[0.04, pytest.param(1, marks=[pytest.mark.slow, pytest.mark.long])])
def part_of(request):
    """A function that gives a part of a number of pictures, and in the long tests all of them."""
    return lambda count: math.ceil(count * request.param)


@pytest.fixture
def assert_equal(frame_in_python, tmp_path):
    """A function that frames pictures, uint8 `[height, width, 4]`, on both sides and compares."""

    def check(shown, options=(("auto", True),)):
        expected = np.concatenate([frame_in_python(shown, *option) for option in options])
        found = _frame_in_javascript(tmp_path, shown, options)
        differences = np.abs(found.astype(int) - expected)
        count, most = np.count_nonzero(differences), differences.max()
        wrong = np.flatnonzero(differences.any(axis=1))
        sizes = [(options[i // len(shown)], shown[i % len(shown)].shape[:2]) for i in wrong]
        message = f"{count} pixels differ, by up to {most} of 255, in pictures of {sizes}"
        assert count == 0 or (not IS_EXACT and most == 1 and count < found.size / 1000), message
        return found

    return check


def _as_png(picture):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=0)
    return file.getvalue()


def _frame_in_javascript(folder, shown, options):
    about = [
        {"width": p.shape[1], "height": p.shape[0], "invert": invert, "digits": digits}
        for invert, digits in options
        for p in shown
    ]
    (folder / "pictures.json").write_text(json.dumps(about))
    pixels = b"".join(p.tobytes() for p in shown)
    (folder / "pictures.bin").write_bytes(pixels * len(options))
    subprocess.run(["node", SCRIPT, folder], check=True, timeout=300)
    return np.fromfile(folder / "framed.bin", np.uint8).reshape(-1, 784)


def test_pictures_of_28_by_28_of_any_colour_and_transparency(assert_equal, part_of):
    shown = pictures.of_28_by_28(part_of(300))
    assert_equal(shown, OPTIONS)


def test_mnist_is_unchanged(assert_equal, mnist):
    digits = mnist[:1000]
    found = assert_equal([pictures.opaque(digit) for digit in digits])
    assert np.array_equal(found, digits.reshape(-1, 784))


def test_enlarged_digits_sharp_and_blurred_light_and_dark(assert_equal, part_of, mnist):
    assert_equal(pictures.enlarged_digits(mnist[: part_of(150)]))


def test_digits_that_fill_a_very_small_picture(assert_equal, mnist):
    assert_equal(pictures.very_small_digits(mnist[:10]))


@pytest.mark.slow
def test_drawings_with_thick_and_thin_brushes(assert_equal, part_of):
    assert_equal(pictures.drawings(part_of(3)))


def test_drawings_on_a_transparent_ground(assert_equal, part_of, mnist):
    shown = pictures.digits_on_a_transparent_ground(mnist[: part_of(60)])
    assert_equal(shown, OPTIONS)


def test_noise_of_every_shape(assert_equal, part_of):
    shown = pictures.noise(part_of(60))
    assert_equal(shown, OPTIONS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sizes", "count"),
    [
        pytest.param(pictures.LARGE[:3], 1, id="few"),
        pytest.param(pictures.LARGE, 5, id="all", marks=pytest.mark.long),
    ],
)
def test_pictures_of_more_than_1024_pixels_a_side(assert_equal, mnist, sizes, count):
    shown = pictures.large(sizes, mnist[:count])
    assert_equal(shown, [("auto", True), ("auto", False)])


@pytest.mark.slow
def test_symmetric_and_empty_pictures(assert_equal):
    assert_equal(pictures.symmetric_and_empty())


def test_pictures_other_than_digits(assert_equal, part_of, mnist):
    shown = pictures.in_three_colours(mnist[: part_of(100)])
    assert_equal(shown, [(invert, False) for invert in choices.INVERT])
