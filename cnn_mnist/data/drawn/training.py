"""Adds drawn digits to the images of a data set for training."""

from __future__ import annotations

import dataclasses

import numpy as np

from cnn_mnist.config import Config
from cnn_mnist.data import orientation
from cnn_mnist.data.drawn import digits as drawn_digits
from cnn_mnist.data.loading import Dataset, Examples, Selected
from cnn_mnist.errors import SettingsError, argument, given
from cnn_mnist.support.progress import Progress


@dataclasses.dataclass(frozen=True)
class Joined:
    """The examples of a data set with others behind them; nothing is copied until it is taken."""

    first: Examples | Selected
    second: Examples

    def __len__(self) -> int:
        return len(self.first) + len(self.second)

    def take(self, indices: np.ndarray) -> Examples:
        """Returns the examples at `indices`, copied."""
        is_first = indices < len(self.first)
        first = self.first.take(indices[is_first])
        second = self.second.take(indices[~is_first] - len(self.first))
        images = np.empty([len(indices), *second.images.shape[1:]], second.images.dtype)
        labels = np.empty(len(indices), second.labels.dtype)
        for here, part in ((is_first, first), (~is_first, second)):
            images[here], labels[here] = part.images, part.labels
        return Examples(images, labels)


def check(config: Config, dataset: Dataset) -> None:
    """Checks that drawn digits may join a data set.

    Raises:
      SettingsError: its images are not digits, or its classes are in another order.
    """
    if config.drawn_examples and not orientation.are_upright_digits(dataset):
        raise SettingsError(
            f"{given(drawn_examples=config.drawn_examples)} adds digits, and the classes of "
            f"{dataset.name} are not the digits 0 to 9; give {argument('drawn_examples')} 0, or "
            "another data set"
        )


def with_drawn(
    training: Selected, config: Config, progress: Progress
) -> Examples | Selected | Joined:
    """Returns the training examples of a run: those of the data set, then the drawn ones.

    The same seed draws the same digits, so a run that goes on has the same examples.
    """
    if not config.drawn_examples:
        return training
    progress.say(f"Drawing {config.drawn_examples:,} digits to train on")
    return Joined(training, drawn_digits.examples(config.drawn_examples, config.seed))
