"""Fits a run's network to the number of classes of its data."""

from __future__ import annotations

import dataclasses

from cnn_mnist.config import presets, settings
from cnn_mnist.config.settings import Config
from cnn_mnist.networks import architecture
from cnn_mnist.networks.architecture import Architecture


def follows_data(config: Config) -> bool:
    """Returns whether the network is that of its preset, apart from dropout and classes.

    The end of such a network follows the data. Any other was given with its end.
    """
    own = architecture.parse(config.architecture)
    recipe = architecture.parse(presets.get(config.preset).architecture)
    return _without_end(own) == _without_end(recipe)


def with_classes(config: Config, classes: int) -> Config:
    """Returns the configuration with `classes` logits at the end of its network."""
    if classes == config.classes:
        return config
    layers = architecture.with_classes(architecture.parse(config.architecture), classes)
    return dataclasses.replace(config, architecture=architecture.describe(layers))


def as_trained(config: Config) -> Config:
    """Returns the configuration with as many classes as `model_dir` was trained with.

    Unchanged if the folder holds no settings, or if the network does not follow the data.

    Raises:
      SettingsError: the folder's `config.json` cannot be read.
    """
    stored = settings.load_or_none(config.model_dir)
    if stored is None or not follows_data(config):
        return config
    return with_classes(config, stored.classes)


def _without_end(layers: Architecture) -> Architecture:
    return architecture.with_dropout_rate(layers[:-1], 0.0)
