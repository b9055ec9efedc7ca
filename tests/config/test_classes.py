"""A preset's network follows the number of classes of the data; any other network does not."""

from __future__ import annotations

import dataclasses
import re
import types

import pytest

from cnn_mnist import config
from cnn_mnist.config import classes, presets
from cnn_mnist.data import splits
from cnn_mnist.errors import UserError


def data(count, examples=60_000):
    return types.SimpleNamespace(
        name="mine", class_names=tuple(map(str, range(count))), train=range(examples)
    )


@pytest.mark.parametrize("preset", presets.PRESETS)
@pytest.mark.parametrize("count", [2, 47, 100])
def test_the_network_of_each_preset_ends_in_the_classes_of_the_data(preset, count):
    settings = config.from_preset("x", preset)
    lines = []
    fitted = splits.fitted(settings, data(count), lines.append)
    assert fitted.classes == count
    assert fitted.architecture == re.sub("10$", str(count), settings.architecture)
    assert lines == [f"mine has {count} classes, so the network ends in 'dense {count}'"]
    again = splits.fitted(fitted, data(count), pytest.fail)
    assert again == fitted
    assert splits.fitted(fitted, data(10)).architecture == settings.architecture


def test_another_rate_of_dropout_still_follows_the_data():
    text = presets.TUTORIAL_NETWORK.replace("dropout 0.4", "dropout 0.1")
    settings = config.from_preset("x", architecture=text)
    assert classes.follows_data(settings)
    assert splits.fitted(settings, data(26)).architecture.endswith("dropout 0.1, dense 26")


def test_a_network_that_was_given_is_refused_if_it_has_another_end():
    settings = config.from_preset("x", architecture="flatten, dense 10", dataset="/data/mine")
    assert splits.fitted(settings, data(10)) == settings
    with pytest.raises(UserError) as error:
        splits.fitted(settings, data(47))
    assert str(error.value) == (
        "dataset=/data/mine has 47 classes, and the network has 10; give an architecture that ends "
        "in 'dense 47', or other data"
    )


def test_a_metric_of_a_class_that_the_data_do_not_have_is_refused():
    settings = config.from_preset("x", monitor="class_accuracy/46")
    assert splits.fitted(settings, data(47)).monitor == "class_accuracy/46"
    with pytest.raises(UserError) as error:
        splits.fitted(settings, data(46))
    assert str(error.value) == (
        "monitor=class_accuracy/46 is of a class that mine does not have; allowed: "
        "class_accuracy/0 to class_accuracy/45"
    )


def test_few_images_are_not_all_used_for_validation_unless_a_number_was_given():
    lines = []
    settings = config.from_preset("x")
    assert splits.fitted(settings, data(10, 25_000)).validation_examples == 5000
    assert splits.fitted(settings, data(10, 600), lines.append).validation_examples == 60
    assert lines == ["60 of the 600 training images are for validation"]
    given = dataclasses.replace(settings, validation_examples=400)
    assert splits.fitted(given, data(10, 600)).validation_examples == 400


def test_training_images_of_a_preset_are_all_if_there_are_fewer():
    settings = config.from_preset("x", "browser")
    assert splits.fitted(settings, data(10)).train_examples == 5500
    assert splits.fitted(settings, data(10, 5000)).train_examples is None


def test_a_trained_folder_says_how_many_classes_a_preset_has(tmp_path):
    settings = config.from_preset(str(tmp_path))
    assert classes.as_trained(settings) == settings
    config.save(classes.with_classes(settings, 26))
    assert classes.as_trained(settings).classes == 26
    other = dataclasses.replace(settings, architecture="flatten, dense 10")
    assert classes.as_trained(other) == other
