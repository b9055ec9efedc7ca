"""Writes the SavedModel of an export: three signatures, their variables and warm-up requests."""

from __future__ import annotations

import os
import shutil
import time

from cnn_mnist import estimator as estimators
from cnn_mnist.config import Config
from cnn_mnist.data import data_record
from cnn_mnist.data.class_names import CLASS_NAMES_FILE
from cnn_mnist.exporting import signatures, warm_up
from cnn_mnist.tf_compat import tf


def write(config: Config, checkpoint: str, place: str) -> str:
    """Writes a checkpoint's SavedModel to a new folder within `place`.

    `Estimator.export_saved_model` calls `model_fn` once, so its signatures can only be places of
    one graph. This calls it once for each signature.

    Args:
      config: the run; the network is float32, whatever its `precision`.
      checkpoint: the path of a checkpoint of this network.
      place: where to write; it must exist.

    Returns:
      The path of the new folder. Its name is the time in seconds, as Estimator's exports have it.

    Raises:
      ProcessError: see `tf_compat.forks`.
      tf.errors.OpError, OSError: a file cannot be written.
    """
    folder = os.path.join(place, str(int(time.time())))
    builder = tf.saved_model.Builder(folder)
    settings = estimators.session_config(config, training=False)
    with tf.Graph().as_default(), tf.Session(config=settings) as session:
        made = signatures.build(config, data_record.frames_digits(config.model_dir))
        tf.train.get_or_create_global_step()
        saver = tf.train.Saver(tf.global_variables())
        saver.restore(session, checkpoint)
        builder.add_meta_graph_and_variables(
            session,
            [tf.saved_model.tag_constants.SERVING],
            made,
            strip_default_attrs=True,
            saver=saver,
        )
    builder.save()
    _add_class_names(config, os.path.join(folder, "assets.extra"))
    warm_up.write(folder)
    return folder


def _add_class_names(config: Config, folder: str) -> None:
    names = os.path.join(config.model_dir, CLASS_NAMES_FILE)
    if os.path.exists(names):
        os.makedirs(folder)
        shutil.copy(names, folder)
