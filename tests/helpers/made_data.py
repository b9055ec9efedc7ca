"""Data sets of a few MNIST digits, written in the forms in which others hold them."""

from __future__ import annotations

import functools
import gzip
import io
import json
import os
import struct

import numpy as np
from PIL import Image

from cnn_mnist.data import idx
from cnn_mnist.data.tfds import SHIPPED_MNIST

PIXELS = ",".join(f"pixel{number}" for number in range(784))


@functools.cache
def _digits():
    images = idx.read_images(os.path.join(SHIPPED_MNIST, "t10k-images-idx3-ubyte.gz"))
    labels = idx.read_labels(os.path.join(SHIPPED_MNIST, "t10k-labels-idx1-ubyte.gz"))
    return images, labels


def examples(each, classes=10, first=0):
    """Images, uint8 `[each * classes, 28, 28]`, and labels from `first` on, class after class.

    The images of class n are of the digit n modulo 10, so that their pixels differ.
    """
    images, labels = _digits()
    chosen = [
        np.flatnonzero(labels == n % 10)[each * (n // 10) : each * (n // 10 + 1)]
        for n in range(classes)
    ]
    return images[np.concatenate(chosen)][..., 0], np.repeat(np.arange(classes), each) + first


def write_idx(path, array):
    """Writes unsigned bytes, or big-endian 32-bit numbers; gzipped where the name says so."""
    kind = 0x0C if array.dtype == np.dtype(">i4") else 0x08
    header = struct.pack(f">HBB{array.ndim}I", 0, kind, array.ndim, *array.shape)
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "wb") as file:
        file.write(header + (array if kind == 0x0C else array.astype(np.uint8)).tobytes())


def write_idx_set(folder, train, test, prefix="", test_part="t10k"):
    """Writes the four files of a set under MNIST's names, with a prefix before them."""
    folder.mkdir(exist_ok=True)
    for part, (images, labels) in (("train", train), (test_part, test)):
        write_idx(folder / f"{prefix}{part}-images-idx3-ubyte.gz", images)
        write_idx(folder / f"{prefix}{part}-labels-idx1-ubyte.gz", labels)


def csv_text(images, labels, head=f"label,{PIXELS}"):
    """Returns the lines of a CSV file, the label first; without labels for None."""
    rows = images.reshape(len(images), -1).tolist()
    if labels is not None:
        rows = [[label, *row] for label, row in zip(labels.tolist(), rows, strict=True)]
    lines = [",".join(map(str, row)) for row in rows]
    return "\n".join(([head] if head else []) + lines) + "\n"


def png(image):
    """Returns an image, `[28, 28]` or `[height, width, channels]`, as the bytes of a PNG file."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def animation(frames):
    """Returns frames, `[28, 28]` each, as the bytes of an animated GIF file."""
    file = io.BytesIO()
    first, *others = map(Image.fromarray, frames)
    first.save(file, "GIF", save_all=True, append_images=others)
    return file.getvalue()


def write_pictures(folder, images, labels, names=None):
    """Writes a PNG file for each image, into a folder of its class."""
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        of_class = folder / (names[label] if names else str(label))
        of_class.mkdir(parents=True, exist_ok=True)
        (of_class / f"img_{number}.png").write_bytes(png(image))


def write_parquet(path, images, labels, names=None):
    """Writes a file as Hugging Face does: a struct of bytes and path, a label, and the names."""
    import pyarrow as pa
    from pyarrow import parquet

    struct_type = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    pictures = [{"bytes": png(image), "path": f"{n}.png"} for n, image in enumerate(images)]
    table = pa.table(
        {"image": pa.array(pictures, struct_type), "label": pa.array(labels.tolist(), pa.int64())}
    )
    if names:
        features = {"image": {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}
        recorded = json.dumps({"info": {"features": features}})
        table = table.replace_schema_metadata({"huggingface": recorded})
    parquet.write_table(table, path)
