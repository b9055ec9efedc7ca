"""A dry run: few steps on few images, in a temporary folder."""

from __future__ import annotations

import dataclasses
import os
import shutil
from typing import Any

from cnn_mnist import config as config_lib
from cnn_mnist.cli.command_line import Command
from cnn_mnist.config import Config
from cnn_mnist.data.class_names import CLASS_NAMES_FILE
from cnn_mnist.model_folder.checkpoints import read
from cnn_mnist.tf_compat import tf

_DRY_RUN: dict[str, Any] = {
    "train_steps": 6,
    "epochs": None,
    "batch_size": 20,
    "limit_examples": 300,
    "log_every_steps": 3,
    "validate_every_steps": 3,
    "save_summary_steps": 3,
    "warmup_steps": 1,
}
_DRY_RUN_VALIDATION_EXAMPLES = 100
_DRY_RUN_DRAWN_EXAMPLES = 20


def copy_for_dry_run(config: Config, which: str, target: str) -> None:
    """Copies a checkpoint and the files about it to another folder, as its newest checkpoint."""
    read(config, which, lambda checkpoint: _copy(config, checkpoint, target))


def _copy(config: Config, checkpoint: str, target: str) -> None:
    folder, base = os.path.split(checkpoint)
    for name in os.listdir(folder or "."):
        if name.startswith(f"{base}."):
            shutil.copy(os.path.join(folder, name), target)
    for name in (config_lib.CONFIG_FILE, CLASS_NAMES_FILE, config_lib.DATASET_FILE):
        if os.path.exists(os.path.join(config.model_dir, name)):
            shutil.copy(os.path.join(config.model_dir, name), target)
    tf.train.update_checkpoint_state(target, os.path.join(target, base))


def for_dry_run(command: Command, folder: str) -> Command:
    """Returns the command for a temporary folder, with a copy of the model if the mode needs it."""
    small = {"limit_examples": _DRY_RUN["limit_examples"]}
    if command.mode in ("train_and_evaluate", "train"):
        small = {name: value for name, value in _DRY_RUN.items() if name not in command.given}
    elif command.server is None and command.tfjs_model is None:
        copy_for_dry_run(command.config, command.checkpoint, folder)
    config = dataclasses.replace(
        command.config,
        **small,
        model_dir=folder,
        validation_examples=min(command.config.validation_examples, _DRY_RUN_VALIDATION_EXAMPLES),
        train_examples=None,
        drawn_examples=min(command.config.drawn_examples, _DRY_RUN_DRAWN_EXAMPLES),
    )
    return dataclasses.replace(command, config=config)
