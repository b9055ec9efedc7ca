"""IDX files are read exactly; every kind of damage is named with the file and what was found."""

import gzip
import hashlib
import importlib.util
import pathlib
import struct

import numpy as np
import pytest
from memory import peak_memory

from cnn_mnist.data import idx
from cnn_mnist.data.tfds import SHIPPED_MNIST
from cnn_mnist.errors import UserError

SHA256 = {
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    "train-images-idx3-ubyte.gz": (
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
    ),
    "train-labels-idx1-ubyte.gz": (
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
    ),
}
SHIPPED = pathlib.Path(SHIPPED_MNIST)
MEBIBYTE = 1 << 20

PIXELS = np.arange(3 * 28 * 28).astype(np.uint8).reshape(3, 28, 28, 1)
LABELS = np.array([7, 0, 9])


def image_bytes(pixels=PIXELS, count=None):
    sizes = (len(pixels) if count is None else count, *pixels.shape[1:3])
    return struct.pack(">4B3I", 0, 0, 8, 3, *sizes) + pixels.tobytes()


def label_bytes(labels=LABELS, count=None):
    header = struct.pack(">4BI", 0, 0, 8, 1, len(labels) if count is None else count)
    return header + bytes(list(labels))


@pytest.fixture
def refusal(tmp_path):
    """Writes a file, and returns the error message of reading it without the file's name."""

    def read(content, reader=idx.read_images, **options):
        path = tmp_path / "file"
        path.write_bytes(content)
        with pytest.raises(UserError) as caught:
            reader(str(path), **options)
        message = str(caught.value)
        assert message.startswith(str(path))
        assert "\n" not in message
        return message.removeprefix(str(path))

    return read


@pytest.mark.parametrize("name", SHA256)
def test_the_shipped_files_are_the_original_ones(name):
    assert hashlib.sha256((SHIPPED / name).read_bytes()).hexdigest() == SHA256[name]


def test_the_sha256_are_those_that_tensorflow_datasets_records():
    """The file of records is read without importing TFDS; its place depends on the version."""
    package = importlib.util.find_spec("tensorflow_datasets")
    places = ["url_checksums/mnist.txt", "datasets/mnist/checksums.tsv"]
    folder = pathlib.Path(package.origin).parent if package else pathlib.Path("missing")
    files = [folder / place for place in places if (folder / place).is_file()]
    if not files:
        pytest.skip("this tensorflow-datasets keeps its checksums elsewhere")
    rows = [line.split("\t") for line in files[0].read_text().splitlines()]
    assert {url.rsplit("/", 1)[1]: sha256 for url, size, sha256, *rest in rows} == SHA256


def test_the_shipped_test_set_is_read_whole():
    images = idx.read_images(str(SHIPPED / "t10k-images-idx3-ubyte.gz"))
    labels = idx.read_labels(str(SHIPPED / "t10k-labels-idx1-ubyte.gz"))
    assert (images.shape, images.dtype) == ((10000, 28, 28, 1), np.uint8)
    assert (labels.shape, labels.dtype) == ((10000,), np.int32)
    assert labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_the_shipped_training_set_is_read_whole():
    images = idx.read_images(str(SHIPPED / "train-images-idx3-ubyte.gz"))
    labels = idx.read_labels(str(SHIPPED / "train-labels-idx1-ubyte.gz"))
    assert images.shape == (60000, 28, 28, 1)
    assert images.mean() / 255 == pytest.approx(0.1306605)
    assert np.bincount(labels).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_what_was_written_is_read_back(tmp_path, pack):
    (tmp_path / "images").write_bytes(pack(image_bytes()))
    (tmp_path / "labels").write_bytes(pack(label_bytes()))
    assert np.array_equal(idx.read_images(str(tmp_path / "images")), PIXELS)
    assert np.array_equal(idx.read_labels(str(tmp_path / "labels")), LABELS)


def test_empty_files_and_other_image_sizes_are_read(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(image_bytes(PIXELS[:0]))
    assert idx.read_images(str(path)).shape == (0, 28, 28, 1)
    path.write_bytes(image_bytes(PIXELS.reshape(6, 14, 28, 1)))
    assert idx.read_images(str(path), height=14).shape == (6, 14, 28, 1)


@pytest.mark.parametrize(
    "content, found",
    [
        (b"", "nothing"),
        (b"\0\0\x08", "00 00 08"),
        (b"hello, world", "68 65 6c 6c"),
        (b"\0\1\x08\x03" + bytes(12), "00 01 08 03"),
        (gzip.compress(b"", mtime=0), "nothing"),
        (gzip.compress(b"hello", mtime=0), "68 65 6c 6c"),
        (b"\x89PNG\r\n\x1a\n", "89 50 4e 47"),
    ],
)
def test_a_file_with_other_first_bytes_is_not_an_idx_file(refusal, content, found):
    assert refusal(content) == (
        f" is not an IDX file: expected 00 00 08 03 as its first bytes, found {found}"
    )


def test_numbers_of_another_type_are_named(refusal):
    assert refusal(b"\0\0\x0d\x03" + bytes(12)) == (
        " holds IDX numbers of type 0x0d; expected 0x08, unsigned bytes"
    )


def test_labels_in_place_of_images_are_named_and_the_other_way_round(refusal):
    assert refusal(label_bytes()) == (
        " has 1 IDX dimensions; expected 3, for images (three dimensions)"
    )
    assert refusal(image_bytes(), idx.read_labels) == (
        " has 3 IDX dimensions; expected 1, for labels (one dimension)"
    )


@pytest.mark.parametrize("length", [4, 8, 15])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_truncated_header_is_named(refusal, length, pack):
    assert refusal(pack(image_bytes()[:length])) == " is truncated: it ends within its header"


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_truncated_file_is_named_with_both_lengths(refusal, pack):
    assert refusal(pack(image_bytes()[:-1])) == (
        " is truncated: its header says 2,352 bytes follow, found only 2,351"
    )
    assert refusal(pack(label_bytes()[:-3]), idx.read_labels) == (
        " is truncated: its header says 3 bytes follow, found only 0"
    )


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_file_that_is_too_long_is_named(refusal, pack):
    message = " is too long: its header says 2,352 bytes follow, found more"
    assert refusal(pack(image_bytes() + b"x")) == message


@pytest.mark.parametrize("labels, position", [([10], 0), ([1, 2, 255, 11], 2)])
def test_a_label_out_of_range_is_named_with_its_place(refusal, labels, position):
    assert refusal(label_bytes(labels), idx.read_labels) == (
        f": label {position} is {labels[position]}; expected 0 to 9"
    )


def test_the_range_of_labels_follows_the_classes(refusal, tmp_path):
    assert refusal(label_bytes([2, 3]), idx.read_labels, classes=3) == (
        ": label 1 is 3; expected 0 to 2"
    )
    (tmp_path / "x").write_bytes(label_bytes([46]))
    assert idx.read_labels(str(tmp_path / "x"), classes=47).tolist() == [46]


def test_images_of_another_size_are_named_with_both_sizes(refusal):
    assert refusal(image_bytes(PIXELS.reshape(6, 14, 28, 1))) == (
        " holds images of 14x28 pixels; expected 28x28"
    )


@pytest.mark.parametrize("cut", [1, 8, 100])
def test_a_gzip_stream_cut_short_is_named(refusal, cut):
    pixels = np.random.RandomState(1).randint(0, 256, PIXELS.shape).astype(np.uint8)
    packed = gzip.compress(image_bytes(pixels))
    assert refusal(packed[:-cut]) == " is truncated: the gzip stream ends too soon"


def test_a_gzip_stream_with_wrong_bytes_is_named(refusal):
    packed = bytearray(gzip.compress(image_bytes()))
    packed[-8] ^= 1  # in the checksum
    assert refusal(bytes(packed)).startswith(" cannot be read: CRC check failed")
    packed = bytearray(gzip.compress(image_bytes()))
    packed[10] = 0xFF  # the first byte of the compressed data
    assert refusal(bytes(packed)).startswith(" cannot be read: Error -3 while decompressing")


def test_more_items_than_are_plausible_are_named(refusal):
    assert refusal(image_bytes(count=10_000_001)) == (
        " says it holds 10,000,001 items; allowed: 10,000,000"
    )


def test_a_huge_file_is_refused_by_its_size(tmp_path):
    """The file is sparse: its 7.9 GB take no room on disk."""
    path = tmp_path / "x"
    with open(path, "wb") as file:
        file.write(image_bytes())
        file.truncate(7_900_000_000)
    with pytest.raises(UserError) as caught:
        idx.read_images(str(path))
    assert str(caught.value) == f"{path} has 7,900,000,000 bytes; allowed: 7,840,000,016"


def test_a_gzip_bomb_costs_no_more_than_its_header_promises(refusal):
    """300 MiB of zeros in 300 kB, behind a header that promises 3 images."""
    bomb = gzip.compress(image_bytes()) + gzip.compress(bytes(MEBIBYTE)) * 300
    message, peak = peak_memory(refusal, bomb)
    assert message == " is too long: its header says 2,352 bytes follow, found more"
    assert peak < 4 * MEBIBYTE


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_header_that_promises_gigabytes_costs_no_more_than_the_file_holds(refusal, pack):
    message, peak = peak_memory(refusal, pack(image_bytes(count=10_000_000)))
    assert message == (
        " is truncated: its header says 7,840,000,000 bytes follow, found only 2,352"
    )
    assert peak < 4 * MEBIBYTE


@pytest.mark.parametrize("reader", [idx.read_images, idx.read_labels])
def test_a_missing_file_is_named(tmp_path, reader):
    with pytest.raises(UserError) as caught:
        reader(str(tmp_path / "none"))
    assert str(caught.value) == f"{tmp_path / 'none'} is missing"


def test_a_folder_in_place_of_a_file_is_named(tmp_path):
    with pytest.raises(UserError) as caught:
        idx.read_images(str(tmp_path))
    assert str(caught.value).startswith(f"{tmp_path} cannot be read: ")
    assert "Is a directory" in str(caught.value)


def test_a_file_that_may_not_be_read_is_named(monkeypatch):
    """`open` is replaced by a function that refuses, since root may read everything."""

    def refuse(path, mode):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(idx, "open", refuse, raising=False)
    with pytest.raises(UserError) as caught:
        idx.read_labels("/data/x")
    assert str(caught.value).startswith("/data/x cannot be read: ")
    assert "Permission denied" in str(caught.value)
