"""Loads the data of a run and splits it into training, validation and test examples."""

from __future__ import annotations

import dataclasses

import numpy as np

from cnn_mnist import config as config_lib
from cnn_mnist.config import Config, fields
from cnn_mnist.data import loading, orientation
from cnn_mnist.data.loading import Dataset, Examples, Selected
from cnn_mnist.errors import SettingsError, argument, given
from cnn_mnist.support.progress import Progress

_VALIDATION_SEED = 20170101


def load_dataset(config: Config, progress: Progress | None = None) -> Dataset:
    """Loads the run's data, upright and at most `config.limit_examples` examples of each split.

    Raises:
      DataError, InstallationError: see `data.loading.load`.
    """
    say = (progress or Progress()).say
    dataset = loading.load(config.dataset, config.data_dir, config.offline, say)
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
    return split_validation(dataset.train, config.validation_examples, config.train_examples)


def with_train_steps(config: Config, dataset: Dataset) -> Config:
    """Returns the configuration with `epochs` converted to training steps for this data set.

    Raises:
      SettingsError: the data hold too few examples.
    """
    count = training_count(len(dataset.train), config.validation_examples, config.train_examples)
    return config_lib.with_train_steps(config, count + config.drawn_examples)


def examples_of(dataset: Dataset, split: str, config: Config) -> Examples | Selected:
    """Returns the examples of one of `config.fields.SPLITS`.

    Raises:
      SettingsError: the split is empty or unknown, or the data hold too few examples.
    """
    if split not in fields.SPLITS:
        raise SettingsError(f"{given(split=split)} is unknown; allowed: {', '.join(fields.SPLITS)}")
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
    examples: Examples, count: int, train_count: int | None = None
) -> tuple[Selected, Examples]:
    """Splits training examples into those to train on and `count` to validate on.

    The split is random but fixed: the same for every seed and every run. It keeps the
    order of the examples. NumPy guarantees that `RandomState`'s numbers never change.

    Args:
      examples: the published training examples.
      count: how many to validate on.
      train_count: how many to train on; None for all the others.

    Raises:
      SettingsError: no example is left to train on, or fewer than `train_count` are.
    """
    end = count + training_count(len(examples), count, train_count)
    order = np.random.RandomState(_VALIDATION_SEED).permutation(len(examples))
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
