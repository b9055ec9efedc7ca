"""The graph that frames pictures: digits where MNIST has them, and an error for each bad picture.

test_images.py tests it on files of every kind, through `data.images.read`.
"""

from __future__ import annotations

import io
import os
import struct

import numpy as np
import pytest
from PIL import Image

from cnn_mnist.data import idx
from cnn_mnist.data.framing import constants as framing_constants
from cnn_mnist.data.framing import graph_digits, graph_framing, numpy_framing
from cnn_mnist.data.tfds import SHIPPED_MNIST
from cnn_mnist.tf_compat import tf


@pytest.fixture(scope="module")
def mnist():
    """uint8 `[10000, 28, 28]`."""
    return idx.read_images(os.path.join(SHIPPED_MNIST, "t10k-images-idx3-ubyte.gz"))[..., 0]


@pytest.fixture(scope="module")
def frame():
    """`data.framing.frame` as a function of a list of bytes."""
    with tf.Graph().as_default() as graph:
        contents = tf.placeholder(tf.string, [None])
        framed = graph_framing.frame(contents)
    return tf.Session(graph=graph).make_callable(framed, feed_list=[contents])


def encoded(pixels, form="PNG", **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form, **options)
    return file.getvalue()


def large(digit):
    return np.pad(np.kron(digit, np.ones((5, 5), np.uint8)), 30)


def test_each_picture_becomes_uint8_28_28_1(frame, mnist):
    found = frame([encoded(mnist[0]), encoded(large(mnist[1])), encoded(large(mnist[2]), "JPEG")])
    assert (found.shape, found.dtype) == ((3, 28, 28, 1), np.uint8)
    assert np.array_equal(found[0, ..., 0], mnist[0])


def test_an_empty_batch_gives_an_empty_batch(frame):
    found = frame([])
    assert (found.shape, found.dtype) == ((0, 28, 28, 1), np.uint8)


def test_a_picture_does_not_depend_on_the_others_in_its_batch(frame, mnist):
    contents = [encoded(large(digit), form) for digit in mnist[:5] for form in ("PNG", "JPEG")]
    alone = np.concatenate([frame([content]) for content in contents])
    assert np.array_equal(frame(contents), alone)


def test_every_digit_is_centred_where_mnist_has_it(mnist):
    """MNIST's own 20x20 boxes, centred again, stay exactly where they were: 2,000 of 2,000."""
    with tf.Graph().as_default(), tf.Session() as session:
        ink = tf.placeholder(tf.int32, [None, None])
        corner = [graph_digits._corner(ink, axis) for axis in (0, 1)]
        corner = session.make_callable(corner, feed_list=[ink])
        moved = 0
        for digit in mnist[:2000]:
            rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
            cut = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            moved += corner(cut) != [rows[0], columns[0]]
    assert moved == 0


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_grey_of_fewer_than_8_bits_is_not_transparent(frame, mnist, bits):
    """TensorFlow decodes it with an alpha channel of 1, 3 or 15 out of 255."""
    levels = 2**bits - 1
    picture = np.rint(large(mnist[0]) / 255 * levels).astype(np.uint8)
    palette = Image.fromarray(picture).convert("P")
    palette.putpalette(
        [value for level in range(levels + 1) for value in [level * 255 // levels] * 3]
    )
    file = io.BytesIO()
    palette.save(file, "PNG", bits=bits)
    assert file.getvalue()[24] == bits
    expected = frame([encoded((picture.astype(int) * 255 // levels).astype(np.uint8))])
    assert np.array_equal(frame([file.getvalue()]), expected)


# Bad input: the second picture of a batch.


def truncated(content):
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    "bad, message",
    [
        (b"hello", r"\[image_bytes: picture\] \[1\] \[is neither PNG nor JPEG\]"),
        (b"", r"\[1\] \[is neither PNG nor JPEG\]"),
        (encoded(np.zeros((9, 9), np.uint8), "GIF"), r"\[1\] \[is neither PNG nor JPEG\]"),
        (framing_constants.PNG_START, r"\[1\] \[is larger than 16,384 pixels a side\]|size"),
        (framing_constants.JPEG_START, "Invalid JPEG data"),
        (truncated(encoded(np.eye(90, dtype=np.uint8))), "Invalid PNG data"),
        (truncated(encoded(np.eye(90, dtype=np.uint8), "JPEG")), "Invalid JPEG data"),
        (
            encoded(np.zeros((2, 20_000), np.uint8)),
            r"\[1\] \[is larger than 16,384 pixels a side\]",
        ),
        (
            encoded(np.zeros((2, 20_000), np.uint8), "JPEG"),
            r"\[1\] \[is larger than 16,384 pixels a side\]",
        ),
        (
            encoded(np.zeros((8_000, 8_000), np.uint8)),
            r"\[1\] \[has more than 50,000,000 pixels\]",
        ),
        (
            encoded(np.eye(90, dtype=np.uint8)) + bytes(2**26),
            r"\[1\] \[has more than 67,108,864 bytes\]",
        ),
        (
            framing_constants.JPEG_START + b"\xff\xda" * 120,
            r"\[1\] \[is a JPEG file with too many scans\]",
        ),
    ],
    ids=[
        "text",
        "empty",
        "gif",
        "png-start",
        "jpeg-start",
        "cut-png",
        "cut-jpeg",
        "wide-png",
        "wide-jpeg",
        "pixels",
        "bytes",
        "scans",
    ],
)
def test_a_picture_that_cannot_be_used_raises_an_error_with_its_index(frame, mnist, bad, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        frame([encoded(mnist[0]), bad])


# A budget of pixels for all pictures of a request.


def png_of(width, height):
    """A PNG file's header without any pixels, which cannot be decoded."""
    return framing_constants.PNG_START + struct.pack(
        ">I4s2I5B", 13, b"IHDR", width, height, *[8] * 5
    )


def jpeg_of(width, height, more_scans=0):
    """The same for a JPEG file."""
    content = encoded(np.eye(9, dtype=np.uint8), "JPEG")
    start = content.index(b"\xff\xc0") + 5
    size = struct.pack(">2H", height, width)
    return content[:start] + size + content[start + 4 : -2] + framing_constants.SCAN * more_scans


@pytest.mark.parametrize(
    ("contents", "count"),
    [
        ([png_of(7_000, 7_000)] * 8, 392_000_000),
        ([jpeg_of(7_000, 7_000), png_of(7_000, 7_000)] * 2, 196_000_000),
        ([png_of(10_000, 5_000)] * 2 + [png_of(1, 1)], 100_000_001),
        ([jpeg_of(7_000, 2_000, more_scans=80)], 112_000_000),
    ],
    ids=["png", "jpeg", "one-more", "scans"],
)
def test_pictures_of_too_many_pixels_in_all_are_refused_before_one_is_decoded(
    frame, contents, count
):
    words = rf"\[image_bytes: pixels in one request:\] \[{count}\] \[allowed: 100,000,000 in all\]"
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        frame(contents)


@pytest.mark.parametrize(
    "contents",
    [
        [png_of(10_000, 5_000)] * 2,
        [png_of(280, 280)] * 1_000,
        [jpeg_of(4_000, 3_000, more_scans=11)] * 8,
    ],
    ids=["two-largest", "1000-drawings", "photographs"],
)
def test_so_many_pictures_are_not_refused_for_their_pixels(frame, contents):
    with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid (PNG|JPEG)"):
        frame(contents)
    assert sum(map(numpy_framing.count_pixels, contents)) <= framing_constants.MOST_PIXELS_IN_ALL
