"""The best model so far, kept in `model_dir/best` beside the newest checkpoints.

`best.json` names the checkpoint and what the validation images gave, so that it
remains the best after a restart, and is written after the checkpoint and before the
old one is removed: whatever moment a crash comes at, it names a whole one.
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
_RECORD_FILE = "best.json"


@dataclasses.dataclass(frozen=True)
class Best:
    """A kept checkpoint: `path` as `tf.train` takes it, and its validation."""

    path: str
    validation: Validation


def read(model_dir: str) -> Best | None:
    """Returns the best checkpoint, or None where none was kept.

    Whether its files are whole is another question, see `model_folder.integrity.damage`.
    """
    try:
        with open(_record_path(model_dir), encoding="utf-8", errors="replace") as file:
            validation = validations.from_json(file.read())
    except OSError:
        return None
    if validation is None:
        return None
    return Best(_checkpoint_path(model_dir, validation.step), validation)


def forget(model_dir: str) -> None:
    """Removes what another training left."""
    shutil.rmtree(os.path.join(model_dir, FOLDER), ignore_errors=True)


def set_aside_damaged(model_dir: str) -> integrity.Damage | None:
    """Forgets the best where its checkpoint cannot be used, and moves what is left of it.

    Returns:
      What was wrong with it, or None where nothing was.
    """
    best = read(model_dir)
    reason = integrity.damage(best.path) if best else None
    if best is None or reason is None:
        return None
    integrity.set_aside(best.path)
    os.unlink(_record_path(model_dir))
    return integrity.Damage(best.path, reason)


class BestSaver:
    """Writes the weights and the step, without the optimizer's state.

    Make one while the training graph is being built.
    """

    def __init__(self, model_dir: str) -> None:
        self._model_dir = model_dir
        saved = [*tf.trainable_variables(), tf.train.get_global_step()]
        self._saver = tf.train.Saver(saved, max_to_keep=None, name="save_best")

    def save(self, session: Any, validation: Validation) -> None:
        """Keeps the session's weights as the best, in place of those before."""
        path = _checkpoint_path(self._model_dir, validation.step)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self._saver.save(session, path, write_meta_graph=False, write_state=False)
        write_whole(_record_path(self._model_dir), validations.as_json(validation) + "\n")
        integrity.remove_others(os.path.dirname(path), path)


def _record_path(model_dir: str) -> str:
    return os.path.join(model_dir, FOLDER, _RECORD_FILE)


def _checkpoint_path(model_dir: str, step: int) -> str:
    return integrity.path_of(os.path.join(model_dir, FOLDER), step)
