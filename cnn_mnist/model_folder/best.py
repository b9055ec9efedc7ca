"""Keeps the best checkpoint so far in `model_dir/best`, apart from the newest checkpoints.

`best.json` holds the step and the validation of that checkpoint, so that it remains the best
after a restart. It is written after the new checkpoint and before the old one is removed, so
that it names a whole checkpoint whenever a crash comes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import os
import shutil
import time
from collections.abc import Collection, Iterator
from typing import Any

from cnn_mnist.model_folder import integrity, validations
from cnn_mnist.model_folder.validations import Validation
from cnn_mnist.plots.graph_groups import SESSION, beside_the_network
from cnn_mnist.support import records
from cnn_mnist.support.files import make_folder, write_whole
from cnn_mnist.tf_compat import tf

FOLDER = "best"
EARLIER_FOLDER = "earlier_best"
"""The best checkpoint and the validations that are of other validation images."""
_RECORD_FILE = "best.json"
_READERS_PATIENCE = 2.0


@dataclasses.dataclass(frozen=True)
class Best:
    """The best checkpoint: its path, in the form that `tf.train` uses, and its validation."""

    path: str
    validation: Validation


def read(model_dir: str) -> Best | None:
    """Returns the best checkpoint, or None if none was kept.

    None also if its record is damaged, with a warning. Does not check the checkpoint's files;
    `model_folder.integrity.damage` does.
    """
    validation = records.whole(_record_path(model_dir), validations.from_json)
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
    """Moves the best checkpoint to `damaged/` with its record, if it cannot be used.

    If the record is damaged, nothing says which checkpoint is the best, so all are moved.

    Returns:
      What cannot be used and what is wrong with it, or None if the best is whole or there is none.
    """
    record = _record_path(model_dir)
    best = read(model_dir)
    if best is None:
        if not os.path.lexists(record):
            return None
        integrity.set_aside_all(os.path.dirname(record), _RECORD_FILE)
        return integrity.Damage(record, "damaged")
    reason = integrity.damage(best.path)
    if reason is None:
        return None
    integrity.set_aside(best.path)
    os.unlink(record)
    return integrity.Damage(best.path, reason)


class BestSaver:
    """Saves the weights and the step, without the optimizer's state.

    Create it while the training graph is being built.

    Args:
      model_dir: the folder.
      names: the names of the network's variables, moving averages included.
    """

    def __init__(self, model_dir: str, names: Collection[str]) -> None:
        self._model_dir = model_dir
        weights = [variable for variable in tf.global_variables() if variable.op.name in names]
        saved = [*weights, tf.train.get_global_step()]
        with beside_the_network(SESSION):
            self._saver = tf.train.Saver(saved, max_to_keep=None, name="save_best")

    def save(self, session: Any, validation: Validation) -> None:
        """Saves the session's weights as the best, and removes the earlier best."""
        path = _checkpoint_path(self._model_dir, validation.step)
        make_folder(os.path.dirname(path))
        self._saver.save(session, path, write_meta_graph=False, write_state=False)
        write_whole(_record_path(self._model_dir), validations.as_json(validation) + "\n")
        with _alone(os.path.dirname(path)) as is_alone:
            # Those that somebody reads are removed after the next best.
            if is_alone:
                integrity.remove_others(os.path.dirname(path), path)


@contextlib.contextmanager
def held(model_dir: str) -> Iterator[None]:
    """Has training remove no best checkpoint for a `with` block; does nothing where it cannot."""
    with _locked(os.path.join(model_dir, FOLDER), fcntl.LOCK_SH):
        yield


@contextlib.contextmanager
def _alone(folder: str) -> Iterator[bool]:
    """Gives whether nobody holds a best checkpoint; nobody begins to during the block."""
    with _locked(folder, fcntl.LOCK_EX) as error_number:
        yield error_number != errno.EWOULDBLOCK


@contextlib.contextmanager
def _locked(folder: str, kind: int) -> Iterator[int | None]:
    """Locks a folder for a block, and gives the number of the error if that is not possible.

    The lock is on the folder itself, so that a folder that cannot be written can be held too.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        yield error.errno
        return
    try:
        yield _lock(descriptor, kind)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, kind: int) -> int | None:
    # Whoever writes or removes holds the lock for milliseconds; who reads does not wait for more.
    patience = _READERS_PATIENCE if kind == fcntl.LOCK_SH else 0.0
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno != errno.EWOULDBLOCK or time.monotonic() >= end:
                return error.errno
            time.sleep(0.005)
        else:
            return None


def _record_path(model_dir: str) -> str:
    return os.path.join(model_dir, FOLDER, _RECORD_FILE)


def _checkpoint_path(model_dir: str, step: int) -> str:
    return integrity.path_of(os.path.join(model_dir, FOLDER), step)
