"""Finds the checkpoints of a `model_dir`, and checks that a run can use them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from cnn_mnist import config as config_lib
from cnn_mnist.config import Config
from cnn_mnist.errors import CheckpointError, argument, given, wording
from cnn_mnist.model_folder import best as best_checkpoint
from cnn_mnist.model_folder import integrity, runs
from cnn_mnist.networks import architecture, inferred
from cnn_mnist.support import records
from cnn_mnist.tf_compat import tf

T = TypeVar("T")

_LOOKS = 5
"""How many checkpoints are tried before it is an error that each was removed."""


def latest_step(model_dir: str) -> int | None:
    """Returns the training steps of the newest whole checkpoint, or None if there is none."""
    path = integrity.survey(model_dir).newest
    return step_of(path) if path else None


def step_of(checkpoint: str) -> int:
    """Returns the training steps of a checkpoint, given by its path."""
    return int(tf.train.load_variable(checkpoint, "global_step"))


def find(config: Config, which: str = "best") -> str:
    """Returns the path of a checkpoint that fits this run's network.

    If `best` or `last` means a damaged checkpoint, another one is taken, with a warning.

    Args:
      config: the run.
      which: `best`, the best on the validation images, or the newest if none was kept as
        the best; `last`, the newest; or the path of a checkpoint.

    Raises:
      CheckpointError: the checkpoint does not exist, is damaged, or belongs to another network;
        or TensorFlow cannot use the path.
    """
    return read(config, which, lambda checkpoint: checkpoint)


def read(config: Config, which: str, reader: Callable[[str], T]) -> T:
    """Finds a checkpoint as `find` does, and reads it, while training may replace it.

    A best checkpoint is kept as long as it is read. If another one is removed meanwhile, or the
    file system has no locks, the one that took its place is read.

    Args:
      config: the run.
      which: as for `find`.
      reader: given the checkpoint's path, reads it. May be called several times.

    Returns:
      What `reader` returned.

    Raises:
      CheckpointError: as `find` does; or each one was replaced while it was read.
      Exception: what `reader` raises while the checkpoint is there.
    """
    check_place(config.model_dir)
    lost: Exception | None = None
    for _ in range(_LOOKS):
        with best_checkpoint.held(config.model_dir):
            is_path = which not in ("best", "last")
            checkpoint = _named(which) if is_path else _kept(config.model_dir, which)
            try:
                check_same_network(config, checkpoint)
                say_what_is_assumed(config, checkpoint)
                return reader(checkpoint)
            except Exception as error:
                if integrity.is_there(checkpoint):
                    raise
                lost = error
    raise CheckpointError(
        f"{given(model_dir=config.model_dir)}: the checkpoint was removed {_LOOKS} times while it "
        "was read; try again, or give another one"
    ) from lost


def _kept(model_dir: str, which: str) -> str:
    best = best_checkpoint.read(model_dir) if which == "best" else None
    unfit = best and (integrity.damage(best.path) or _other_data(model_dir, best))
    if best and not unfit:
        return best.path
    newest = newest_whole(model_dir)
    if newest is None:
        raise CheckpointError(
            f"{given(model_dir=model_dir)} holds no trained model; train one with "
            f"{wording('cnn_mnist.train', '--mode=train')}"
        )
    if best:
        records.warn(f"{best.path}, the best, is {unfit}; taking {newest}")
    return newest


def _other_data(model_dir: str, best: best_checkpoint.Best) -> str | None:
    """Returns that a best checkpoint is of other data than the newest, in an older folder."""
    if os.path.exists(os.path.join(model_dir, config_lib.DATASET_FILE)):
        return None
    name = runs.earlier_data_set(model_dir, best.validation.step)
    return f"of an earlier training on {name}" if name else None


def check_place(model_dir: str) -> None:
    """Refuses paths in which TensorFlow cannot find the checkpoints that it has written.

    Raises:
      CheckpointError: the path is not UTF-8, or has a character of a glob pattern.
    """
    path = os.path.abspath(model_dir)
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise CheckpointError(
            f"{given(model_dir=model_dir)} is not UTF-8; give a path that is, or set PYTHONUTF8=1 "
            "if Python reads paths as ASCII"
        ) from error
    if found := [character for character in "*?[\\" if character in path]:
        raise CheckpointError(
            f"{given(model_dir=model_dir)} has a {found[0]} in its path, which TensorFlow reads as "
            "a pattern; give a folder without any of * ? [ \\"
        )


def newest_whole(model_dir: str, warns: bool = True) -> str | None:
    """Returns the newest whole checkpoint, or None if the folder never held one.

    Raises:
      CheckpointError: the folder is a file, or holds only damaged checkpoints.
    """
    if os.path.exists(model_dir) and not os.path.isdir(model_dir):
        raise CheckpointError(f"{given(model_dir=model_dir)} is a file; expected a folder")
    found = integrity.survey(model_dir)
    if found.newest is None and found.damaged:
        raise CheckpointError(_none_left(model_dir, found))
    for damaged in found.damaged if warns else ():
        records.warn(f"{damaged.path} is {damaged.reason}; taking {found.newest}")
    return found.newest


def _none_left(model_dir: str, found: integrity.Survey) -> str:
    which = ", ".join(f"{os.path.basename(d.path)} is {d.reason}" for d in found.damaged)
    return (
        f"{given(model_dir=model_dir)} holds no checkpoint that can be read: {which}; bring one "
        f"back, give another {argument('model_dir')}, or delete this one to start afresh"
    )


def _named(path: str) -> str:
    path = integrity.without_ending(os.path.expanduser(path))
    if not os.path.exists(f"{path}.index"):
        raise CheckpointError(
            f"{given(checkpoint=path)} names no checkpoint; allowed: best, last, or a path such "
            "as /tmp/mnist/model.ckpt-500"
        )
    if reason := integrity.damage(path):
        raise CheckpointError(
            f"{given(checkpoint=path)} cannot be read: {reason}; name another one"
        )
    return path


def check_same_network(config: Config, checkpoint: str) -> None:
    """Refuses a checkpoint whose variables are not those of the run's network.

    Raises:
      CheckpointError: a variable is missing or has another shape, or one of batch normalization
        is too many.
    """
    wanted = architecture.variable_shapes(architecture.parse(config.architecture))
    found = {name: tuple(shape) for name, shape in tf.train.list_variables(checkpoint)}
    for name, shape in wanted.items():
        if found.get(name) != shape:
            raise CheckpointError(
                f"{argument('architecture')} differs: {config.model_dir} holds a network with "
                f"{_described(name, found.get(name))}, {wording('this Config', 'this command')} "
                f"asks for {name} {list(shape)}; {_that_architecture(config, found)}"
            )
    # Without its batch normalization a network has the same other variables.
    for name, shape in found.items():
        if name not in wanted and inferred.is_batch_norm(name):
            raise CheckpointError(
                f"{argument('architecture')} differs: {config.model_dir} holds a network with "
                f"{name} {list(shape)}, {wording('this Config', 'this command')} asks for no "
                f"{name}; {_that_architecture(config, found)}"
            )


def say_what_is_assumed(config: Config, checkpoint: str) -> None:
    """Says once what a folder does not record that another program trained a model in.

    The 2018 tutorial wrote such folders, for example: they have checkpoints, but no `config.json`.
    """
    folder = os.path.dirname(os.path.abspath(checkpoint))
    # The best checkpoint is in a folder of its own below the model's.
    if any(_has_config(place) for place in (folder, os.path.dirname(folder))):
        return
    records.warn(
        f"{folder} has no {config_lib.CONFIG_FILE}, so this is assumed: the network is "
        f"'{config.architecture}', whose variables {os.path.basename(checkpoint)} has by name and "
        f"shape; pixels are from 0, the background, to 1; the data set is {config.dataset}"
    )


def _has_config(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, config_lib.CONFIG_FILE))


def _described(name: str, shape: tuple[int, ...] | None) -> str:
    return f"no {name}" if shape is None else f"{name} {list(shape)}"


def _that_architecture(config: Config, found: dict[str, tuple[int, ...]]) -> str:
    """Returns what to do about another network, which is named if it is known."""
    stored = config_lib.load_or_none(config.model_dir)
    if stored is not None and stored.architecture != config.architecture:
        trained = f" (it was trained with '{stored.architecture}')"
    elif network := inferred.architecture(found):
        trained = f" ('{architecture.describe(network)}' has such variables)"
    else:
        trained = ""
    return (
        f"give that {argument('architecture')}{trained} (or {argument('preset')}), or another "
        f"{argument('model_dir')}"
    )
