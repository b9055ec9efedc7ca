"""Checks that training can begin or resume in a folder, and repairs the folder before."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import tempfile
from collections.abc import Callable

from cnn_mnist import config as config_lib
from cnn_mnist.config import Config, classes
from cnn_mnist.errors import CheckpointError, argument, given, wording
from cnn_mnist.hooks import monitor
from cnn_mnist.model_folder import best as best_checkpoint
from cnn_mnist.model_folder import exports, integrity, validations
from cnn_mnist.model_folder.checkpoints import (
    check_place,
    check_same_network,
    latest_step,
    newest_whole,
)
from cnn_mnist.model_folder.write_errors import reason_of
from cnn_mnist.networks import architecture
from cnn_mnist.support import unfinished
from cnn_mnist.tf_compat import tf
from cnn_mnist.training.lock import LOCK_FILE, TrainingLock

# The name that each optimizer appends to a variable's name for its own state.
_SLOTS = {"adam": "Adam", "momentum": "Momentum", "sgd": None}
_VALUES_PER_WEIGHT = {"adam": 2, "momentum": 1, "sgd": 0}
# Estimates for the other files: a graph with each checkpoint; summaries and pictures.
_GRAPH_BYTES = 500_000
_EVENTS_BYTES = 10_000_000


def is_finished(config: Config) -> bool:
    """Returns whether nothing is left to train: all steps are done, or early stopping ended it."""
    step = latest_step(config.model_dir)
    if step is None or step >= config.train_steps:
        return step is not None
    return monitor.monitor_of(config).stops(validations.read(config.model_dir, step))


def check_trainable(config: Config) -> None:
    """Checks that training can begin or resume in `model_dir`.

    Raises:
      CheckpointError: the folder cannot be written or its disk is too full, all its checkpoints
        are damaged or gone, or the newest is another network's or another optimizer's.
    """
    check_place(config.model_dir)
    try:
        os.makedirs(config.model_dir, exist_ok=True)
        with tempfile.TemporaryFile(dir=config.model_dir):
            pass
    except OSError as error:
        raise CheckpointError(
            f"{given(model_dir=config.model_dir)} cannot be written ({error.strerror}); "
            "give a folder that you can write to"
        ) from error
    _tidy(config.model_dir)
    # The data, which are not loaded yet, may have another number of classes than the preset.
    config = classes.as_trained(config)
    # `repair` warns of damaged checkpoints.
    checkpoint = newest_whole(config.model_dir, warns=False)
    if checkpoint:
        check_same_network(config, checkpoint)
        _check_same_optimizer(config, checkpoint)
    else:
        _check_nothing_was_lost(config.model_dir)
    _check_space(config)


def check_classes(config: Config) -> None:
    """Checks that a trained `model_dir` has the classes of the data that the network now fits.

    Raises:
      CheckpointError: it has another number of them.
    """
    trained = config_lib.load_or_none(config.model_dir)
    if (
        trained is not None
        and trained.classes != config.classes
        and latest_step(config.model_dir) is not None
    ):
        raise CheckpointError(
            f"{given(model_dir=config.model_dir)} holds a network of {trained.classes} classes, "
            f"and {given(dataset=config.dataset)} has {config.classes}; give another "
            f"{argument('model_dir')}"
        )


def repair(model_dir: str, say: Callable[[str], None]) -> None:
    """Sets damaged checkpoints aside, so that training resumes from the newest whole one.

    Call it only while holding the folder's `TrainingLock`.

    Args:
      model_dir: the folder.
      say: called with one line of text for each damaged checkpoint.
    """
    aside = os.path.join(model_dir, integrity.DAMAGED_FOLDER)
    found = integrity.repair(model_dir)
    for damaged in found.damaged:
        say(
            f"Warning: {damaged.path} is {damaged.reason}; its files are set aside in {aside}; "
            f"training goes on from step {latest_step(model_dir):,}"
        )
    remove_half_written(model_dir)
    lost = best_checkpoint.set_aside_damaged(model_dir)
    if lost:
        say(
            f"Warning: {lost.path}, the best so far, is {lost.reason} and is set aside; the next "
            "validation takes its place"
        )


def remove_half_written(model_dir: str) -> None:
    """Removes checkpoints that were not written to their end; call it as `repair`."""
    for folder in (model_dir, os.path.join(model_dir, best_checkpoint.FOLDER)):
        integrity.remove_half_written(folder)


def _tidy(model_dir: str) -> None:
    """Removes what killed processes left half written, which the room on the disk may depend on."""
    for folder in ("", best_checkpoint.FOLDER, exports.FOLDER):
        unfinished.remove_abandoned(os.path.join(model_dir, folder))
    if not os.path.exists(os.path.join(model_dir, LOCK_FILE)):
        # Nobody has trained here.
        return
    # If another training holds the lock, such files may be its own.
    with contextlib.suppress(CheckpointError), TrainingLock(model_dir):
        remove_half_written(model_dir)


def cannot_be_written(config: Config, error: Exception) -> CheckpointError:
    """Returns the error for a checkpoint that TensorFlow could not write."""
    newest = integrity.survey(config.model_dir).newest
    same = wording("the same call", "the same command")
    kept = (
        f"the checkpoint {newest} is whole, and {same} goes on from it"
        if newest
        else "there is no checkpoint"
    )
    return CheckpointError(
        f"{given(model_dir=config.model_dir)}: training stopped ({reason_of(error)}); make room or "
        f"fix that; {kept}"
    )


def _check_nothing_was_lost(model_dir: str) -> None:
    """Refuses to begin again if the record shows training, but no checkpoint is left."""
    if recorded := validations.read(model_dir):
        raise CheckpointError(
            f"{given(model_dir=model_dir)} was trained to step {recorded[-1].step:,} or further, "
            f"but its checkpoints are gone; bring one back, give another {argument('model_dir')}, "
            "or delete this one to start afresh"
        )


def _check_space(config: Config) -> None:
    needed = _bytes_to_write(config)
    free = shutil.disk_usage(config.model_dir).free
    if free < needed:
        raise CheckpointError(
            f"{given(model_dir=config.model_dir)} has {free / 1e6:,.0f} MB free, and training "
            f"writes up to {math.ceil(needed / 1e6):,} MB; make room, give another folder, or keep "
            f"fewer checkpoints than {given(keep_checkpoint_max=config.keep_checkpoint_max)}"
        )


def _bytes_to_write(config: Config) -> int:
    """Returns the bytes that training may write, beyond the checkpoints already there."""
    weights = 4 * architecture.parameter_count(architecture.parse(config.architecture))
    one = weights * (1 + _VALUES_PER_WEIGHT[config.optimizer]) + _GRAPH_BYTES
    saves = math.ceil(config.train_steps / config.save_checkpoints_steps) + 1
    # One more than are kept, since the oldest is removed only after the newest is written; and
    # two best ones for the same reason.
    most = one * (min(saves, config.keep_checkpoint_max) + 1) + 2 * weights
    left = max(one + weights, most - integrity.size(config.model_dir))
    return left + _EVENTS_BYTES


def _check_same_optimizer(config: Config, checkpoint: str) -> None:
    names = [name for name, _ in tf.train.list_variables(checkpoint)]
    used = next(
        (o for o, slot in _SLOTS.items() if slot and any(n.endswith(f"/{slot}") for n in names)),
        "sgd",
    )
    if _SLOTS[config.optimizer] and used != config.optimizer:
        raise CheckpointError(
            f"{given(optimizer=config.optimizer)} differs: {config.model_dir} was trained with "
            f"{used}; go on with {given(optimizer=used)}{' or sgd' if used != 'sgd' else ''}, or "
            f"give another {argument('model_dir')}"
        )
