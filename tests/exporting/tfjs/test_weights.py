"""Weights that a browser saved are read back exactly, or refused in one line."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from cnn_mnist.errors import UserError
from cnn_mnist.exporting.tfjs import weights as tfjs_weights

NAMES = ["a/kernel", "a/bias"]
SHAPES = [(2, 3), (3,)]
KERNEL = np.arange(6, dtype=np.float32).reshape(2, 3) / 4
BIAS = np.float32([-1, 0, 1])
WEIGHTS = [
    {"name": "a/kernel", "shape": [2, 3], "dtype": "float32"},
    {"name": "a/bias", "shape": [3], "dtype": "float32"},
]
BYTES = KERNEL.tobytes() + BIAS.tobytes()


def model(weights=WEIGHTS, paths=("./m.weights.bin",)):
    return {"weightsManifest": [{"paths": list(paths), "weights": list(weights)}]}


@pytest.fixture
def file(tmp_path):
    """The path of a JSON file that does not exist, with the weights beside it."""
    (tmp_path / "m.weights.bin").write_bytes(BYTES)
    return str(tmp_path / "m.json")


def read(file, described, names=NAMES):
    return tfjs_weights.read(file, described, names, SHAPES)


def refusal(file, described):
    with pytest.raises(UserError) as caught:
        read(file, described)
    message = str(caught.value)
    assert "\n" not in message
    return message


def check(found, within=0.0):
    for value, expected in zip(found, (KERNEL, BIAS), strict=True):
        assert value.dtype == np.float32
        np.testing.assert_allclose(value, expected, atol=within)


def test_weights_come_back_in_the_order_of_the_layers(file):
    check(read(file, model()))


def test_weights_are_matched_by_name_if_the_names_are_the_layers(file, tmp_path):
    """TensorFlow.js saves frozen layers after the others."""
    (tmp_path / "m.weights.bin").write_bytes(BIAS.tobytes() + KERNEL.tobytes())
    check(read(file, model(WEIGHTS[::-1])))


def test_weights_with_other_names_are_matched_by_order(file):
    check(read(file, model(), ["b/kernel", "b/bias"]))
    check(read(file, model([{**spec, "name": "same"} for spec in WEIGHTS])))


def test_weights_matched_by_order_must_have_the_shapes(file):
    renamed = [{**spec, "name": f"x/{spec['name']}"} for spec in WEIGHTS]
    assert refusal(file, model(renamed[::-1])) == (
        f"{file}: weight 'x/a/bias' has shape [3]; expected [2, 3], that of its layer"
    )


@pytest.mark.parametrize("cut", [1, 4, 30])
def test_weights_may_be_in_several_files(file, tmp_path, cut):
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "1").write_bytes(BYTES[:cut])
    (tmp_path / "2").write_bytes(BYTES[cut:])
    check(read(file, model(paths=("part/1", "2"))))


def test_weights_may_be_in_several_groups(file, tmp_path):
    (tmp_path / "1").write_bytes(KERNEL.tobytes())
    (tmp_path / "2").write_bytes(BIAS.tobytes())
    groups = [{"paths": [p], "weights": [w]} for p, w in zip("12", WEIGHTS, strict=True)]
    check(read(file, {"weightsManifest": groups}))


@pytest.mark.parametrize("stored_as, largest", [("uint8", 255), ("uint16", 65535)])
def test_quantised_weights_come_back_within_half_a_step(file, tmp_path, stored_as, largest):
    specs, content = [], b""
    for spec, values in zip(WEIGHTS, (KERNEL, BIAS), strict=True):
        scale = float(values.max() - values.min()) / largest
        how = {"dtype": stored_as, "min": float(values.min()), "scale": scale}
        specs.append({**spec, "quantization": how})
        content += np.rint((values - values.min()) / scale).astype(stored_as).tobytes()
    (tmp_path / "m.weights.bin").write_bytes(content)
    check(read(file, model(specs)), within=1.001 / largest)


def test_weights_of_half_precision_are_read(file, tmp_path):
    specs = [{**spec, "quantization": {"dtype": "float16"}} for spec in WEIGHTS]
    content = b"".join(values.astype("<f2").tobytes() for values in (KERNEL, BIAS))
    (tmp_path / "m.weights.bin").write_bytes(content)
    check(read(file, model(specs)))


# Weights that are refused.


@pytest.mark.parametrize(
    "manifest, message",
    [
        (None, "weightsManifest is missing or not a list"),
        ({}, "weightsManifest is missing or not a list"),
        ([], "weightsManifest has 0 weights; expected 2, those of the layers"),
        ([5], "weightsManifest must hold objects with paths and weights"),
        ([{"paths": "x", "weights": []}], "weightsManifest must hold objects with paths and w"),
        ([{"paths": [], "weights": {}}], "weightsManifest must hold objects with paths and w"),
        ([{"paths": [5], "weights": []}], "weightsManifest has a path that is not text"),
        (
            [{"paths": ["a/" * 3000], "weights": []}],
            "weightsManifest has a path that is not ",
        ),
        (
            [{"paths": ["w"] * 1001, "weights": []}],
            "weightsManifest names 1,001 files; al",
        ),
        (
            [{"paths": ["w"], "weights": []}] * 20_000,
            "weightsManifest names 20,000 files; allowed: 1,000",
        ),
        ([{"paths": [], "weights": [5]}], "a weight in weightsManifest has no name"),
        ([{"paths": [], "weights": [{"name": 1}]}], "a weight in weightsManifest has no name"),
    ],
)
def test_a_malformed_manifest(file, manifest, message):
    assert refusal(file, {"weightsManifest": manifest}).startswith(f"{file}: {message}")


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"dtype": "int32"}, 'has dtype "int32"; allowed: float32'),
        ({"dtype": None}, "has dtype null; allowed: float32"),
        ({"shape": [3, 2]}, "has shape [3, 2]; expected [2, 3], that of its layer"),
        ({"shape": [2.0, 3]}, "has shape [2.0, 3]; expected [2, 3], that of its layer"),
        ({"shape": None}, "has shape null; expected [2, 3], that of its layer"),
        ({"shape": [10**9, 10**9]}, "has shape [1000000000, 1000000000]; expected [2, 3], "),
        ({"quantization": 5}, "is stored as null; allowed: float16, uint8, uint16"),
        (
            {"quantization": {"dtype": "int4"}},
            'is stored as "int4"; allowed: float16, uint8, uint16',
        ),
        (
            {"quantization": {"dtype": ["uint8"]}},
            'is stored as ["uint8"]; allowed: float16, uint8, uint16',
        ),
        (
            {"quantization": {"dtype": "uint8", "min": 0}},
            "needs numbers as min and scale, since it is stored as uint8",
        ),
        (
            {"quantization": {"dtype": "uint16", "min": float("nan"), "scale": 1}},
            "needs numbers as min and scale, since it is stored as uint16",
        ),
        (
            {"quantization": {"dtype": "uint8", "min": 10**400, "scale": 1}},
            "needs numbers as min and scale, since it is stored as uint8",
        ),
    ],
)
def test_an_unexpected_weight(file, changes, message):
    found = refusal(file, model([{**WEIGHTS[0], **changes}, WEIGHTS[1]]))
    assert found.startswith(f"{file}: weight 'a/kernel' {message}")


@pytest.mark.parametrize("count", [1, 3])
def test_another_number_of_weights(file, count):
    weights = [WEIGHTS[0]] * count
    assert refusal(file, model(weights)) == (
        f"{file}: weightsManifest has {count} weights; expected 2, those of the layers"
    )


@pytest.mark.parametrize("content", [b"", BYTES[:-1], BYTES + b"\0"])
def test_weights_of_another_length(file, tmp_path, content):
    place = tmp_path / "m.weights.bin"
    place.write_bytes(content)
    assert refusal(file, model()) == (
        f"{place} has {len(content)} bytes; expected 36, as {file} describes the weights"
    )


def test_weights_that_are_missing(file, tmp_path):
    os.unlink(tmp_path / "m.weights.bin")
    assert refusal(file, model()) == (
        f"{tmp_path}/m.weights.bin is missing; it holds the weights of {file}; "
        "put both files into one folder"
    )
    (tmp_path / "m.weights.bin").mkdir()
    assert "m.weights.bin is missing" in refusal(file, model())


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite(file, tmp_path, number):
    place = tmp_path / "m.weights.bin"
    place.write_bytes(KERNEL.tobytes() + np.float32([1, number, 1]).tobytes())
    assert refusal(file, model()) == (
        f"{file}: weight 'a/bias' holds numbers that are NaN or infinite; its training diverged, "
        "or the file belongs to another model"
    )


def test_a_scale_beyond_single_precision(file, tmp_path):
    how = {"dtype": "uint8", "min": 0, "scale": 3e38}
    (tmp_path / "m.weights.bin").write_bytes(b"\2" * 9)
    specs = [{**spec, "quantization": how} for spec in WEIGHTS]
    assert "holds numbers that are NaN or infinite" in refusal(file, model(specs))


@pytest.mark.parametrize(
    "path", ["../m.weights.bin", "/etc/hostname", "a/../../x", ".", "", "link"]
)
def test_a_path_that_leads_out_of_the_folder(tmp_path, path):
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "m.weights.bin").write_bytes(BYTES)
    (folder / "link").symlink_to(tmp_path / "m.weights.bin")
    file = str(folder / "m.json")
    assert refusal(file, model(paths=[path])) == (
        f"{file}: weightsManifest has the path {path!r}; allowed: files in the folder of that file"
    )


@pytest.mark.parametrize("path", ["a\0b", "https://example.org/w.bin", "\ud800", "x" * 4000])
def test_a_path_without_a_file(file, path):
    assert "is missing; it holds the weights of" in refusal(file, model(paths=[path]))


@pytest.mark.parametrize("name", ["m (1).json", "m(2).json"])
def test_a_renamed_download_does_not_get_the_weights_of_the_first(file, tmp_path, name):
    assert refusal(str(tmp_path / name), model()) == (
        f"{tmp_path}/{name} was renamed by the browser, and './m.weights.bin', which it names, "
        "belongs to an earlier download; move both its files to another folder, as m.json and "
        "m.weights.bin"
    )


def test_a_file_whose_own_name_ends_in_a_number_in_brackets_is_read(tmp_path):
    (tmp_path / "m (1).weights.bin").write_bytes(BYTES)
    described = json.loads(json.dumps(model(paths=["./m (1).weights.bin"])))
    check(read(str(tmp_path / "m (1).json"), described))
