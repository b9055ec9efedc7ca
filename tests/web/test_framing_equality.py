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
import pytest
from PIL import Image, ImageDraw, ImageFilter

from cnn_mnist.config import fields
from cnn_mnist.data import framing, idx
from cnn_mnist.data.tfds import SHIPPED_MNIST
from cnn_mnist.tf_compat import tf

SCRIPT = pathlib.Path(__file__).parent / "frame_pictures.mjs"
# On other processors TensorFlow may fuse a product and a sum, which rounds once instead of twice.
IS_EXACT = platform.machine() in ("x86_64", "AMD64")
OPTIONS = [(invert, digits) for invert in fields.INVERT for digits in (True, False)]

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
            framed = framing.frame(contents, invert, digits)
        session = tf.Session(graph=graph)
        callables[invert, digits] = session.make_callable(framed, feed_list=[contents])

    def frame(pictures, invert, digits):
        files = [_as_png(picture) for picture in pictures]
        return callables[invert, digits](files).reshape(-1, 784)

    return frame


@pytest.fixture(params=[0.3, pytest.param(1, marks=pytest.mark.slow)])
def part_of(request):
    """A function that gives a part of a number of pictures, and in the slow tests all of them."""
    return lambda count: math.ceil(count * request.param)


@pytest.fixture
def assert_equal(frame_in_python, tmp_path):
    """A function that frames pictures, uint8 `[height, width, 4]`, on both sides and compares."""

    def check(pictures, invert="auto", digits=True):
        expected = frame_in_python(pictures, invert, digits)
        found = _frame_in_javascript(tmp_path, pictures, invert, digits)
        differences = np.abs(found.astype(int) - expected)
        count, most = np.count_nonzero(differences), differences.max()
        sizes = [pictures[i].shape[:2] for i in np.flatnonzero(differences.any(axis=1))]
        message = f"{count} pixels differ, by up to {most} of 255, in pictures of {sizes}"
        assert count == 0 or (not IS_EXACT and most == 1 and count < found.size / 1000), message
        return found

    return check


def _as_png(picture):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=0)
    return file.getvalue()


def _frame_in_javascript(folder, pictures, invert, digits):
    about = [
        {"width": p.shape[1], "height": p.shape[0], "invert": invert, "digits": digits}
        for p in pictures
    ]
    (folder / "pictures.json").write_text(json.dumps(about))
    (folder / "pictures.bin").write_bytes(b"".join(p.tobytes() for p in pictures))
    subprocess.run(["node", SCRIPT, folder], check=True, timeout=300)
    return np.fromfile(folder / "framed.bin", np.uint8).reshape(-1, 784)


def opaque(grey):
    return np.dstack([grey, grey, grey, np.full_like(grey, 255)])


def enlarged(digit, width, height, blur=0.0):
    image = Image.fromarray(digit).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(blur)))


def drawing(rng, width, height, brush, ink=0, ground=255):
    """A few strokes with round ends, not antialiased."""
    image = Image.new("L", (width, height), ground)
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(1, 4)):
        places = [(rng.uniform(0, width), rng.uniform(0, height)) for _ in range(5)]
        draw.line(places, ink, brush, "curve")
    return np.asarray(image)


def test_pictures_of_28_by_28_of_any_colour_and_transparency(assert_equal, part_of):
    rng = np.random.default_rng(1)
    pictures = list(rng.integers(0, 256, (part_of(300), 28, 28, 4), np.uint8))
    for picture in pictures[::2]:
        picture[..., 3] = 255
    for invert, digits in OPTIONS:
        assert_equal(pictures, invert, digits)


def test_mnist_is_unchanged(assert_equal, mnist):
    digits = mnist[:1000]
    found = assert_equal([opaque(digit) for digit in digits])
    assert np.array_equal(found, digits.reshape(-1, 784))


def test_enlarged_digits_sharp_and_blurred_light_and_dark(assert_equal, part_of, mnist):
    rng = np.random.default_rng(2)
    pictures = []
    for number, digit in enumerate(mnist[: part_of(150)]):
        grey = enlarged(digit, *rng.integers(20, 400, 2).tolist(), blur=number % 5)
        pictures.append(opaque(255 - grey if number % 2 else grey))
    assert_equal(pictures)


def test_drawings_with_thick_and_thin_brushes(assert_equal, part_of):
    rng = np.random.default_rng(3)
    pictures = [
        opaque(drawing(rng, 280, 280, brush, *ink))
        for brush in (1, 2, 5, 12, 20, 35, 60)
        for ink in ((0, 255), (255, 0), (90, 160), (200, 60), (120, 131))
        for _ in range(part_of(3))
    ]
    assert_equal(pictures)


def test_drawings_on_a_transparent_ground(assert_equal, part_of, mnist):
    """Only the ink is opaque, as on a canvas without a background."""
    pictures = []
    for number, digit in enumerate(mnist[: part_of(60)]):
        alpha = enlarged(digit, 90, 120, blur=number % 3)
        colour = np.full((120, 90, 3), (number * 37 % 256, 255 * (number % 2), 128), np.uint8)
        pictures.append(np.dstack([colour, alpha]))
    for invert, digits in OPTIONS:
        assert_equal(pictures, invert, digits)


def test_noise_of_every_shape(assert_equal, part_of):
    rng = np.random.default_rng(4)
    sizes = [(1, 1), (1, 2), (2, 1), (1, 300), (300, 1), (27, 28), (28, 29), (20, 20), (1024, 3)]
    sizes += rng.integers(1, 250, (part_of(60), 2)).tolist()
    pictures = [rng.integers(0, 256, (*size, 4), np.uint8) for size in sizes]
    for invert, digits in OPTIONS:
        assert_equal(pictures, invert, digits)


LARGE = [(1025, 1), (3, 1500), (700, 1400), (1025, 1025), (1500, 900), (1499, 1024)]


@pytest.mark.parametrize(
    ("sizes", "count"),
    [
        pytest.param(LARGE[:3], 1, id="few"),
        pytest.param(LARGE, 5, id="all", marks=pytest.mark.slow),
    ],
)
def test_pictures_of_more_than_1024_pixels_a_side(assert_equal, mnist, sizes, count):
    rng = np.random.default_rng(5)
    pictures = [rng.integers(0, 256, (h, w, 4), np.uint8) for w, h in sizes]
    pictures += [opaque(enlarged(digit, 1300, 1200, 3)) for digit in mnist[:count]]
    pictures += [opaque(drawing(rng, 1400, 1050, 80)) for _ in range(count)]
    pictures += [
        np.dstack([np.zeros((1100, 1100, 3), np.uint8), enlarged(digit, 1100, 1100, 9)])
        for digit in mnist[:count]
    ]
    for digits in (True, False):
        assert_equal(pictures, digits=digits)


def test_symmetric_and_empty_pictures(assert_equal):
    """Pictures for which the last bit of a sum could decide where they are centred."""
    pictures = []
    for width in range(1, 22):
        for height in (1, 2, 9, 20, 41):
            grey = np.zeros((height + 8, width + 8), np.uint8)
            grey[4:-4, 4:-4] = 255
            pictures += [opaque(grey), opaque(255 - grey), opaque(grey // 11), opaque(grey * 0)]
    assert_equal(pictures)


def test_pictures_other_than_digits(assert_equal, part_of, mnist):
    rng = np.random.default_rng(6)
    pictures = []
    for number, digit in enumerate(mnist[: part_of(100)]):
        grey = enlarged(digit, *rng.integers(10, 500, 2).tolist(), blur=number % 4)
        colours = [np.roll(grey, shift, axis=1) for shift in (0, 3, 7)]
        pictures.append(np.dstack([*colours, np.full_like(grey, 255)]))
    for invert in fields.INVERT:
        assert_equal(pictures, invert, digits=False)
