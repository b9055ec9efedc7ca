"""The verb `export`: a SavedModel, and beside it what `--export_formats` asks for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from cnn_mnist.config import Config
from cnn_mnist.data.loading import Dataset
from cnn_mnist.errors import ExportError
from cnn_mnist.exporting import tflite
from cnn_mnist.exporting.saved_model import write
from cnn_mnist.exporting.tfjs import sprite, writer
from cnn_mnist.model_folder import checkpoints, exports, write_errors
from cnn_mnist.model_folder.write_errors import reason_of
from cnn_mnist.tf_compat import tf

BESIDE: Mapping[str, Callable[[Config, str, str], None]] = {
    "tflite": tflite.write,
    "tfjs": writer.write,
}
"""What writes each format but the SavedModel: a function of the run, the path of a checkpoint
and a folder of its own, `<version>/<format>`."""


def export(
    config: Config,
    export_dir: str | None = None,
    checkpoint: str = "best",
    dataset: Dataset | None = None,
) -> str:
    """Writes a checkpoint's network, in float32, to `model_dir/export/<version>`.

    The folder is a SavedModel; what else `config.export_formats` names lies in folders
    within it, which servers pass over.
    Of the versions there the newest `config.keep_exports` are kept. With `tfjs` among the
    formats the folder of versions also holds `data`, the images for a page in the browser.

    Args:
      config: the run.
      export_dir: writes `<export_dir>/<version>` instead, and removes none.
      checkpoint: which, see `model_folder.checkpoints.find`.
      dataset: the data where it is loaded already; only `tfjs` needs it.

    Returns:
      The version's folder, written whole or not at all.

    Raises:
      CheckpointError: there is no such checkpoint, or it is another network's.
      ExportError: the disk is full, or `tfjs` is among the formats and the data cannot be used.
    """
    path = checkpoints.find(config, checkpoint)
    folder = export_dir or os.path.join(config.model_dir, exports.FOLDER)
    if "tfjs" in config.export_formats:
        _write_data(config, folder, dataset)
    with exports.unfinished(folder) as place:
        version = exports.publish(_write(config, path, place), folder)
    if export_dir is None:
        exports.prune(folder, config.keep_exports)
    return version


def _write_data(config: Config, folder: str, dataset: Dataset | None) -> None:
    try:
        sprite.write(config, folder, dataset)
    except OSError as error:
        raise cannot_be_exported(config, error) from error


def _write(config: Config, checkpoint: str, place: str) -> str:
    try:
        folder = write(config, checkpoint, place)
        for name in sorted(set(config.export_formats) & set(BESIDE)):
            beside = os.path.join(folder, name)
            os.mkdir(beside)
            BESIDE[name](config, checkpoint, beside)
    except tf.errors.OpError as error:
        if not write_errors.is_about_writing(error):
            raise
        raise cannot_be_exported(config, error) from error
    except OSError as error:
        raise cannot_be_exported(config, error) from error
    return folder


def cannot_be_exported(config: Config, error: Exception) -> ExportError:
    """Returns what the user can do about an export that TensorFlow could not write."""
    return ExportError(
        f"--model_dir={config.model_dir}: the export cannot be written ({reason_of(error)}); "
        "make room or mend that, and --mode=export writes it again"
    )
