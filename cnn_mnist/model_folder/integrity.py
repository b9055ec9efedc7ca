"""The checkpoint files of a folder: which are whole, and what becomes of the others.

TensorFlow takes what the file `checkpoint` names for the newest, and where that is missing
it starts again from nothing without a word. Here every tensor of it is read, which compares
the checksums TensorFlow wrote beside them, before anything relies on it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import glob
import os
import re
import shutil

from cnn_mnist.tf_compat import tf

DAMAGED_FOLDER = "damaged"
"""Under the folder of checkpoints; holds what was set aside."""

_PREFIX = "model.ckpt-"
_DATA = ".data-00000-of-00001"


@dataclasses.dataclass(frozen=True)
class Damage:
    """A checkpoint that cannot be used: its path, as `tf.train` takes it, and what is wrong."""

    path: str
    reason: str


@dataclasses.dataclass(frozen=True)
class Survey:
    """What a folder holds.

    Attributes:
      newest: the path of the newest whole checkpoint, as `tf.train` takes it, or None.
      damaged: those that were newer and cannot be used, newest first.
      is_recorded: whether TensorFlow finds `newest` by the file `checkpoint`.
    """

    newest: str | None
    damaged: tuple[Damage, ...]
    is_recorded: bool


def survey(folder: str) -> Survey:
    """Looks for the newest whole checkpoint of a folder, and changes nothing."""
    named = _named(folder)
    recorded = [os.path.join(folder, os.path.basename(path)) for path in named]
    damaged: list[Damage] = []
    for path in _newest_first(folder, recorded):
        reason = damage(path)
        if reason is None:
            return Survey(path, tuple(damaged), named[-1:] == [path])
        # The very first one is of no step; what became of it is no loss.
        if recorded or step_in_name(path):
            damaged.append(Damage(path, reason))
    return Survey(None, tuple(damaged), False)


def mend(folder: str) -> Survey:
    """Makes the newest whole checkpoint the one that training goes on from.

    Damaged ones are moved to `damaged/`, what a crash left half written is removed, and
    `checkpoint` names what is whole. Nothing is changed where none is whole.
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


def damage(path: str) -> str | None:
    """Returns what is wrong with a checkpoint, in a few words, or None where it is whole."""
    try:
        files = [os.stat(f"{path}{end}") for end in (".index", _DATA)]
    except OSError:
        return "missing" if not os.path.exists(f"{path}.index") else "its data are missing"
    return _damage(path, tuple((file.st_mtime_ns, file.st_size) for file in files))


@functools.lru_cache(maxsize=64)
def _damage(path: str, written: tuple[tuple[int, int], ...]) -> str | None:
    try:
        reader = tf.train.load_checkpoint(path)
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    # What the reader meets becomes one of TensorFlow's errors, or one of many of Python's.
    except Exception:
        return "damaged"
    return None


def path_of(folder: str, step: int) -> str:
    """Returns the path of a folder's checkpoint of that step, as `tf.train` takes it."""
    return os.path.join(folder, f"{_PREFIX}{step}")


def remove_others(folder: str, kept: str) -> None:
    """Removes every checkpoint of a folder but one, given by its path."""
    for name in os.listdir(folder):
        if name.startswith(_PREFIX) and not name.startswith(f"{os.path.basename(kept)}."):
            os.unlink(os.path.join(folder, name))


def size(folder: str) -> int:
    """Returns the bytes that a folder's checkpoints take."""
    files = glob.glob(os.path.join(glob.escape(folder), f"{_PREFIX}*"))
    return sum(os.path.getsize(path) for path in files if os.path.isfile(path))


def step_in_name(path: str) -> int:
    """Returns the training steps that a checkpoint's file name tells."""
    return int(path.rpartition("-")[2])


def remove_half_written(folder: str) -> None:
    """Removes what a crash in the middle of writing left; never a whole checkpoint."""
    for pattern in (f"{_PREFIX}*.tempstate*", f"{_PREFIX}*_temp*", "checkpoint.tmp*"):
        for path in glob.glob(os.path.join(glob.escape(folder), pattern)):
            if os.path.isdir(path):
                shutil.rmtree(path, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    os.unlink(path)


def _named(folder: str) -> list[str]:
    """What the file `checkpoint` names, oldest first; nothing where it cannot be read.

    Its paths may be those of a place that the folder was moved or copied from.
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
    """What is named as the newest, and then everything older by its number.

    A newer one that is not named was being written when its process died.
    """
    found = {*recorded, *_on_disk(folder)}
    newest = step_in_name(recorded[-1]) if recorded else None
    known = [path for path in found if newest is None or step_in_name(path) <= newest]
    return sorted(known, key=step_in_name, reverse=True)


def _on_disk(folder: str) -> list[str]:
    """Returns the checkpoints of which any file is there, newest first."""
    names = os.listdir(folder) if os.path.isdir(folder) else []
    stems = {re.sub(r"\.(index|meta|data-\d+-of-\d+)$", "", name) for name in names}
    paths = [os.path.join(folder, stem) for stem in stems if _has_step(stem)]
    return sorted(paths, key=step_in_name, reverse=True)


def _has_step(path: str) -> bool:
    return re.fullmatch(rf"{re.escape(_PREFIX)}\d{{1,18}}", os.path.basename(path)) is not None


def set_aside(path: str) -> None:
    """Moves what is left of a checkpoint to `damaged/` beside it."""
    folder, stem = os.path.split(path)
    aside = os.path.join(folder, DAMAGED_FOLDER)
    for name in os.listdir(folder):
        if name.startswith(f"{stem}."):
            os.makedirs(aside, exist_ok=True)
            os.replace(os.path.join(folder, name), os.path.join(aside, name))
