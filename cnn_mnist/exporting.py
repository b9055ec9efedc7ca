"""The verb `export`."""

from __future__ import annotations

import dataclasses
import os

from cnn_mnist import checkpoints, datasets, exports, serving, warm_up
from cnn_mnist.config import Config
from cnn_mnist.datasets import CLASS_NAMES_FILE
from cnn_mnist.estimators import build_estimator
from cnn_mnist.tf_compat import tf


def export(config: Config, export_dir: str | None = None, checkpoint: str = "best") -> str:
    """Writes a SavedModel of a checkpoint, in float32, to `model_dir/export/<version>`.

    Of the versions there the newest `config.keep_exports` are kept.

    Args:
      config: the run.
      export_dir: writes `<export_dir>/<version>` instead, and removes none.
      checkpoint: which, see `checkpoints.find`.

    Returns:
      The version's folder, written whole or not at all.

    Raises:
      UserError: there is no such checkpoint, it is another network's, or the disk is full.
    """
    path = checkpoints.find(config, checkpoint)
    folder = export_dir or os.path.join(config.model_dir, exports.FOLDER)
    with exports.unfinished(folder) as place:
        version = exports.publish(_write(config, path, place), folder)
    if export_dir is None:
        exports.prune(folder, config.keep_exports)
    return version


def _write(config: Config, checkpoint: str, place: str) -> str:
    names = os.path.join(config.model_dir, CLASS_NAMES_FILE)
    digits = datasets.are_digits(datasets.saved_class_names(config.model_dir))
    try:
        written = build_estimator(
            dataclasses.replace(config, precision="float32")
        ).export_saved_model(
            place,
            serving.input_receiver_fn(digits),
            assets_extra={CLASS_NAMES_FILE: names} if os.path.exists(names) else None,
            checkpoint_path=checkpoint,
        )
    except tf.errors.OpError as error:
        if not checkpoints.is_about_writing(error):
            raise
        raise checkpoints.cannot_be_exported(config, error) from error
    folder = os.fsdecode(written)
    serving.name_signatures(folder)
    warm_up.write(folder)
    return folder
