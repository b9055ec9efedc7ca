"""The checkpoints of a `model_dir`: the best, the newest, and whether a run can use it."""

from __future__ import annotations

import functools
import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable

from cnn_mnist import config as config_lib
from cnn_mnist.config import Config
from cnn_mnist.data.loading import CLASS_NAMES_FILE
from cnn_mnist.errors import UserError, one_line
from cnn_mnist.model_folder import best as best_checkpoint
from cnn_mnist.model_folder import integrity, validations
from cnn_mnist.networks import architecture
from cnn_mnist.tf_compat import tf

# What each optimizer adds to a variable's name for its own state.
_SLOTS = {"adam": "Adam", "momentum": "Momentum", "sgd": None}
_VALUES_PER_WEIGHT = {"adam": 2, "momentum": 1, "sgd": 0}
# About what lies beside the numbers: a graph with each checkpoint; summaries and pictures.
_GRAPH_BYTES = 500_000
_EVENTS_BYTES = 10_000_000
_WRITING_OPS = ("SaveV2", "MergeV2Checkpoints")


def latest_step(model_dir: str) -> int | None:
    """Returns the training steps of the newest checkpoint, or None where there is none."""
    path = integrity.survey(model_dir).newest
    return step_of(path) if path else None


def is_finished(config: Config) -> bool:
    """Whether nothing is left to train: all steps are done, or early stopping ended it."""
    step = latest_step(config.model_dir)
    if step is None or step >= config.train_steps:
        return step is not None
    return config_lib.monitor_of(config).stops(validations.read(config.model_dir, step))


def step_of(checkpoint: str) -> int:
    """Returns the training steps of a checkpoint that `find` gave."""
    return int(tf.train.load_variable(checkpoint, "global_step"))


def find(config: Config, which: str = "best") -> str:
    """Returns the path of a checkpoint that fits this run's network.

    Args:
      config: the run.
      which: `best`, the one that did best on the validation images, or the newest where
        none was validated; `last`, the newest; or the path of one.

    Raises:
      UserError: the architecture does not fit, there is no such checkpoint, or it is
        another network's.
    """
    _check_place(config.model_dir)
    architecture.check(architecture.parse(config.architecture), architecture.CLASSES)
    is_path = which not in ("best", "last")
    checkpoint = _named(which) if is_path else _kept(config.model_dir, which)
    _check_same_network(config, checkpoint)
    return checkpoint


def _kept(model_dir: str, which: str) -> str:
    best = best_checkpoint.read(model_dir) if which == "best" else None
    damaged_best = integrity.damage(best.path) if best else None
    if best and not damaged_best:
        return best.path
    newest = _newest(model_dir)
    if newest is None:
        raise UserError(
            f"--model_dir={model_dir} holds no trained model; train one with --mode=train"
        )
    if best:
        _warn_once(f"{best.path}, the best, is {damaged_best}; taking {newest}")
    return newest


def _check_place(model_dir: str) -> None:
    """Refuses paths in which TensorFlow finds no checkpoint again once it has written one."""
    path = os.path.abspath(model_dir)
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise UserError(
            f"--model_dir={model_dir} is no UTF-8 text; give a folder that is, or set PYTHONUTF8=1 "
            "where Python takes it for ASCII"
        ) from error
    if found := [character for character in "*?[\\" if character in path]:
        raise UserError(
            f"--model_dir={model_dir} has a {found[0]} in its path, which TensorFlow takes for a "
            "pattern; give a folder without any of * ? [ \\"
        )


def _newest(model_dir: str, warns: bool = True) -> str | None:
    """Returns the newest whole checkpoint, or None in a folder that never held one."""
    if os.path.exists(model_dir) and not os.path.isdir(model_dir):
        raise UserError(f"--model_dir={model_dir} is a file; expected a folder")
    found = integrity.survey(model_dir)
    if found.newest is None and found.damaged:
        raise UserError(_none_left(model_dir, found))
    for damaged in found.damaged if warns else ():
        _warn_once(f"{damaged.path} is {damaged.reason}; taking {found.newest}")
    return found.newest


def _none_left(model_dir: str, found: integrity.Survey) -> str:
    which = ", ".join(f"{os.path.basename(d.path)} is {d.reason}" for d in found.damaged)
    return (
        f"--model_dir={model_dir} holds no checkpoint that can be read: {which}; bring one back, "
        "give another --model_dir, or delete this one to start afresh"
    )


@functools.cache
def _warn_once(text: str) -> None:
    tf.logging.warning(text)


def _named(path: str) -> str:
    path = os.path.expanduser(path).removesuffix(".index")
    if not os.path.exists(f"{path}.index"):
        raise UserError(
            f"--checkpoint={path} names no checkpoint; allowed: best, last, or a path such as "
            "/tmp/mnist/model.ckpt-500"
        )
    if reason := integrity.damage(path):
        raise UserError(f"--checkpoint={path} cannot be read: {reason}; name another one")
    return path


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


def check_trainable(config: Config) -> None:
    """Checks that training can begin or go on in `model_dir`.

    Raises:
      UserError: the architecture does not fit, the folder cannot be written or its disk is
        too full, its checkpoints are damaged or gone, or the newest is another network's or
        another optimizer's.
    """
    _check_place(config.model_dir)
    architecture.check(architecture.parse(config.architecture), architecture.CLASSES)
    try:
        os.makedirs(config.model_dir, exist_ok=True)
        with tempfile.TemporaryFile(dir=config.model_dir):
            pass
    except OSError as error:
        raise UserError(
            f"--model_dir={config.model_dir} cannot be written ({error.strerror}); "
            "give a folder that can"
        ) from error
    # What is damaged is told when it is set aside.
    checkpoint = _newest(config.model_dir, warns=False)
    if checkpoint:
        _check_same_network(config, checkpoint)
        _check_same_optimizer(config, checkpoint)
    else:
        _check_nothing_was_lost(config.model_dir)
    _check_space(config)


def mend(model_dir: str, say: Callable[[str], None]) -> None:
    """Sets damaged checkpoints aside, so that training goes on from the newest whole one.

    Only for who holds the folder's lock.
    """
    aside = os.path.join(model_dir, integrity.DAMAGED_FOLDER)
    found = integrity.mend(model_dir)
    for damaged in found.damaged:
        say(
            f"Warning: {damaged.path} is {damaged.reason}, and what is left of it set aside in "
            f"{aside}; going on from step {latest_step(model_dir):,}"
        )
    integrity.remove_half_written(os.path.join(model_dir, best_checkpoint.FOLDER))
    lost = best_checkpoint.set_aside_damaged(model_dir)
    if lost:
        say(
            f"Warning: {lost.path}, the best so far, is {lost.reason} and set aside; the next "
            "validation takes its place"
        )


def is_about_writing(error: tf.errors.OpError) -> bool:
    """Whether an error is one of a file that cannot be written, and none of the graph.

    What TensorFlow writes outside of a graph, such as `graph.pbtxt`, names no op.
    """
    return error.op is None or error.op.type in _WRITING_OPS


def cannot_be_written(config: Config, error: Exception) -> UserError:
    """Returns what a person can do about a checkpoint that TensorFlow could not write."""
    newest = integrity.survey(config.model_dir).newest
    kept = f"{newest} is whole, and the same command goes on from it" if newest else "none is there"
    return UserError(
        f"--model_dir={config.model_dir}: training stopped ({_reason(error)}); of "
        f"checkpoints {kept}"
    )


def cannot_be_exported(config: Config, error: Exception) -> UserError:
    """Returns what a person can do about an export that TensorFlow could not write."""
    return UserError(
        f"--model_dir={config.model_dir}: the export cannot be written ({_reason(error)}); "
        "make room or mend that, and --mode=export writes it again"
    )


def _reason(error: Exception) -> str:
    # TensorFlow wraps it in the places of the code that built the graph.
    said = re.search(r"^/[^\n]*; [^\n\[]+", str(error), re.MULTILINE)
    return one_line(said.group() if said else error)[:300]


def _check_nothing_was_lost(model_dir: str) -> None:
    """Refuses to begin again where a record tells of training, but no checkpoint is left."""
    if recorded := validations.read(model_dir):
        raise UserError(
            f"--model_dir={model_dir} was trained to step {recorded[-1].step:,} or further, but "
            "its checkpoints are gone; bring one back, give another --model_dir, or delete this "
            "one to start afresh"
        )


def _check_space(config: Config) -> None:
    needed = _bytes_to_write(config)
    free = shutil.disk_usage(config.model_dir).free
    if free < needed:
        raise UserError(
            f"--model_dir={config.model_dir} has {free / 1e6:,.0f} MB free, and training writes up "
            f"to {math.ceil(needed / 1e6):,} MB; make room, give another folder, or keep fewer "
            f"checkpoints than --keep_checkpoint_max={config.keep_checkpoint_max}"
        )


def _bytes_to_write(config: Config) -> int:
    """Returns what the checkpoints that are kept will take, beyond those that are there."""
    weights = 4 * architecture.parameter_count(architecture.parse(config.architecture))
    one = weights * (1 + _VALUES_PER_WEIGHT[config.optimizer]) + _GRAPH_BYTES
    saves = math.ceil(config.train_steps / config.save_checkpoints_steps) + 1
    # One more than is kept, for the oldest goes only when the newest is written; likewise the best.
    most = one * (min(saves, config.keep_checkpoint_max) + 1) + 2 * weights
    left = max(one + weights, most - integrity.size(config.model_dir))
    return left + _EVENTS_BYTES


def _check_same_network(config: Config, checkpoint: str) -> None:
    wanted = architecture.variable_shapes(architecture.parse(config.architecture))
    found = {name: tuple(shape) for name, shape in tf.train.list_variables(checkpoint)}
    for name, shape in wanted.items():
        if found.get(name) != shape:
            raise UserError(
                f"--architecture differs: {config.model_dir} holds a network with "
                f"{_described(name, found.get(name))}, this command asks for {name} "
                f"{list(shape)}{_stored_architecture(config)}; give that --architecture (or "
                "--preset), or another --model_dir"
            )


def _described(name: str, shape: tuple[int, ...] | None) -> str:
    return f"no {name}" if shape is None else f"{name} {list(shape)}"


def _stored_architecture(config: Config) -> str:
    stored = config_lib.load(config.model_dir)
    if stored is None or stored.architecture == config.architecture:
        return ""
    return f" (it was trained with '{stored.architecture}')"


def _check_same_optimizer(config: Config, checkpoint: str) -> None:
    names = [name for name, _ in tf.train.list_variables(checkpoint)]
    used = next(
        (o for o, slot in _SLOTS.items() if slot and any(n.endswith(f"/{slot}") for n in names)),
        "sgd",
    )
    if _SLOTS[config.optimizer] and used != config.optimizer:
        raise UserError(
            f"--optimizer={config.optimizer} differs: {config.model_dir} was trained with "
            f"{used}; go on with --optimizer={used} or sgd, or give another --model_dir"
        )
