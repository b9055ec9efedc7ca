"""The export for the browser, read back as TensorFlow.js does and run by Keras.

Keras reads the same description of layers, and gives each weight its name in the manifest.
"""

from __future__ import annotations

import dataclasses
import json
import os

import numpy as np
import pytest

from cnn_mnist import experiment
from cnn_mnist.config import presets
from cnn_mnist.data import class_names
from cnn_mnist.exporting.tfjs import writer
from cnn_mnist.model_folder import checkpoints
from cnn_mnist.networks import architecture
from cnn_mnist.tf_compat import tf

CLOTHES = ("top", "trouser", "pullover", "dress", "coat", *map("other {}".format, range(5)))


def written(config, folder, stored_as="float32"):
    config = dataclasses.replace(config, tfjs_weights=stored_as)
    writer.write(config, checkpoints.find(config), str(folder))
    return folder


def read(folder):
    """Returns the model's JSON and its float32 weights by name."""
    model = json.loads((folder / "model.json").read_text())
    content = (folder / "weights.bin").read_bytes()
    weights, place = {}, 0
    [group] = model["weightsManifest"]
    assert group["paths"] == ["weights.bin"]
    for spec in group["weights"]:
        how = spec.get("quantization", {"dtype": spec["dtype"]})
        stored = np.dtype(how["dtype"]).newbyteorder("<")
        count = int(np.prod(spec["shape"]))
        values = np.frombuffer(content, stored, count, place).astype(np.float32)
        if how["dtype"] == "uint8":
            values = values * np.float32(how["scale"]) + np.float32(how["min"])
        weights[spec["name"]] = values.reshape(spec["shape"])
        place += count * stored.itemsize
    assert place == len(content)
    return model, weights


def in_keras(model):
    return tf.keras.models.model_from_json(json.dumps(model["modelTopology"]["model_config"]))


def answers(folder, images):
    model, weights = read(folder)
    network = in_keras(model)
    names = [variable.name.partition(":")[0] for variable in network.weights]
    network.set_weights([weights[name] for name in names])
    return network.predict(images.astype(np.float32) / 255, verbose=0)


@pytest.mark.parametrize(
    "stored_as, within", [("float32", 1e-5), ("float16", 1e-3), ("uint8", 5e-2)]
)
@pytest.mark.parametrize("variant", ["layers", "nn"])
def test_the_model_gives_the_checkpoints_answers(
    trained, small, tmp_path, variant, stored_as, within
):
    config = dataclasses.replace(trained, variant=variant)
    found = answers(written(config, tmp_path, stored_as), small.test.images)
    expected = experiment.predict(config, small.test.images)
    np.testing.assert_allclose(found, expected.probabilities, atol=within)
    if stored_as == "float32":
        np.testing.assert_array_equal(found.argmax(axis=1), expected.classes)


@pytest.mark.parametrize("stored_as, size", [("float32", 4), ("float16", 2), ("uint8", 1)])
def test_each_weight_takes_the_bytes_of_its_type(trained, tmp_path, stored_as, size):
    folder = written(trained, tmp_path, stored_as)
    count = architecture.parameter_count(architecture.parse(trained.architecture))
    assert (folder / "weights.bin").stat().st_size == count * size


OTHER_KINDS = (
    "conv 3x3x5 stride 2 linear, batch_norm, relu, avgpool 3 same stride 2, pool 2 same stride 1, "
    "flatten, dense 7 linear, batch_norm, relu, dense 10"
)


@pytest.mark.parametrize("preset", [*presets.PRESETS, OTHER_KINDS])
def test_the_network_of_each_recipe_is_described_completely(preset):
    text = presets.get(preset).architecture if preset in presets.PRESETS else preset
    layers = architecture.parse(text)
    network = in_keras(
        {
            "modelTopology": {
                "model_config": {"class_name": "Sequential", "config": writer._sequential(layers)}
            }
        }
    )
    shapes = {v.name.partition(":")[0]: tuple(v.shape) for v in network.weights}
    assert shapes == architecture.variable_shapes(layers)
    names = [name for name, _ in architecture.named(layers)]
    assert [layer.name for layer in network.layers] == names
    outputs = [layer.output_shape[1:] for layer in network.layers]
    assert outputs == architecture.output_shapes(layers)
    assert network.layers[-1].activation.__name__ == "softmax"


def test_it_is_what_load_layers_model_expects(trained, tmp_path):
    model, _ = read(written(trained, tmp_path))
    assert model["format"] == "layers-model"
    first = model["modelTopology"]["model_config"]["config"]["layers"][0]["config"]
    assert first["batch_input_shape"] == [None, 28, 28, 1]


def test_it_names_the_classes_and_says_whether_they_are_digits(trained, tmp_path):
    model, _ = read(written(trained, tmp_path))
    assert model["userDefinedMetadata"] == {"classes": list("0123456789"), "digits": True}
    other = tmp_path / "model"
    other.mkdir()
    class_names.save_class_names(str(other), CLOTHES)
    config = dataclasses.replace(trained, model_dir=str(other))
    writer.write(config, checkpoints.find(trained), str(tmp_path))
    model, _ = read(tmp_path)
    assert model["userDefinedMetadata"] == {"classes": list(CLOTHES), "digits": False}


def test_the_same_checkpoint_gives_the_same_bytes(trained, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        written(trained, tmp_path / name, "uint8")
    for name in ("model.json", "weights.bin"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("value", [0.0, -0.5])
def test_equal_weights_are_restored(value):
    spec, content = writer._stored("bias", np.full([7], value, np.float32), "uint8")
    how = spec["quantization"]
    found = np.frombuffer(content, np.uint8) * how["scale"] + how["min"]
    np.testing.assert_allclose(found, value)


def test_an_export_holds_it_in_the_folder_tfjs(trained, small, tmp_path):
    config = dataclasses.replace(trained, export_formats=("saved_model", "tfjs"))
    version = experiment.export(config, str(tmp_path), dataset=small)
    assert sorted(os.listdir(os.path.join(version, "tfjs"))) == ["model.json", "weights.bin"]
