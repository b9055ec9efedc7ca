"""The network of a checkpoint is found from the names and shapes of its variables."""

from __future__ import annotations

import pytest

from cnn_mnist.config.presets import TUTORIAL_NETWORK
from cnn_mnist.networks import architecture, inferred


def found(text, **more):
    shapes = architecture.variable_shapes(architecture.parse(text))
    network = inferred.architecture({**shapes, **more})
    return None if network is None else architecture.describe(network)


@pytest.mark.parametrize(
    "text",
    [
        "flatten, dense 10",
        "flatten, dense 100, dense 10",
        "conv 5x5x32, pool 2, conv 5x5x64, pool 2, flatten, dense 1024, dense 10",
        "conv 3x3x8, conv 3x3x16, pool 2, flatten, dense 10",
        "conv 5x5x6 valid, pool 2, conv 5x5x16 valid, pool 2, flatten, dense 84, dense 10",
        "conv 3x3x4, flatten, dense 7",
        "conv 3x3x4, batch_norm, pool 2, flatten, dense 20, batch_norm, dense 7",
        "conv 3x3x4, pool 2, conv 3x3x8, batch_norm, pool 2, flatten, dense 20, dense 7",
        ", ".join(f"conv 3x3x{filters}, pool 2" for filters in (2, 3, 4, 5)) + ", flatten, dense 3",
    ],
)
def test_a_network_is_found_from_its_variables(text):
    # Which of two convolutions a pooling follows is not in the shapes.
    same_shapes = {"conv 3x3x8, conv 3x3x16, pool 2": "conv 3x3x8, pool 2, conv 3x3x16"}
    for written, as_found in same_shapes.items():
        text = text.replace(written, as_found)
    assert found(text) == text


def test_variables_of_an_optimizer_and_dropout_do_not_matter():
    more = {"conv2d/kernel/Adam": (5, 5, 1, 32), "global_step": (), "beta1_power": ()}
    assert found(TUTORIAL_NETWORK, **more) == TUTORIAL_NETWORK.replace("dropout 0.4, ", "")


@pytest.mark.parametrize(
    "shapes",
    [
        {},
        {"Variable": (784, 10), "Variable_1": (10,)},
        {"conv2d/kernel": (5, 5, 1, 32), "conv2d/bias": (32,)},
        {"dense/kernel": (3000, 10), "dense/bias": (10,)},
        {"dense/kernel": (784, 10)},
        {
            **{"dense/kernel": (784, 10), "dense/bias": (10,)},
            **{f"batch_normalization/{part}": (5,) for part in ("gamma", "beta")},
        },
        {
            **architecture.variable_shapes(architecture.parse("flatten, dense 20, dense 10")),
            **{"batch_normalization/gamma": (20,), "batch_normalization/moving_mean": (20,)},
        },
        {"conv2d/kernel": (5, 5, 3, 8), "conv2d/bias": (8,), "dense/kernel": (1568, 10)},
    ],
)
def test_variables_of_no_such_network_are_none(shapes):
    assert inferred.architecture(shapes) is None
