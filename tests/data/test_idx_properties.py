"""An IDX file with any content is read exactly or refused in one line that names it.

The examples are few and the same on every run; CNN_MNIST_EXAMPLES=50 tries many more,
different ones each time (tests/helpers/property_profile.py).
"""

import gzip
import os
import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from memory import peak_memory
from property_profile import tries

from cnn_mnist.data import idx
from cnn_mnist.errors import UserError

MEBIBYTE = 1 << 20


def header(kind, dimensions, *sizes):
    return struct.pack(f">4B{len(sizes)}I", 0, 0, kind, dimensions, *sizes)


def compress(content):
    return gzip.compress(content, compresslevel=1)


def compress_in_parts(content):
    """Returns several gzip members in a row, as `cat a.gz b.gz` makes them."""
    middle = len(content) // 2
    return compress(content[:middle]) + compress(b"") + compress(content[middle:])


PACKINGS = st.sampled_from([bytes, compress, compress_in_parts])
SIZES = st.one_of(
    st.integers(0, 30), st.sampled_from([10**7, 10**7 + 1, 2**31 - 1, 2**31, 2**32 - 1])
)
HEADERS = st.builds(
    lambda kind, dimensions, sizes: header(kind, dimensions, *sizes),
    st.sampled_from([8, 8, 8, 9, 0x0B, 0x0D, 0, 255]),
    st.sampled_from([1, 3, 3, 0, 2, 255]),
    st.lists(SIZES, max_size=4),
)
# A small image size, so that examples of a few bytes can be whole files.
HEIGHT, WIDTH = 3, 2
IMAGES = st.integers(0, 9).flatmap(
    lambda count: st.binary(min_size=count * 6, max_size=count * 6).map(
        lambda pixels: np.frombuffer(pixels, np.uint8).reshape(count, HEIGHT, WIDTH, 1)
    )
)
LABELS = st.lists(st.integers(0, 255), max_size=40)


def image_file(images):
    return header(8, 3, *images.shape[:3]) + images.tobytes()


def label_file(labels):
    return header(8, 1, len(labels)) + bytes(labels)


FILES = st.one_of(IMAGES.map(image_file), LABELS.map(label_file))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return str(tmp_path_factory.mktemp("idx") / "a file")


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def read(path, content, reader, **options):
    """Returns the array, or None if the file is correctly refused."""
    write(path, content)
    try:
        return reader(path, **options)
    except UserError as error:
        message = str(error)
        assert message.startswith((f"{path} ", f"{path}: "))
        assert len(message.splitlines()) == 1 and len(message) < len(path) + 300
        return None


def read_either(path, content):
    images = read(path, content, idx.read_images, height=HEIGHT, width=WIDTH)
    if images is not None:
        assert (images.dtype, images.shape[1:]) == (np.uint8, (HEIGHT, WIDTH, 1))
    labels = read(path, content, idx.read_labels)
    if labels is not None:
        assert (labels.dtype, labels.ndim) == (np.int32, 1)
        assert ((labels >= 0) & (labels < 10)).all()
    assert images is None or labels is None
    return images, labels


@tries(300)
@given(st.one_of(st.binary(max_size=100), st.builds(bytes.__add__, HEADERS, st.binary())), PACKINGS)
@example(b"", bytes)
@example(b"\x1f\x8b", bytes)
@example(b"\x1f\x8b\x08\x08" + bytes(6) + b"name without an end", bytes)
@example(compress(header(8, 1, 1) + b"\1"), compress)
def test_any_bytes_are_an_array_as_documented_or_refused_in_one_line(path, content, pack):
    read_either(path, pack(content))


@tries(300)
@given(st.data(), FILES, st.sampled_from([bytes, compress]))
def test_a_damaged_file_is_an_array_as_documented_or_refused_in_one_line(path, data, content, pack):
    content = bytearray(pack(content))
    places = st.integers(0, len(content) - 1)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=4)):
        content[place] = value
    cut = data.draw(st.one_of(st.none(), places))
    read_either(path, bytes(content[:cut]) + data.draw(st.binary(max_size=3)))


@tries(150)
@given(st.data(), FILES, PACKINGS)
def test_a_file_cut_off_anywhere_is_refused(path, data, content, pack):
    whole = pack(content)
    cut = data.draw(st.integers(0, len(whole) - 1))
    images, labels = read_either(path, whole[:cut])
    # Losing an empty member at the end of a gzip file loses no data.
    if pack is not compress_in_parts:
        assert images is None and labels is None


@tries(200)
@given(IMAGES, PACKINGS)
def test_images_are_read_back_equal(path, images, pack):
    found = read(path, pack(image_file(images)), idx.read_images, height=HEIGHT, width=WIDTH)
    assert found is not None and np.array_equal(found, images)


@tries(200)
@given(LABELS, st.integers(1, 256), PACKINGS)
def test_labels_are_read_back_equal_or_the_first_out_of_range_is_named(path, labels, classes, pack):
    write(path, pack(label_file(labels)))
    wrong = [place for place, label in enumerate(labels) if label >= classes]
    if not wrong:
        assert idx.read_labels(path, classes).tolist() == labels
        return
    with pytest.raises(UserError) as caught:
        idx.read_labels(path, classes)
    assert str(caught.value) == (
        f"{path}: label {wrong[0]} is {labels[wrong[0]]}; expected 0 to {classes - 1}"
    )


@tries(60)
@given(st.one_of(HEADERS, SIZES.map(lambda n: header(8, 3, n, 3, 2))), st.binary(), PACKINGS)
@example(header(8, 3, 10**7, 3, 2), bytes(100), bytes)
@example(header(8, 1, 10**7), bytes(100), compress)
def test_reading_takes_little_memory_whatever_the_header_promises(path, head, rest, pack):
    _, peak = peak_memory(read_either, path, pack(head + rest))
    assert peak < 3 * MEBIBYTE + 20 * len(rest)


@tries(6)
@given(st.integers(1, 10**7), st.integers(0, 40))
def test_a_gzip_bomb_costs_no_more_memory_than_its_header_promises(path, count, mebibytes):
    """Zeros, which gzip packs to a thousandth of their size."""
    bomb = compress(header(8, 3, count, HEIGHT, WIDTH)) + compress(bytes(MEBIBYTE)) * mebibytes
    (images, labels), peak = peak_memory(read_either, path, bomb)
    assert images is None and labels is None
    assert peak < 3 * MEBIBYTE + 1.2 * min(count * 6, mebibytes * MEBIBYTE)


@pytest.mark.parametrize("promised", [200, 7_000])
def test_a_gzip_bomb_that_keeps_its_promise_is_refused_early(path, promised):
    """The file holds 200 of the 7,000 MiB promised, in 200 kB; neither may be read whole."""
    bomb = compress(header(8, 3, promised * MEBIBYTE // 784, 28, 28))
    bomb += gzip.compress(bytes(MEBIBYTE)) * 200
    write(path, bomb)

    def refusal():
        with pytest.raises(UserError) as caught:
            idx.read_images(path)
        return str(caught.value)

    message, peak = peak_memory(refusal)
    assert message == (
        f"{path} unpacks to more than 100 times its {os.path.getsize(path):,} bytes, "
        "which no real images do"
    )
    assert peak < 80 * MEBIBYTE
