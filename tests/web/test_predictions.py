"""Compares the exported network in TensorFlow.js, on WebAssembly, with Python."""

from __future__ import annotations

import dataclasses
import json
import os

import javascript
import pytest

from cnn_mnist import config, experiment


@pytest.fixture(scope="session")
def small_network(trained, mnist, tmp_path_factory):
    return predicted(trained, mnist, tmp_path_factory.mktemp("small network"))


@pytest.fixture(scope="session", params=[1_000, pytest.param(None, marks=pytest.mark.long)])
def large_network(request, mnist, data_dir, tmp_path_factory):
    """The network of the tutorial, asked for the first 1,000 test images or for all."""
    folder = tmp_path_factory.mktemp("large network")
    settings = config.from_preset(
        str(folder / "model"),
        data_dir=data_dir,
        offline=True,
        train_steps=100,
        validation_examples=500,
        precision="float32",
    )
    experiment.train(settings, dataset=mnist)
    asked = dataclasses.replace(mnist, test=mnist.test.take(slice(request.param)))
    return predicted(settings, asked, folder)


@pytest.fixture(scope="session")
def normalized_network(trained, small, mnist, tmp_path_factory):
    """Every kind of layer; trained until its moving averages have left their first values."""
    folder = tmp_path_factory.mktemp("normalized network")
    settings = dataclasses.replace(
        trained,
        model_dir=str(folder / "model"),
        train_steps=400,
        validate_every_steps=400,
        architecture="conv 5x5x6 stride 2, batch_norm, conv 3x3x8 linear, batch_norm, relu, "
        "avgpool 2 same, pool 2 same stride 1, flatten, dense 16 linear, batch_norm, relu, "
        "dropout 0.2, dense 10",
    )
    experiment.train(settings, dataset=small)
    return predicted(settings, mnist, folder)


def predicted(settings, mnist, folder):
    """Writes the test images, Python's answers and the labels to files.

    Returns the configuration, the three paths, and the answers.
    """
    answers = experiment.predict(settings, mnist.test.images)
    contents = {
        "images": mnist.test.images,
        "probabilities": answers.probabilities.astype("<f4"),
        "labels": mnist.test.labels.astype("u1"),
    }
    for name, values in contents.items():
        (folder / name).write_bytes(values.tobytes())
    return settings, [str(folder / name) for name in contents], answers


def compared(network, folder, stored_as, *flags):
    """Exports the network, and returns the output of compare_predictions.mjs."""
    settings, files, _ = network
    packages = javascript.packages()
    settings = dataclasses.replace(
        settings, export_formats=("saved_model", "tfjs"), tfjs_weights=stored_as
    )
    version = experiment.export(settings, str(folder))
    script = "tests/web/compare_predictions.mjs"
    exported = os.path.join(version, "tfjs")
    ended = javascript.run(script, exported, *files, *flags)
    assert ended.returncode == 0, f"with the packages of {packages}:\n{ended.stdout}"
    return json.loads(ended.stdout.splitlines()[-1])


def check(network, folder, stored_as, within, mnist):
    found = compared(network, folder, stored_as)
    assert found["backend"] == "wasm"
    assert found["tensors"] == 0
    assert found["worst"] < within
    if stored_as == "float32":
        assert found["differ"] == 0
        answers = network[2].classes
        expected = int((answers == mnist.test.labels[: len(answers)]).sum())
        assert abs(found["right"] - expected) <= 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "stored_as, within",
    [
        ("float32", 1e-5),
        ("float16", 1e-3),
        ("uint8", 5e-2),
    ],
)
def test_the_browser_gives_pythons_answers_for_all_test_images(
    small_network, mnist, tmp_path, stored_as, within
):
    check(small_network, tmp_path, stored_as, within, mnist)


@pytest.mark.slow
@pytest.mark.parametrize(
    "stored_as, within",
    [
        ("float32", 1e-5),
        # How weights are rounded does not depend on how many there are.
        pytest.param("float16", 1e-3, marks=pytest.mark.long),
        pytest.param("uint8", 5e-2, marks=pytest.mark.long),
    ],
)
def test_the_same_holds_for_the_network_of_the_tutorial(
    large_network, mnist, tmp_path, stored_as, within
):
    check(large_network, tmp_path, stored_as, within, mnist)


@pytest.mark.slow
@pytest.mark.parametrize("stored_as, within", [("float32", 1e-5), ("uint8", 5e-2)])
def test_the_same_holds_for_a_network_with_every_kind_of_layer(
    normalized_network, mnist, tmp_path, stored_as, within
):
    check(normalized_network, tmp_path, stored_as, within, mnist)


@pytest.mark.slow
def test_a_network_with_every_kind_of_layer_can_be_trained_further(normalized_network, tmp_path):
    losses = compared(normalized_network, tmp_path, "float32", "--train")["losses"]
    assert losses[2] < losses[1] < losses[0]


@pytest.mark.slow
def test_an_exported_network_can_be_trained_further_in_the_browser(small_network, tmp_path):
    losses = compared(small_network, tmp_path, "float32", "--train")["losses"]
    assert losses[2] < losses[1] < losses[0]
