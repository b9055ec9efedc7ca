"""A dry run: few steps on few images, in a folder that is thrown away."""

from __future__ import annotations

import os
import shutil

from cnn_mnist import config as config_lib
from cnn_mnist.config import Config
from cnn_mnist.data.class_names import CLASS_NAMES_FILE
from cnn_mnist.model_folder.checkpoints import find
from cnn_mnist.tf_compat import tf


def copy_for_dry_run(config: Config, which: str, target: str) -> None:
    """Copies a checkpoint, and what is known about it, to another folder, as its newest."""
    checkpoint = find(config, which)
    folder, base = os.path.split(checkpoint)
    for name in os.listdir(folder or "."):
        if name.startswith(f"{base}."):
            shutil.copy(os.path.join(folder, name), target)
    for name in (config_lib.CONFIG_FILE, CLASS_NAMES_FILE):
        if os.path.exists(os.path.join(config.model_dir, name)):
            shutil.copy(os.path.join(config.model_dir, name), target)
    tf.train.update_checkpoint_state(target, os.path.join(target, base))
