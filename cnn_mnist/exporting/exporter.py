"""The verb `export`: writes a SavedModel and the other formats in `--export_formats`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from cnn_mnist.config import Config
from cnn_mnist.data.loading import Dataset
from cnn_mnist.errors import ExportError, given, wording
from cnn_mnist.exporting import onnx, tflite, training_data
from cnn_mnist.exporting.saved_model import write
from cnn_mnist.exporting.tfjs import sprite, writer
from cnn_mnist.model_folder import checkpoints, exports, write_errors
from cnn_mnist.model_folder.write_errors import reason_of
from cnn_mnist.tf_compat import tf
from cnn_mnist.uncertainty import calibration

BESIDE: Mapping[str, Callable[..., None]] = {
    "tflite": lambda config, checkpoint, folder, dataset: tflite.write(
        config, checkpoint, folder, training_data.representative(config, dataset)
    ),
    "tfjs": lambda config, checkpoint, folder, _: writer.write(config, checkpoint, folder),
    "onnx": lambda config, checkpoint, folder, dataset: onnx.write(
        config, checkpoint, folder, training_data.representative(config, dataset)
    ),
}
"""The function that writes each format other than the SavedModel.

Its arguments are the run, the path of a checkpoint, the folder `<version>/<format>`, and the data
if `training_data.NEEDED_FOR` names the format.
"""


def check_installed(config: Config) -> None:
    """Checks that what writes `config.export_formats` can be imported; call it before training.

    Raises:
      InstallationError: it cannot; the message says what to install.
    """
    if "onnx" in config.export_formats:
        onnx.check_installed()


def export(
    config: Config,
    export_dir: str | None = None,
    checkpoint: str = "best",
    dataset: Dataset | None = None,
) -> str:
    """Writes a checkpoint's network, in float32, to `model_dir/export/<version>`.

    The folder is a SavedModel; the other formats in `config.export_formats` are folders
    within it, which servers ignore. The newest `config.keep_exports` versions are kept. With
    `tfjs` among the formats, `model_dir/export/data` holds the images for the web pages. Each
    format's folder holds the checkpoint's `calibration.json`, if it has one; a SavedModel's is
    in `assets.extra`.

    Args:
      config: the run.
      export_dir: where to write `<export_dir>/<version>` instead; no version there is removed.
      checkpoint: which checkpoint; see `model_folder.checkpoints.find`.
      dataset: the data, if it is already loaded; only the formats other than SavedModel need it.

    Returns:
      The version's folder, written whole or not at all.

    Raises:
      CheckpointError: the checkpoint does not exist, or belongs to another network.
      ExportError: the disk is full, or a format needs the data and they cannot be used.
      InstallationError: see `check_installed`.
    """
    check_installed(config)
    # Before the data, which take longer.
    checkpoints.find(config, checkpoint)
    folder = export_dir or os.path.join(config.model_dir, exports.FOLDER)
    data = training_data.load(config, dataset)
    if data is not None and "tfjs" in config.export_formats:
        _write_data(config, folder, data)
    version = checkpoints.read(
        config, checkpoint, lambda path: _exported(config, path, folder, data)
    )
    if export_dir is None:
        exports.prune(folder, config.keep_exports)
    return version


def _exported(config: Config, checkpoint: str, folder: str, dataset: Dataset | None) -> str:
    with exports.unfinished(folder) as place:
        return exports.publish(_write(config, checkpoint, place, dataset), folder)


def _write_data(config: Config, folder: str, dataset: Dataset) -> None:
    try:
        sprite.write(folder, dataset)
    except OSError as error:
        raise cannot_be_exported(config, error) from error


def _write(config: Config, checkpoint: str, place: str, dataset: Dataset | None) -> str:
    try:
        folder = write(config, checkpoint, place)
        _carry_calibration(checkpoint, os.path.join(folder, "assets.extra"))
        for name in sorted(set(config.export_formats) & set(BESIDE)):
            beside = os.path.join(folder, name)
            os.mkdir(beside)
            BESIDE[name](config, checkpoint, beside, dataset)
            _carry_calibration(checkpoint, beside)
    except tf.errors.OpError as error:
        if not write_errors.is_about_writing(error):
            raise
        raise cannot_be_exported(config, error) from error
    except OSError as error:
        raise cannot_be_exported(config, error) from error
    return folder


def _carry_calibration(checkpoint: str, folder: str) -> None:
    """Writes the checkpoint's calibration into a folder of the export, if it has one."""
    found = calibration.of_checkpoint(checkpoint, checkpoints.step_of(checkpoint))
    if found is not None:
        calibration.write(folder, found)


def cannot_be_exported(config: Config, error: Exception) -> ExportError:
    """Returns the error for an export that could not be written; it says what to do next."""
    return ExportError(
        f"{given(model_dir=config.model_dir)}: the export cannot be written ({reason_of(error)}); "
        f"make room or fix that, then run {wording('cnn_mnist.export', '--mode=export')} again"
    )
