"""Checks the checkpoint files of a folder, and moves damaged ones aside.

TensorFlow resumes from the checkpoint that the file `checkpoint` names; if that file is missing,
it silently starts from nothing. Here every tensor of a checkpoint is read before it is used,
which compares the checksums that TensorFlow wrote with them.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import functools
import glob
import os
import re
import shutil

from cnn_mnist.tf_compat import tf

DAMAGED_FOLDER = "damaged"
"""A folder beside the checkpoints, to which damaged ones are moved."""

_PREFIX = "model.ckpt-"
_DIGITS = "[0-9]" * 5
_ENDING = r"\.(index|meta|data-\d{5}-of-\d{5})$"


@dataclasses.dataclass(frozen=True)
class Damage:
    """The path of a checkpoint, in the form that `tf.train` uses, and what is wrong with it."""

    path: str
    reason: str


@dataclasses.dataclass(frozen=True)
class Survey:
    """The checkpoints of a folder.

    Attributes:
      newest: the path of the newest whole checkpoint, in the form that `tf.train` uses, or None.
      damaged: the newer checkpoints, which cannot be used, newest first.
      is_recorded: whether the file `checkpoint` names `newest` as the newest.
    """

    newest: str | None
    damaged: tuple[Damage, ...]
    is_recorded: bool


def survey(folder: str) -> Survey:
    """Finds the newest whole checkpoint of a folder; changes nothing."""
    named = _named(folder)
    recorded = [os.path.join(folder, os.path.basename(path)) for path in named]
    damaged: list[Damage] = []
    for path in _newest_first(folder, recorded):
        reason = damage(path)
        if reason is None:
            return Survey(path, tuple(damaged), named[-1:] == [path])
        # The checkpoint of step 0 holds no training, so its damage is no loss.
        if recorded or step_in_name(path):
            damaged.append(Damage(path, reason))
    return Survey(None, tuple(damaged), False)


def repair(folder: str) -> Survey:
    """Makes the newest whole checkpoint the one that training resumes from.

    Moves damaged ones to `damaged/`, removes files that a crash left half written, and makes
    the file `checkpoint` name whole checkpoints. Changes nothing if no checkpoint is whole.

    Returns:
      The survey from before the repair.
    """
    found = survey(folder)
    if found.newest is None:
        return found
    for damaged in found.damaged:
        set_aside(damaged.path)
    if not found.is_recorded:
        step = step_in_name(found.newest)
        older = [p for p in _on_disk(folder) if step_in_name(p) < step and damage(p) is None]
        tf.train.update_checkpoint_state(folder, found.newest, [*older[::-1], found.newest])
    remove_half_written(folder)
    return found


def is_there(path: str) -> bool:
    """Returns whether the files of a checkpoint exist."""
    return os.path.exists(f"{path}.index") and bool(_data_files(path))


def damage(path: str) -> str | None:
    """Returns what is wrong with a checkpoint, in a few words, or None if it is whole."""
    data = _data_files(path)
    try:
        files = [os.stat(file) for file in (f"{path}.index", *data)]
    except OSError:
        return "missing"
    if not data:
        return "its data are missing"
    return _damage(path, tuple((file.st_mtime_ns, file.st_size) for file in files))


def _data_files(path: str) -> list[str]:
    """Returns the files with a checkpoint's values, or none unless all of them are there.

    They are several where several devices or parameter servers wrote them.
    """
    found = glob.glob(f"{glob.escape(path)}.data-{_DIGITS}-of-{_DIGITS}")
    counts = collections.Counter(int(file[-5:]) for file in found)
    return sorted(file for file in found if counts[int(file[-5:])] == int(file[-5:]))


@functools.lru_cache(maxsize=64)
def _damage(path: str, written: tuple[tuple[int, int], ...]) -> str | None:
    try:
        reader = tf.train.load_checkpoint(path)
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    # Damaged files raise errors of TensorFlow and of Python, of many kinds.
    except Exception:
        return "damaged"
    return None


def without_ending(path: str) -> str:
    """Returns the path of a checkpoint, as `tf.train` uses it, from that of one of its files."""
    return re.sub(_ENDING, "", path)


def path_of(folder: str, step: int) -> str:
    """Returns the path of a folder's checkpoint of a step, in the form that `tf.train` uses."""
    return os.path.join(folder, f"{_PREFIX}{step}")


def remove_others(folder: str, kept: str) -> None:
    """Removes every checkpoint of a folder but one, given by its path."""
    for name in os.listdir(folder):
        if name.startswith(_PREFIX) and not name.startswith(f"{os.path.basename(kept)}."):
            os.unlink(os.path.join(folder, name))


def size(folder: str) -> int:
    """Returns the size of all checkpoints of a folder, in bytes."""
    files = glob.glob(os.path.join(glob.escape(folder), f"{_PREFIX}*"))
    return sum(os.path.getsize(path) for path in files if os.path.isfile(path))


def step_in_name(path: str) -> int:
    """Returns the training steps in a checkpoint's file name."""
    return int(path.rpartition("-")[2])


def remove_half_written(folder: str) -> None:
    """Removes files that a crash left half written; never a whole checkpoint."""
    for pattern in (f"{_PREFIX}*.tempstate*", f"{_PREFIX}*_temp*", "checkpoint.tmp*"):
        for path in glob.glob(os.path.join(glob.escape(folder), pattern)):
            if os.path.isdir(path):
                shutil.rmtree(path, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    os.unlink(path)


def _named(folder: str) -> list[str]:
    """Returns the paths in the file `checkpoint`, oldest first; none if it cannot be read.

    If the folder was moved or copied, the paths may still be those of the old place.
    """
    try:
        state = tf.train.get_checkpoint_state(folder)
    except (tf.errors.OpError, ValueError, UnicodeError):
        return []
    if state is None:
        return []
    named = [*state.all_model_checkpoint_paths, state.model_checkpoint_path]
    return list(dict.fromkeys(path for path in reversed(named) if _has_step(path)))[::-1]


def _newest_first(folder: str, recorded: list[str]) -> list[str]:
    """Returns the checkpoint recorded as the newest and all older ones, newest first.

    A newer one that is not recorded was being written when its process died.
    """
    found = {*recorded, *_on_disk(folder)}
    newest = step_in_name(recorded[-1]) if recorded else None
    known = [path for path in found if newest is None or step_in_name(path) <= newest]
    return sorted(known, key=step_in_name, reverse=True)


def _on_disk(folder: str) -> list[str]:
    """Returns the checkpoints with at least one file, newest first."""
    names = os.listdir(folder) if os.path.isdir(folder) else []
    stems = {without_ending(name) for name in names}
    paths = [os.path.join(folder, stem) for stem in stems if _has_step(stem)]
    return sorted(paths, key=step_in_name, reverse=True)


def _has_step(path: str) -> bool:
    return re.fullmatch(rf"{re.escape(_PREFIX)}\d{{1,18}}", os.path.basename(path)) is not None


def set_aside(path: str) -> None:
    """Moves the files of a checkpoint to `damaged/` beside it."""
    folder, stem = os.path.split(path)
    _move(folder, [name for name in os.listdir(folder) if name.startswith(f"{stem}.")])


def set_aside_all(folder: str, record: str) -> None:
    """Moves all checkpoints of a folder to `damaged/` in it, and the record that names one."""
    checkpoints = [name for name in os.listdir(folder) if name.startswith(_PREFIX)]
    _move(folder, [*checkpoints, record])


def _move(folder: str, names: list[str]) -> None:
    aside = os.path.join(folder, DAMAGED_FOLDER)
    for name in names:
        os.makedirs(aside, exist_ok=True)
        _replace(os.path.join(folder, name), os.path.join(aside, name))


def _replace(path: str, target: str) -> None:
    """Moves a file or a folder, also where the other kind is in its place."""
    if os.path.isdir(target) and not os.path.islink(target):
        shutil.rmtree(target)
    elif os.path.isdir(path) and os.path.lexists(target):
        os.unlink(target)
    os.replace(path, target)
