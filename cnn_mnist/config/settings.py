"""`Config`: everything that a run depends on, frozen, kept as JSON in `model_dir`."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import textwrap
from collections.abc import Mapping
from typing import Any

from cnn_mnist.config import presets
from cnn_mnist.config.checks import check_field
from cnn_mnist.config.descriptions import facts
from cnn_mnist.config.fields import CONFIG
from cnn_mnist.config.setting import REQUIRED
from cnn_mnist.errors import CheckpointError, SettingsError, argument, given
from cnn_mnist.networks import architecture
from cnn_mnist.support.files import parsed_json, write_whole
from cnn_mnist.support.suggestions import guess, nearest

CONFIG_FILE = "config.json"
DATASET_FILE = "dataset.json"
"""The record of the data, see `data.data_record`."""
_LARGEST_FILE = 1_000_000

_NOT_YET_KNOWN = ("train_steps", "validate_every_steps")
"""These are 0 where `epochs` decides, until the data are loaded: see `with_train_steps`."""


@dataclasses.dataclass(frozen=True)
class Config:
    """One run's settings. `from_preset` makes one; `dataclasses.replace` changes it.

    Attributes:
      each row of `config.fields.CONFIG`; `help(Config)` prints them here.

    Raises:
      SettingsError: a value is not allowed; the message names the argument.
    """

    model_dir: str
    preset: str
    variant: str
    architecture: str
    dataset: str
    data_dir: str | None
    orientation: str
    offline: bool
    validation_examples: int
    validation_seed: int
    train_examples: int | None
    drawn_examples: int
    test_fraction: float
    batch_size: int
    eval_batch_size: int
    train_steps: int
    epochs: int | None
    optimizer: str
    learning_rate: float
    schedule: str
    warmup_steps: int
    initializer: str
    augmentation: str
    seed: int
    precision: str
    deterministic: bool
    threads: int
    distribution: str
    devices: int
    scale_learning_rate: bool
    cluster_timeout: int
    log_every_steps: int
    log_epochs: bool
    validate_every_steps: int
    monitor: str
    monitor_mode: str
    early_stopping_patience: int
    early_stopping_min_delta: float
    save_summary_steps: int
    save_checkpoints_steps: int
    keep_checkpoint_max: int
    keep_exports: int
    export_best: bool
    export_formats: tuple[str, ...]
    tfjs_weights: str
    hooks: tuple[str, ...]
    limit_examples: int | None

    def __post_init__(self) -> None:
        for name in CONFIG:
            value = getattr(self, name)
            if not (name in _NOT_YET_KNOWN and type(value) is int and value == 0):
                check_field(argument(name), name, value)
        if not self.train_steps and not self.epochs:
            raise SettingsError(
                f"{argument('train_steps')} or {argument('epochs')} must say how long to train"
            )

    @property
    def classes(self) -> int:
        """The number of classes, from the end of the network."""
        return architecture.classes_of(architecture.parse(self.architecture))

    @property
    def step_images(self) -> int:
        """The number of images in a training step of this process, a batch for each device."""
        return self.batch_size * max(1, self.devices)


def _attributes() -> str:
    """Returns the lines of `Config`'s docstring about its attributes."""
    lines = []
    for name, row in CONFIG.items():
        text = f"{name}: {'; '.join(filter(None, (facts(row), row.note)))}."
        lines += textwrap.wrap(text, 94, initial_indent=" " * 6, subsequent_indent=" " * 8)
    return "\n".join(lines)


if Config.__doc__:
    _pointer = next(line for line in Config.__doc__.splitlines() if "config.fields.CONFIG" in line)
    Config.__doc__ = Config.__doc__.replace(_pointer, _attributes())

NOT_STORED = tuple(name for name, row in CONFIG.items() if not row.stored)
"""What belongs to one command and is not kept with the model."""


def from_preset(model_dir: str, preset: str = presets.DEFAULT, **changes: Any) -> Config:
    """Returns the configuration of a recipe, with `changes` to any field.

    Args:
      model_dir: the folder of checkpoints, event files and exports; a path as text or as
        `os.PathLike`, as are `data_dir` and `dataset`.
      preset: one of `config.presets.PRESETS`.
      **changes: any further attribute of `Config`.

    Raises:
      SettingsError: the preset or an attribute is unknown, a value is not allowed, or neither
        `train_steps` nor `epochs` says how long to train; the message names the argument.
    """
    recipe = dataclasses.asdict(presets.get(preset))
    del recipe["summary"], recipe["expected_accuracy"]
    _check_names(changes)
    settings: dict[str, Any] = {
        **{name: row.default for name, row in CONFIG.items()},
        **recipe,
        **with_length({**changes, "model_dir": model_dir, "preset": preset}),
    }
    settings["train_steps"] = settings["train_steps"] or 0
    if settings["validate_every_steps"] is None:
        settings["validate_every_steps"] = _quarter(settings["train_steps"])
    return Config(**{name: _plain(value) for name, value in settings.items()})


def _check_names(changes: Mapping[str, Any]) -> None:
    for name in changes:
        if name not in CONFIG:
            near = guess(nearest(name, CONFIG))
            raise SettingsError(f"{name} is unknown; {near}allowed: {', '.join(CONFIG)}")


def _plain(value: Any) -> Any:
    """Returns a path as text and a list as the tuple that a frozen `Config` holds."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return tuple(value) if isinstance(value, list) else value


def with_length(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns changes in which `train_steps` replaces `epochs`, or the reverse.

    Raises:
      SettingsError: both are given.
    """
    if changes.get("train_steps") and changes.get("epochs"):
        raise SettingsError(
            f"{argument('train_steps')} and {argument('epochs')} both say how long to train; "
            "give one of them"
        )
    if changes.get("train_steps"):
        return {**changes, "epochs": None}
    return {**changes, "train_steps": 0} if changes.get("epochs") else dict(changes)


def with_train_steps(config: Config, training_examples: int) -> Config:
    """Returns the configuration with `epochs` turned into steps, now that the data are known.

    Epochs lie end to end: a batch may span two of them.

    Raises:
      SettingsError: they are more steps than a run may have.
    """
    if config.epochs is None:
        if config.validate_every_steps:
            return config
        return dataclasses.replace(config, validate_every_steps=_quarter(config.train_steps))
    epoch = math.ceil(training_examples / config.batch_size)
    steps = math.ceil(config.epochs * training_examples / config.batch_size)
    check_field(f"{given(epochs=config.epochs)}: train_steps", "train_steps", steps)
    return dataclasses.replace(
        config, train_steps=steps, validate_every_steps=config.validate_every_steps or epoch
    )


def _quarter(train_steps: int) -> int:
    return max(1, train_steps // 4) if train_steps else 0


def save(config: Config) -> None:
    """Writes `model_dir/config.json`, whole or not at all; makes the folder if it is missing."""
    os.makedirs(config.model_dir, exist_ok=True)
    stored = {k: v for k, v in dataclasses.asdict(config).items() if k not in NOT_STORED}
    write_whole(os.path.join(config.model_dir, CONFIG_FILE), json.dumps(stored, indent=2) + "\n")


def load(model_dir: str) -> Config:
    """Reads the settings that a model was trained with.

    Raises:
      CheckpointError: the folder holds no `config.json`, so nothing was trained there.
      SettingsError: the file is not JSON, or a field is unknown, missing or not allowed.
    """
    config = load_or_none(model_dir)
    if config is None:
        raise CheckpointError(
            f"{os.path.join(model_dir, CONFIG_FILE)} does not exist, so {model_dir} holds no "
            "trained model; train one there, or give another folder"
        )
    return config


def load_or_none(model_dir: str) -> Config | None:
    """Does the same as `load`, but returns None where there is no `config.json`.

    Raises:
      SettingsError: the file is not JSON, or a field is unknown, missing or not allowed.
    """
    path = os.path.join(model_dir, CONFIG_FILE)
    try:
        with open(path, encoding="utf-8-sig") as file:
            stored = parsed_json(file.read(_LARGEST_FILE))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{path} cannot be read as JSON ({error}); repair or remove it"
        ) from error
    if not isinstance(stored, dict):
        raise SettingsError(f"{path} must hold a JSON object, not {type(stored).__name__}")
    return _from_stored(path, model_dir, stored)


def _from_stored(path: str, model_dir: str, stored: Mapping[str, Any]) -> Config:
    rows = {name: row for name, row in CONFIG.items() if row.stored}
    if unknown := sorted(set(stored) - set(rows)):
        raise SettingsError(
            f"{path}: field {unknown[0]!r} is unknown, perhaps from a newer version; "
            f"allowed: {', '.join(sorted(rows))}"
        )
    before = {name: row.before for name, row in rows.items() if row.before is not REQUIRED}
    stored = {**before, **stored}
    if missing := sorted(set(rows) - set(stored)):
        raise SettingsError(f"{path}: field {missing[0]!r} is missing")
    for name, value in stored.items():
        check_field(f"{path}: {name}", name, value)
    return dataclasses.replace(from_preset(model_dir), **stored)
