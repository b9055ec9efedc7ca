"""The training images on which the ranges of an int8 file's values are measured."""

from __future__ import annotations

import numpy as np

from cnn_mnist.config import Config
from cnn_mnist.data import data_record, splits
from cnn_mnist.data.loading import Dataset
from cnn_mnist.errors import ExportError, UserError, given
from cnn_mnist.support import terminal
from cnn_mnist.tf_compat import tf

COUNT = 500
"""How many images are read.

With 2,000 the int8 file of the default network answered no better, and took four times as long.
"""


def read(config: Config, dataset: Dataset | None, formats: str) -> np.ndarray:
    """Returns `COUNT` of the images that the run trains on, at equal distances, or all of fewer.

    The files of some data sets are in the order of their classes, hence the distances.

    Args:
      config: the run.
      dataset: the data, if it is already loaded.
      formats: the formats that need the images, for the message.

    Returns:
      uint8 `[count, 28, 28, 1]`, 0 is background.

    Raises:
      ExportError: the data cannot be used.
    """
    try:
        dataset = dataset or splits.load_dataset(config)
        training, _ = splits.training_and_validation(dataset, config)
    except UserError as error:
        raise ExportError(
            f"{given(export_formats=formats)} also writes a file in int8, whose ranges are "
            f"measured on training images, but those of {given(dataset=config.dataset)} cannot be "
            f"loaded: {error.both_wordings}; fix that, or leave out {formats}"
        ) from error
    if mismatch := data_record.mismatch(config, dataset):
        text = f"{mismatch}; the ranges of the int8 file are measured on other images"
        tf.logging.warning(terminal.visible(text))
    count = min(COUNT, len(training))
    return training.take(np.linspace(0, len(training) - 1, count).astype(np.int64)).images
