"""The checkpoints of a `model_dir`: the best, the newest, and whether a run can use it."""

from __future__ import annotations

import os
import shutil
import tempfile

from cnn_mnist import architecture, best_checkpoint, validations
from cnn_mnist import config as config_lib
from cnn_mnist.config import Config
from cnn_mnist.datasets import CLASS_NAMES_FILE
from cnn_mnist.errors import UserError
from cnn_mnist.tf_compat import tf

# What each optimizer adds to a variable's name for its own state.
_SLOTS = {"adam": "Adam", "momentum": "Momentum", "sgd": None}


def latest_step(model_dir: str) -> int | None:
    """Returns the training steps of the newest checkpoint, or None where there is none."""
    path = tf.train.latest_checkpoint(model_dir)
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
    architecture.check(architecture.parse(config.architecture), architecture.CLASSES)
    is_path = which not in ("best", "last")
    checkpoint = _named(which) if is_path else _kept(config.model_dir, which)
    _check_same_network(config, checkpoint)
    return checkpoint


def _kept(model_dir: str, which: str) -> str:
    newest = _latest_checkpoint(model_dir)
    best = best_checkpoint.read(model_dir) if which == "best" else None
    if best:
        return best.path
    if newest is None:
        raise UserError(
            f"--model_dir={model_dir} holds no trained model; train one with --mode=train"
        )
    return newest


def _named(path: str) -> str:
    path = os.path.expanduser(path).removesuffix(".index")
    if not os.path.exists(f"{path}.index"):
        raise UserError(
            f"--checkpoint={path} names no checkpoint; allowed: best, last, or a path such as "
            "/tmp/mnist/model.ckpt-500"
        )
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
      UserError: the architecture does not fit, the folder cannot be written, or its
        newest checkpoint is another network's or another optimizer's.
    """
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
    checkpoint = _latest_checkpoint(config.model_dir)
    if checkpoint:
        _check_same_network(config, checkpoint)
        _check_same_optimizer(config, checkpoint)


def _latest_checkpoint(model_dir: str) -> str | None:
    if os.path.exists(model_dir) and not os.path.isdir(model_dir):
        raise UserError(f"--model_dir={model_dir} is a file; expected a folder")
    return tf.train.latest_checkpoint(model_dir)


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
