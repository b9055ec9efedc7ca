"""The recipes fit together, say what they count, and an unknown name lists the known ones."""

import dataclasses

import pytest

from cnn_mnist import architecture, config, presets
from cnn_mnist.errors import UserError
from cnn_mnist.presets import PRESETS

each_preset = pytest.mark.parametrize("name", PRESETS)


@each_preset
def test_a_preset_is_found_by_name(name):
    assert presets.get(name) is PRESETS[name]


def test_an_unknown_preset_lists_the_known_ones():
    with pytest.raises(UserError) as caught:
        presets.get("Modern")
    assert str(caught.value) == "--preset=Modern is unknown; allowed: modern, layers_tutorial, list"


def test_the_default_is_modern_and_in_the_table():
    assert presets.DEFAULT == "modern"
    assert presets.DEFAULT in PRESETS


@each_preset
def test_a_presets_network_fits_ten_classes(name):
    architecture.check(architecture.parse(PRESETS[name].architecture), architecture.CLASSES)


@each_preset
def test_a_preset_has_the_tutorials_3_274_634_parameters(name):
    layers = architecture.parse(PRESETS[name].architecture)
    assert architecture.parameter_count(layers) == 3_274_634


@each_preset
def test_a_presets_values_are_allowed_ones(name):
    recipe = dataclasses.asdict(config.from_preset("", name))
    checked = [field for field in recipe if field in (*config.RANGES, "optimizer", "schedule")]
    assert {"batch_size", "learning_rate", "optimizer", "schedule"} <= set(checked)
    for field in checked:
        config.check_field(field, field, recipe[field])


@each_preset
def test_a_preset_warms_up_within_its_training_and_promises_a_rate(name):
    assert PRESETS[name].warmup_steps < PRESETS[name].train_steps
    assert 0.9 < PRESETS[name].expected_accuracy < 1


def test_layers_tutorial_is_as_published():
    assert PRESETS["layers_tutorial"] == dataclasses.replace(
        PRESETS["layers_tutorial"],
        architecture="conv 5x5x32, pool 2, conv 5x5x64, pool 2, flatten, dense 1024, "
        "dropout 0.4, dense 10",
        dataset="mnist",
        optimizer="sgd",
        learning_rate=0.001,
        schedule="constant",
        warmup_steps=0,
        batch_size=100,
        train_steps=20000,
        precision="float32",
    )


def test_the_table_says_all_of_a_preset():
    first, second = presets.table().split("\n\n")
    assert first == "\n".join(
        [
            "modern (default): the tutorial's network, trained as one would today",
            f"  network   {presets.TUTORIAL_NETWORK}",
            "            3,274,634 parameters",
            "  data      mnist, 5,000 images for validation",
            "  training  adam 0.003, linear after 100 steps of warm-up, batch 100, 700 steps, "
            "precision auto",
            "  reaches   99.0% on the test images",
        ]
    )
    assert second.splitlines()[0] == (
        "layers_tutorial: the TensorFlow 1.x layers tutorial as it was published"
    )
    assert (
        "  training  sgd 0.001, constant, batch 100, 20,000 steps, precision float32"
        in second.splitlines()
    )


def test_the_table_fits_a_terminal_of_100_columns():
    assert max(map(len, presets.table().splitlines())) <= 100
