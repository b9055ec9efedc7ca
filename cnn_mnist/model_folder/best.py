"""Keeps the best checkpoint so far in `model_dir/best`, apart from the newest checkpoints.

`best.json` holds the step and the validation of that checkpoint, so that it remains the best
after a restart. It is written after the new checkpoint and before the old one is removed, so
that it names a whole checkpoint whenever a crash comes.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from typing import Any

from cnn_mnist.model_folder import integrity, validations
from cnn_mnist.model_folder.validations import Validation
from cnn_mnist.support.files import write_whole
from cnn_mnist.tf_compat import tf

FOLDER = "best"
EARLIER_FOLDER = "earlier_best"
"""The best checkpoint and the validations that are of other validation images."""
_RECORD_FILE = "best.json"


@dataclasses.dataclass(frozen=True)
class Best:
    """The best checkpoint: its path, in the form that `tf.train` uses, and its validation."""

    path: str
    validation: Validation


def read(model_dir: str) -> Best | None:
    """Returns the best checkpoint, or None if none was kept or its record is damaged.

    Does not check the checkpoint's files; `model_folder.integrity.damage` does.
    """
    try:
        with open(_record_path(model_dir), encoding="utf-8-sig", errors="replace") as file:
            validation = validations.from_json(file.read())
    except OSError:
        return None
    if validation is None:
        return None
    return Best(_checkpoint_path(model_dir, validation.step), validation)


def forget(model_dir: str) -> None:
    """Removes the best checkpoint of an earlier training."""
    shutil.rmtree(os.path.join(model_dir, FOLDER), ignore_errors=True)


def set_aside_place(model_dir: str) -> str:
    """Returns the folder that `set_aside` moves to."""
    return os.path.join(model_dir, EARLIER_FOLDER)


def set_aside(model_dir: str) -> bool:
    """Moves the best checkpoint and the validations to `earlier_best/`, in place of older ones.

    Returns:
      Whether there were any.
    """
    place, folder = set_aside_place(model_dir), os.path.join(model_dir, FOLDER)
    record = os.path.join(model_dir, validations.VALIDATIONS_FILE)
    found = os.path.isdir(folder) or os.path.exists(record)
    if os.path.isdir(folder):
        shutil.rmtree(place, ignore_errors=True)
        os.rename(folder, place)
    if os.path.exists(record):
        os.makedirs(place, exist_ok=True)
        os.replace(record, os.path.join(place, validations.VALIDATIONS_FILE))
    return found


def set_aside_damaged(model_dir: str) -> integrity.Damage | None:
    """Moves the best checkpoint to `damaged/` and removes its record, if it cannot be used.

    Returns:
      The checkpoint and what is wrong with it, or None if it is whole or there is none.
    """
    best = read(model_dir)
    reason = integrity.damage(best.path) if best else None
    if best is None or reason is None:
        return None
    integrity.set_aside(best.path)
    os.unlink(_record_path(model_dir))
    return integrity.Damage(best.path, reason)


class BestSaver:
    """Saves the weights and the step, without the optimizer's state.

    Create it while the training graph is being built.
    """

    def __init__(self, model_dir: str) -> None:
        self._model_dir = model_dir
        saved = [*tf.trainable_variables(), tf.train.get_global_step()]
        self._saver = tf.train.Saver(saved, max_to_keep=None, name="save_best")

    def save(self, session: Any, validation: Validation) -> None:
        """Saves the session's weights as the best, and removes the earlier best."""
        path = _checkpoint_path(self._model_dir, validation.step)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self._saver.save(session, path, write_meta_graph=False, write_state=False)
        write_whole(_record_path(self._model_dir), validations.as_json(validation) + "\n")
        integrity.remove_others(os.path.dirname(path), path)


def _record_path(model_dir: str) -> str:
    return os.path.join(model_dir, FOLDER, _RECORD_FILE)


def _checkpoint_path(model_dir: str, step: int) -> str:
    return integrity.path_of(os.path.join(model_dir, FOLDER), step)
