"""A site's weights in float16 are those that an export writes with --tfjs_weights=float16."""

from __future__ import annotations

import dataclasses
import json
import struct

import pytest

from cnn_mnist.errors import ExportError
from cnn_mnist.exporting.tfjs import writer
from cnn_mnist.model_folder import checkpoints
from cnn_mnist.web import half_weights


def written(config, folder, stored_as):
    folder.mkdir()
    config = dataclasses.replace(config, tfjs_weights=stored_as)
    writer.write(config, checkpoints.find(config), str(folder))
    return json.loads((folder / "model.json").read_text()), (folder / "weights.bin").read_bytes()


def of(*specs):
    return {"weightsManifest": [{"paths": ["weights.bin"], "weights": list(specs)}]}


def spec(name="dense/kernel", shape=(3,), **others):
    return {"name": name, "shape": list(shape), "dtype": "float32", **others}


def test_the_bytes_are_those_of_an_export_in_float16(trained, tmp_path):
    whole = written(trained, tmp_path / "float32", "float32")
    assert half_weights.halved(*whole, "model.json") == written(
        trained, tmp_path / "float16", "float16"
    )


@pytest.mark.parametrize("stored_as", ["float16", "uint8"])
def test_fewer_bytes_stay_as_they_are(trained, tmp_path, stored_as):
    model, weights = written(trained, tmp_path / stored_as, stored_as)
    assert half_weights.halved(model, weights, "model.json") == (model, weights)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("dense/kernel", (1.0, 70_000.0, -3.0)),
        ("batch_normalization/moving_variance", (1.0, 1e-9, 3.0)),
    ],
)
def test_what_float16_cannot_hold_stays_in_float32(name, values):
    model, weights = of(spec(name)), struct.pack("<3f", *values)
    assert half_weights.halved(model, weights, "model.json") == (model, weights)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({}, "m.json: weightsManifest is damaged; export again"),
        (of({"name": "dense/kernel"}), "m.json: weightsManifest is damaged; export again"),
        (of(spec(shape=(4,))), "m.json describes 16 bytes of weights, but weights.bin has 12; exp"),
    ],
)
def test_a_damaged_export_is_an_error(model, words):
    with pytest.raises(ExportError, match=words):
        half_weights.halved(model, bytes(12), "m.json")
