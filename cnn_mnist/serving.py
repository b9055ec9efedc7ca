"""What an export takes and gives."""

from __future__ import annotations

import os
from typing import Any

from cnn_mnist.architecture import IMAGE_SHAPE
from cnn_mnist.tf_compat import estimator, tf

EXPORT_FOLDER = "export"
"""Under `model_dir`; holds a folder for each version, named by a number, as
`tensorflow_model_server --model_base_path` expects."""


def serving_input_receiver_fn() -> Any:
    """Returns the receiver of `serving_default`: `image`, uint8 pixels `[batch, 28, 28, 1]`."""
    image = tf.placeholder(tf.uint8, [None, *IMAGE_SHAPE], name="image")
    return estimator.export.ServingInputReceiver({"image": image}, {"image": image})


def newest_export(model_dir: str) -> str | None:
    """Returns the newest version's folder, or None where nothing was exported."""
    folder = os.path.join(model_dir, EXPORT_FOLDER)
    versions = [n for n in os.listdir(folder) if n.isdecimal()] if os.path.isdir(folder) else []
    return os.path.join(folder, max(versions, key=int)) if versions else None


def as_newest(exported: str) -> str:
    """Makes a version that was just written the newest, by its number.

    Estimator numbers versions by the clock, and a server takes the highest: after the clock
    was set back it would go on with an older model.

    Returns:
      The version's folder.
    """
    folder, version = os.path.split(exported)
    newest = max((int(n) for n in os.listdir(folder) if n.isdecimal()), default=0)
    if newest == int(version):
        return exported
    renamed = os.path.join(folder, str(newest + 1))
    os.rename(exported, renamed)
    return renamed
