"""The training data that some formats of an export need besides the checkpoint."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnn_mnist.config import Config
from cnn_mnist.data import data_record, splits
from cnn_mnist.data.loading import Dataset
from cnn_mnist.errors import ExportError, UserError, given
from cnn_mnist.support import terminal
from cnn_mnist.tf_compat import tf

NEEDED_FOR = {
    "tflite": "a file in int8 that is calibrated on training images",
    "tfjs": "the images that the page trains on and tests with",
    "onnx": "a file in int8 that is calibrated on training images",
}
"""What is written of the data, by the format of `config.export_formats`."""
_CONSEQUENCES = {
    "tflite": "the int8 file is calibrated on other images",
    "tfjs": "the page would train and test on other images",
    "onnx": "the int8 file is calibrated on other images",
}

REPRESENTATIVE = 500
"""Images that measure the ranges of values; TensorFlow's guide takes 100 to 500
(https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/post_training_quantization).
With 2,000 the int8 ONNX file of the default network answered no better, and took four times as
long."""


def load(config: Config, dataset: Dataset | None = None) -> Dataset | None:
    """Returns the data if a format needs them, else None; warns if the model had other data.

    Args:
      config: the run, whose data set is loaded.
      dataset: the data, if they are already loaded.

    Raises:
      ExportError: the data cannot be used.
    """
    formats = [name for name in NEEDED_FOR if name in config.export_formats]
    if not formats:
        return None
    dataset = dataset or _load(config, formats)
    if mismatch := data_record.mismatch(config, dataset):
        consequences = dict.fromkeys(_CONSEQUENCES[name] for name in formats)
        text = f"{mismatch}; {', and '.join(consequences)}"
        tf.logging.warning(terminal.visible(text))
    return dataset


def _load(config: Config, formats: Sequence[str]) -> Dataset:
    try:
        return splits.load_dataset(config)
    except UserError as error:
        raise ExportError(
            f"{given(export_formats=','.join(formats))} also writes "
            f"{' and '.join(dict.fromkeys(NEEDED_FOR[name] for name in formats))}, but those of "
            f"{given(dataset=config.dataset)} cannot be loaded: {error.both_wordings}; fix that, "
            f"or leave out {' and '.join(formats)}"
        ) from error


def representative(config: Config, dataset: Dataset) -> np.ndarray:
    """Returns images that the run trains on, evenly spaced; none of validation or test.

    Args:
      config: the run.
      dataset: its data.

    Returns:
      uint8 `[count, 28, 28, 1]`, at most `REPRESENTATIVE`.

    Raises:
      SettingsError: the data hold too few examples.
    """
    training, _ = splits.training_and_validation(dataset, config)
    count = min(REPRESENTATIVE, len(training))
    return training.take(np.linspace(0, len(training) - 1, count).astype(np.int64)).images
