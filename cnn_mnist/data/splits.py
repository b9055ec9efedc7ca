"""The data of a run: loaded, cut to what is asked for, and split."""

from __future__ import annotations

import dataclasses

from cnn_mnist import config as config_lib
from cnn_mnist.config import Config, fields
from cnn_mnist.data import loading
from cnn_mnist.data.loading import Dataset, Examples, split_validation
from cnn_mnist.errors import UserError
from cnn_mnist.support.progress import Progress


def load_dataset(config: Config, progress: Progress | None = None) -> Dataset:
    """Loads the run's data, cut to `config.limit_examples` of each split.

    Raises:
      UserError: the data cannot be used, see `data.loading.load`.
    """
    say = (progress or Progress()).say
    dataset = loading.load(config.dataset, config.data_dir, config.offline, say)
    if config.limit_examples is None:
        return dataset
    first = slice(config.limit_examples)
    return dataclasses.replace(
        dataset, train=dataset.train.take(first), test=dataset.test.take(first)
    )


def training_and_validation(dataset: Dataset, config: Config) -> tuple[Examples, Examples]:
    """Returns the examples that a run trains on and those that it validates on.

    Raises:
      UserError: the data hold too few examples.
    """
    return split_validation(dataset.train, config.validation_examples, config.train_examples)


def with_train_steps(config: Config, dataset: Dataset) -> Config:
    """Returns the configuration with `epochs` turned into steps of this data.

    Raises:
      UserError: the data hold too few examples.
    """
    count = loading.training_count(
        len(dataset.train), config.validation_examples, config.train_examples
    )
    return config_lib.with_train_steps(config, count)


def examples_of(dataset: Dataset, split: str, config: Config) -> Examples:
    """Returns the examples of one of `config.fields.SPLITS`.

    Raises:
      UserError: the split is empty or unknown, or the data hold too few examples.
    """
    if split not in fields.SPLITS:
        raise UserError(f"--split={split} is unknown; allowed: {', '.join(fields.SPLITS)}")
    if split == "test":
        return dataset.test
    training, validation = training_and_validation(dataset, config)
    examples = training if split == "train" else validation
    if not len(examples):
        raise UserError(f"--split={split} is empty; allowed with --validation_examples above 0")
    return examples
