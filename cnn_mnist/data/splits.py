"""Loads the data of a run and splits it into training, validation and test examples."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from cnn_mnist import config as config_lib
from cnn_mnist.cluster import devices, tf_config
from cnn_mnist.config import Config, choices, classes, presets
from cnn_mnist.config.fields import VALIDATION_SEED
from cnn_mnist.data import loading, orientation
from cnn_mnist.data.loading import Dataset, Examples, Selected
from cnn_mnist.errors import SettingsError, argument, given
from cnn_mnist.support.progress import Progress


def load_dataset(config: Config, progress: Progress | None = None) -> Dataset:
    """Loads the run's data, upright and at most `config.limit_examples` examples of each split.

    Raises:
      DataError, InstallationError: see `data.loading.load`.
    """
    say = (progress or Progress()).say
    dataset = loading.load(
        config.dataset, config.data_dir, config.offline, say, config.test_fraction
    )
    dataset = orientation.upright(dataset, config.dataset, config.orientation, say)
    if config.limit_examples is None:
        return dataset
    first = slice(config.limit_examples)
    return dataclasses.replace(
        dataset, train=dataset.train.take(first), test=dataset.test.take(first)
    )


def training_and_validation(dataset: Dataset, config: Config) -> tuple[Selected, Examples]:
    """Returns the examples to train on and those to validate on.

    Raises:
      SettingsError: the data hold too few examples.
    """
    return split_validation(
        dataset.train, config.validation_examples, config.train_examples, config.validation_seed
    )


def fitted(config: Config, dataset: Dataset, say: Callable[[str], None] | None = None) -> Config:
    """Returns the configuration for training on this data set.

    The network of a preset gets as many outputs as the data have classes. The numbers of images
    of a preset are meant for 60,000: those for validation become a tenth where they would be more
    than a fifth, and those to train on become all where there are fewer.

    Args:
      config: the run.
      dataset: the data.
      say: called with one line of text about each change.

    Raises:
      SettingsError: the network was not a preset's and has another number of classes, or the
        metric to monitor is of a class that the data do not have.
    """
    say = say or (lambda text: None)
    count = len(dataset.class_names)
    if config.classes != count and classes.follows_data(config):
        config = classes.with_classes(config, count)
        say(f"{dataset.name} has {count} classes, so the network ends in 'dense {count}'")
    check_classes(config, dataset)
    _check_monitor(config, dataset)
    return _with_fewer(config, len(dataset.train), say)


def _with_fewer(config: Config, total: int, say: Callable[[str], None]) -> Config:
    preset = presets.get(config.preset)
    if config.validation_examples == preset.validation_examples and (
        5 * config.validation_examples > total
    ):
        config = dataclasses.replace(config, validation_examples=total // 10)
        say(f"{total // 10:,} of the {total:,} training images are for validation")
    left = total - config.validation_examples
    usual = preset.train_examples
    if usual is not None and config.train_examples == usual and usual > left:
        config = dataclasses.replace(config, train_examples=None)
    return config


def check_classes(config: Config, dataset: Dataset) -> None:
    """Checks that a network has as many classes as the data.

    Raises:
      SettingsError: it has not.
    """
    count = len(dataset.class_names)
    if config.classes != count:
        raise SettingsError(
            f"{given(dataset=config.dataset)} has {count} classes, and the network has "
            f"{config.classes}; give an {argument('architecture')} that ends in 'dense {count}', "
            f"or other data"
        )


def _check_monitor(config: Config, dataset: Dataset) -> None:
    metric, _, label = config.monitor.partition("/")
    last = len(dataset.class_names) - 1
    if label and int(label) > last:
        raise SettingsError(
            f"{given(monitor=config.monitor)} is of a class that {dataset.name} does not have; "
            f"allowed: {metric}/0 to {metric}/{last}"
        )


def with_train_steps(
    config: Config, dataset: Dataset, say: Callable[[str], None] | None = None
) -> Config:
    """Returns the configuration fitted to the data set, with `epochs` as training steps.

    Where several tasks or devices compute each step together, an epoch has fewer steps. They
    replace `epochs` then, so that one process later takes them for what they are. `devices` is the
    number of those that the machine has, if it was 0.

    Raises:
      SettingsError: the data hold too few examples, or see `fitted`.
    """
    config = fitted(config, dataset, say)
    count = training_count(len(dataset.train), config.validation_examples, config.train_examples)
    examples = count + config.drawn_examples
    used = devices.count(config.distribution, config.devices)
    if used > 1:
        config = dataclasses.replace(config, devices=used)
    batches = used * tf_config.batches_in_a_step()
    if batches == 1 or config.epochs is None:
        return config_lib.with_train_steps(config, examples)
    together = dataclasses.replace(config, batch_size=batches * config.batch_size)
    steps = config_lib.with_train_steps(together, examples)
    return dataclasses.replace(steps, batch_size=config.batch_size, epochs=None)


def examples_of(dataset: Dataset, split: str, config: Config) -> Examples | Selected:
    """Returns the examples of one of `config.choices.SPLITS`.

    Raises:
      SettingsError: the split is empty or unknown, or the data hold too few examples.
    """
    if split not in choices.SPLITS:
        raise SettingsError(
            f"{given(split=split)} is unknown; allowed: {', '.join(choices.SPLITS)}"
        )
    if split == "test":
        return dataset.test
    training, validation = training_and_validation(dataset, config)
    examples = training if split == "train" else validation
    if not len(examples):
        raise SettingsError(
            f"{given(split=split)} is empty; allowed with {argument('validation_examples')} above 0"
        )
    return examples


def split_validation(
    examples: Examples,
    count: int,
    train_count: int | None = None,
    seed: int = VALIDATION_SEED,
) -> tuple[Selected, Examples]:
    """Splits training examples into those to train on and `count` to validate on.

    The split is random but fixed: the same in every run, also with another `config.seed`. It
    keeps the order of the examples. NumPy guarantees that `RandomState`'s numbers never change.

    Args:
      examples: the published training examples.
      count: how many to validate on.
      train_count: how many to train on; None for all the others.
      seed: decides which examples are in which part.

    Raises:
      SettingsError: no example is left to train on, or fewer than `train_count` are.
    """
    end = count + training_count(len(examples), count, train_count)
    order = np.random.RandomState(seed).permutation(len(examples))
    training, validation = np.sort(order[count:end]), np.sort(order[:count])
    return Selected(examples, training), examples.take(validation)


def training_count(total: int, count: int, train_count: int | None = None) -> int:
    """Returns how many of `total` examples `split_validation` trains on, without splitting them.

    Raises:
      SettingsError: no example is left to train on, or fewer than `train_count` are.
    """
    if count >= total:
        raise SettingsError(
            f"{given(validation_examples=count)} leaves nothing to train on; allowed: 0 to "
            f"{total - 1}"
        )
    left = total - count
    if train_count is not None and train_count > left:
        raise SettingsError(
            f"{given(train_examples=train_count)} is too many; allowed: 1 to {left}, what "
            f"{given(validation_examples=count)} leaves of {total}"
        )
    return left if train_count is None else train_count
