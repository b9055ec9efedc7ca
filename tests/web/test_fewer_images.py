"""A site gets some of the images of an export, with their own labels."""

from __future__ import annotations

import io
import json
import pathlib
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from cnn_mnist.errors import ExportError
from cnn_mnist.exporting.tfjs import sprite
from cnn_mnist.web import fewer_images


@pytest.fixture(autouse=True)
def smaller(monkeypatch):
    monkeypatch.setattr(fewer_images, "TRAIN", 40)
    monkeypatch.setattr(fewer_images, "TEST", 20)


@pytest.fixture
def data(small, tmp_path):
    return pathlib.Path(sprite.write(str(tmp_path), small))


def rows_of(content):
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture).reshape(-1, 28, 28, 1)


def test_the_first_images_with_their_labels(data, small):
    files = fewer_images.some(str(data))
    assert sorted(files) == ["data.json", "images.png", "labels.bin", "samples.png"]
    rows, labels = rows_of(files["images.png"]), list(files["labels.bin"])
    np.testing.assert_array_equal(rows[:40], small.train.images[:40])
    np.testing.assert_array_equal(rows[40:], small.test.images[:20])
    assert labels == [*small.train.labels[:40], *small.test.labels[:20]]
    facts = json.loads(files["data.json"])
    before = json.loads((data / "data.json").read_text())
    assert facts.pop("samples") == 20
    del before["sha256"], before["samples"]
    assert facts == {**before, "train": 40, "test": 20}


def test_test_images_begin_with_a_row_that_stands_alone(data, small):
    rows = len(small.train) + len(small.test)
    # Up, the filter of the first test image, refers to the row above.
    filters = [2 if row == len(small.train) else 0 for row in range(rows)]
    (data / "images.png").write_bytes(filtered_png(small, filters))
    files = fewer_images.some(str(data))
    np.testing.assert_array_equal(rows_of(files["images.png"])[40:], small.test.images[1:21])
    assert list(files["labels.bin"])[40:] == [*small.test.labels[1:21]]
    assert "samples.png" not in files and "samples" not in json.loads(files["data.json"])


def filtered_png(small, filters):
    pixels = np.concatenate([small.train.images, small.test.images]).reshape(len(filters), 784)
    lines = []
    for row, kind in enumerate(filters):
        above = pixels[row - 1] if kind == 2 else np.zeros(784, np.uint8)
        lines.append(bytes([kind]) + (pixels[row] - above).tobytes())
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 784, len(filters), 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"".join(lines))),
        (b"IEND", b""),
    ]
    written = [
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(content))
        for kind, content in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("data.json", b"{", "data.json is damaged"),
        ("data.json", b'{"train": 1}', "data.json is damaged"),
        ("data.json", b'{"train": 0, "test": 1}', "data.json counts no images"),
        ("labels.bin", b"1", "labels.bin does not fit data.json"),
        ("images.png", b"not a picture at all", "images.png does not fit data.json"),
        ("images.png", b"", "images.png does not fit data.json"),
    ],
)
def test_damaged_images_are_an_error(data, name, content, words):
    (data / name).write_bytes(content)
    with pytest.raises(ExportError, match=words):
        fewer_images.some(str(data))
