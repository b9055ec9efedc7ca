"""The recipes fit together, say what they count, and an unknown name lists the known ones."""

import dataclasses
import math
import re

import pytest
from places import REPOSITORY

from cnn_mnist import config
from cnn_mnist.config import checks, presets
from cnn_mnist.config.preset_results import RESULTS
from cnn_mnist.config.presets import PRESETS
from cnn_mnist.errors import UserError
from cnn_mnist.networks import architecture

each_preset = pytest.mark.parametrize("name", PRESETS)


@each_preset
def test_a_preset_is_found_by_name(name):
    assert presets.get(name) is PRESETS[name]


def test_an_unknown_preset_lists_the_known_ones():
    with pytest.raises(UserError) as caught:
        presets.get("Modern")
    assert str(caught.value) == (
        "preset is 'Modern'; did you mean modern? allowed: modern, layers_tutorial, low_level, "
        "fashion, "
        "browser, dense, fastest, accurate, drawn"
    )


def test_the_default_is_modern_and_in_the_table():
    assert presets.DEFAULT == "modern"
    assert presets.DEFAULT in PRESETS


@each_preset
def test_a_presets_network_fits_ten_classes(name):
    architecture.check(architecture.parse(PRESETS[name].architecture), architecture.CLASSES)


# Weights and biases of each layer that has any, as a sum of products.
PARAMETERS = {
    "modern": (
        [5 * 5 * 1 * 32 + 32, 5 * 5 * 32 * 64 + 64, 7 * 7 * 64 * 1024 + 1024, 1024 * 10 + 10],
        3_274_634,
    ),
    "layers_tutorial": (
        [5 * 5 * 1 * 32 + 32, 5 * 5 * 32 * 64 + 64, 7 * 7 * 64 * 1024 + 1024, 1024 * 10 + 10],
        3_274_634,
    ),
    "low_level": (
        [
            3 * 3 * 1 * 32 + 32,
            3 * 3 * 32 * 64 + 64,
            7 * 7 * 64 * 256 + 256,
            256 * 256 + 256,
            256 * 10 + 10,
        ],
        890_250,
    ),
    "fashion": ([320, 18_496, 313_700, 1_010], 333_526),
    # Without padding: 28 to 24, halved to 12, to 8, halved to 4.
    "browser": ([5 * 5 * 1 * 8 + 8, 5 * 5 * 8 * 16 + 16, 4 * 4 * 16 * 10 + 10], 5_994),
    "dense": ([28 * 28 * 128 + 128, 128 * 10 + 10], 101_770),
    "fastest": ([416, 12_832, 4 * 4 * 32 * 128 + 128, 1_290], 80_202),
    # Without padding: 28 to 26, 24 and 22, halved to 11, to 9, 7 and 5.
    "accurate": ([320, 9_248, 9_248, 18_496, 36_928, 36_928, 5 * 5 * 64 * 10 + 10], 127_178),
    # Without padding: 28 to 24; halved to 12, and to 6.
    "drawn": ([832, 18_496, 36_928, 36_928, 6 * 6 * 64 * 10 + 10], 116_234),
}


def test_there_are_nine_presets_in_this_order():
    assert list(PRESETS) == list(PARAMETERS)


@each_preset
def test_a_preset_has_the_parameters_of_its_tutorial(name):
    by_layer, total = PARAMETERS[name]
    layers = architecture.parse(PRESETS[name].architecture)
    shapes = list(architecture.variable_shapes(layers).values())
    found = [math.prod(k) + math.prod(b) for k, b in zip(shapes[::2], shapes[1::2], strict=True)]
    assert found == by_layer
    assert architecture.parameter_count(layers) == total == sum(by_layer)


# What each tutorial's text fixes; what it leaves open is not here.
AS_PUBLISHED = {
    "modern": {
        "architecture": "conv 5x5x32, pool 2, conv 5x5x64, pool 2, flatten, dense 1024, "
        "dropout 0.4, dense 10",
        "dataset": "mnist",
        "optimizer": "adam",
        "initializer": "glorot_uniform",
        "batch_size": 100,
        "train_steps": 700,
        "epochs": None,
        "validation_examples": 5000,
        "train_examples": None,
        "early_stopping_patience": 0,
    },
    "layers_tutorial": {
        "architecture": "conv 5x5x32, pool 2, conv 5x5x64, pool 2, flatten, dense 1024, "
        "dropout 0.4, dense 10",
        "dataset": "mnist",
        "optimizer": "sgd",
        "learning_rate": 0.001,
        "schedule": "constant",
        "warmup_steps": 0,
        "batch_size": 100,
        "train_steps": 20000,
        "epochs": None,
        "train_examples": None,
        "early_stopping_patience": 0,
    },
    "low_level": {
        # It keeps 0.75 of the units, so it drops 0.25.
        "architecture": "conv 3x3x32, pool 2, conv 3x3x64, pool 2, flatten, dense 256, "
        "dropout 0.25, dense 256, dropout 0.25, dense 10",
        "dataset": "mnist",
        "optimizer": "adam",
        "learning_rate": 0.01,
        "initializer": "normal_conv",
        "batch_size": 100,
        "train_steps": None,
        "epochs": 50,
        "early_stopping_patience": 0,
    },
    "fashion": {
        "architecture": "conv 3x3x32, pool 2, conv 3x3x64, pool 2, flatten, dense 100, "
        "dropout 0.4, dense 10",
        "dataset": "fashion_mnist",
        "optimizer": "adam",
        "batch_size": 32,
        "train_steps": None,
        "epochs": 20,
        "validation_examples": 60_000 * 20 // 100,
        "train_examples": None,
        "early_stopping_patience": 2,
    },
    "browser": {
        "architecture": "conv 5x5x8 valid, pool 2, conv 5x5x16 valid, pool 2, flatten, dense 10",
        "dataset": "mnist",
        "optimizer": "adam",
        "initializer": "variance_scaling",
        "batch_size": 512,
        "train_steps": None,
        "epochs": 10,
        "validation_examples": 1000,
        "train_examples": 5500,
        "early_stopping_patience": 0,
    },
    "dense": {
        "architecture": "flatten, dense 128, dense 10",
        "dataset": "mnist",
        "optimizer": "adam",
        "batch_size": 32,
        "train_steps": None,
        "epochs": 10,
        "train_examples": None,
        "early_stopping_patience": 0,
    },
}


@pytest.mark.parametrize("name", AS_PUBLISHED)
def test_a_preset_is_as_its_tutorial_was_published(name):
    recipe = dataclasses.asdict(PRESETS[name])
    assert {field: recipe[field] for field in AS_PUBLISHED[name]} == AS_PUBLISHED[name]


@each_preset
def test_a_presets_values_are_allowed_ones(name):
    """As soon as the data are known, which epochs wait for."""
    settings = config.with_train_steps(config.from_preset("", name), 5500)
    for field, value in dataclasses.asdict(settings).items():
        checks.check_field(field, field, value)


@each_preset
def test_a_preset_says_how_long_to_train_in_steps_or_in_epochs(name):
    preset = PRESETS[name]
    assert (preset.train_steps is None) != (preset.epochs is None)


@each_preset
def test_a_preset_warms_up_within_its_training_and_promises_a_rate(name):
    settings = config.with_train_steps(config.from_preset("", name), 5500)
    assert settings.warmup_steps < settings.train_steps
    assert 0.9 < PRESETS[name].expected_accuracy < 1


@each_preset
def test_a_preset_that_stops_early_has_images_to_judge_by(name):
    preset = PRESETS[name]
    assert preset.validation_examples > 0 or not preset.early_stopping_patience


def sections():
    *parts, _ = presets.table().split("\n\n")
    return dict(zip(PRESETS, parts, strict=True))


@each_preset
def test_the_table_says_all_of_a_preset(name):
    preset = PRESETS[name]
    # A long network goes over two lines.
    text = " ".join(sections()[name].split())
    assert text.startswith(f"{name} (default): " if name == presets.DEFAULT else f"{name}: ")
    length = f"{preset.epochs} epochs" if preset.epochs else f"{preset.train_steps:,} steps"
    for part in (
        preset.summary,
        f"network {preset.architecture} ",
        f"{PARAMETERS[name][1]:,} parameters",
        f"initial weights {preset.initializer}",
        f"data {preset.dataset}, ",
        f"{preset.validation_examples:,} for validation",
        f"training {preset.optimizer} {preset.learning_rate:g}, {preset.schedule}, ",
        f"batch {preset.batch_size}, ",
        length,
        f"reached {RESULTS[name].shown} % of the test images with {RESULTS[name].seeds}, in "
        f"{RESULTS[name].time} on {RESULTS[name].machine}",
    ):
        assert part in text, part


@each_preset
def test_the_page_of_recipes_has_the_results_of_the_table(name):
    page = (REPOSITORY / "docs" / "recipes.md").read_text("utf-8")
    [row] = re.findall(rf"^\| `{name}`(?: \(default\))? \|.*$", page, re.M)
    result = RESULTS[name]
    seeds = ", ".join(f"{accuracy:.2f}" for accuracy in result.accuracies)
    assert f" {seeds} |" in row
    assert len(result.accuracies) == 1 or f"| {result.shown} |" in row
    assert f"| {result.time} " in row
    assert min(result.accuracies) >= 100 * PRESETS[name].expected_accuracy


def test_there_is_a_result_of_each_preset():
    assert list(RESULTS) == list(PRESETS)


def test_a_result_of_one_seed_has_no_spread():
    assert RESULTS["modern"].shown == "99.21 (0.06)" and RESULTS["modern"].seeds == "5 seeds"
    assert RESULTS["drawn"].shown == "99.42" and RESULTS["drawn"].seeds == "1 seed"


def test_the_table_says_what_is_not_the_same_for_all():
    told = sections()
    assert "5,500 images, 1,000 for validation" in told["browser"]
    assert [name for name, text in told.items() if "images, " in text.split("reached")[0]] == [
        "browser"
    ]
    assert "up to 20 epochs,\n            until 2 in a row do not improve" in told["fashion"]
    assert [name for name, text in told.items() if "up to" in text] == ["fashion"]
    assert [name for name, text in told.items() if ", affine augmentation" in text] == ["accurate"]
    drawn = "mnist, 30,000 drawn digits beside them, 5,000 for validation"
    assert [name for name, text in told.items() if drawn in text] == ["drawn"]
    assert [name for name, text in told.items() if ", drawn augmentation" in text] == ["drawn"]


def test_the_table_fits_a_terminal_of_100_columns():
    assert max(map(len, presets.table().splitlines())) <= 100
