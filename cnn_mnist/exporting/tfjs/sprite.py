"""Writes a data set's images as one picture, a sprite, which a browser fetches in one request.

TensorFlow.js's MNIST tutorial uses the same layout: a PNG with one image per row, and the labels
as bytes (https://codelabs.developers.google.com/codelabs/tfjs-training-classfication).
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from typing import Any

import numpy as np
from PIL import Image

from cnn_mnist.data import appearance
from cnn_mnist.data.loading import Dataset
from cnn_mnist.model_folder import exports
from cnn_mnist.support.files import parsed_json

FOLDER = "data"
"""Lies beside the version folders; servers ignore it because its name is not a number."""
IMAGES_FILE = "images.png"
LABELS_FILE = "labels.bin"
FACTS_FILE = "data.json"
SAMPLES_FILE = "samples.png"

MOST_TRAIN = 55_000
MOST_TEST = 10_000
"""The counts of TensorFlow.js's tutorial; a page would take long to fetch more."""
MOST_SAMPLES = 240
"""Test images in a file of their own, 40 kB of MNIST: a page that only shows some needs no more."""

# MNIST: 10.7 MB in 0.6 s. zlib's default strategy takes 1.5 s for the same size, and level 9
# takes 15 s for 2 % less.
_LEVEL, _STRATEGY = 6, zlib.Z_RLE
_LARGEST_FACTS = 100_000


def write(folder: str, dataset: Dataset) -> str:
    """Writes `<folder>/data` atomically, unless it holds the same data already.

    `images.png` is 8-bit grey, `[count, 784]`, one image per row; `labels.bin` holds uint8
    `[count]`. Both have the first `MOST_TRAIN` training images, then the first `MOST_TEST` test
    images, in the data set's order. `samples.png` repeats the first `MOST_SAMPLES` test images.
    `data.json` describes them; its sha256 is that of all labels followed by all pixels.

    Args:
      folder: the folder of the model's versions.
      dataset: the data.

    Returns:
      The folder of the data.

    Raises:
      OSError: a file cannot be written; the folder is then as it was, or missing.
    """
    train, test = dataset.train.take(slice(MOST_TRAIN)), dataset.test.take(slice(MOST_TEST))
    pixels = np.concatenate([train.images, test.images]).reshape(len(train) + len(test), -1)
    labels = np.concatenate([train.labels, test.labels]).astype(np.uint8)
    facts = {
        "dataset": dataset.name,
        "train": len(train),
        "test": len(test),
        "samples": min(MOST_SAMPLES, len(test)),
        "classes": list(dataset.class_names),
        "digits": appearance.is_framed_as_mnist(dataset.name, dataset.train.images),
        "sha256": _sha256(labels, pixels),
    }
    data = os.path.join(folder, FOLDER)
    if not _holds(data, facts):
        with exports.unfinished(folder) as place:
            _publish(_write(place, pixels, labels, facts), data, facts)
    return data


def _sha256(*arrays: np.ndarray) -> str:
    found = hashlib.sha256()
    for array in arrays:
        found.update(array.data)
    return found.hexdigest()


def _write(place: str, pixels: np.ndarray, labels: np.ndarray, facts: dict[str, Any]) -> str:
    written = os.path.join(place, FOLDER)
    os.mkdir(written)
    samples = pixels[facts["train"] :][: facts["samples"]]
    for name, shown in ((IMAGES_FILE, pixels), (SAMPLES_FILE, samples)):
        picture = Image.fromarray(shown)
        path = os.path.join(written, name)
        picture.save(path, compress_level=_LEVEL, compress_type=_STRATEGY)
    with open(os.path.join(written, LABELS_FILE), "wb") as file:
        file.write(labels.tobytes())
    with open(os.path.join(written, FACTS_FILE), "w", encoding="utf-8") as file:
        file.write(json.dumps(facts, indent=1) + "\n")
    return written


def _publish(written: str, data: str, facts: dict[str, Any]) -> None:
    """Moves the new folder into place, and an old one into the temporary folder."""
    if os.path.lexists(data):
        os.rename(data, f"{written}.old")
    try:
        os.rename(written, data)
    # Another process may have written it first.
    except OSError:
        if not _holds(data, facts):
            raise


def _holds(data: str, facts: dict[str, Any]) -> bool:
    files = [os.path.join(data, name) for name in (IMAGES_FILE, SAMPLES_FILE, LABELS_FILE)]
    try:
        with open(os.path.join(data, FACTS_FILE), encoding="utf-8-sig") as file:
            stored = parsed_json(file.read(_LARGEST_FACTS))
    except (OSError, ValueError):
        return False
    return bool(stored == facts) and all(os.path.isfile(path) for path in files)
