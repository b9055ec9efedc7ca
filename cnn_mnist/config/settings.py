"""`Config`: everything that a run depends on, frozen, kept as JSON in `model_dir`."""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Mapping
from typing import Any

from cnn_mnist.config import fields as fields_lib
from cnn_mnist.config import presets
from cnn_mnist.errors import SettingsError
from cnn_mnist.support.files import parsed_json, write_whole

CONFIG_FILE = "config.json"
_LARGEST_FILE = 1_000_000


@dataclasses.dataclass(frozen=True)
class Config:
    """One run's settings. `from_preset` makes one; `dataclasses.replace` changes it.

    Attributes:
      model_dir: the folder of checkpoints, event files and exports; not stored.
      preset: the recipe that the other fields started from.
      variant: which of the two equal networks: one of `config.fields.VARIANTS`.
      architecture: the network in one line, see `networks.architecture.parse`.
      dataset: a TFDS name or a folder of IDX files.
      data_dir: where TFDS keeps prepared data sets; None for its own default.
      offline: forbids any attempt at the network.
      validation_examples: images held back from the training images.
      train_examples: images to train on; None for all that validation leaves.
      batch_size: images in a training step.
      eval_batch_size: images in a step of evaluation; changes speed and memory only.
      train_steps: training steps in all, counted over restarts; 0 where `epochs` decides
        and the data are not loaded yet, see `with_train_steps`.
      epochs: passes over the training images, or None where `train_steps` decides.
      optimizer: one of `config.fields.OPTIMIZERS`.
      learning_rate: the rate, or the peak of the schedule.
      schedule: one of `config.fields.SCHEDULES`, over `train_steps`.
      warmup_steps: steps over which the rate rises linearly from 0.
      initializer: how weights are drawn: one of `config.fields.INITIALIZERS`, see
        `networks.initializers`.
      augmentation: how training images are varied: one of `config.fields.AUGMENTATIONS`.
      seed: decides initial weights, order of images, augmentation and dropout.
      precision: one of `config.fields.PRECISIONS`, for training; what is evaluated and
        exported is float32.
      deterministic: takes only ways that give the same bits each time, on the same machine
        with as many threads.
      threads: processor threads to compute with; 0 for as many as there are cores.
      log_every_steps: steps between two lines about the softmax tensor.
      validate_every_steps: steps between two measurements on the validation images; 0 for
        once an epoch, until the data are loaded.
      monitor: the metric that says which checkpoint is best: one of `fields.METRICS`.
      monitor_mode: whether more or less of it is better: one of `config.fields.MODES`.
      early_stopping_patience: validations without improvement before the end; 0 for none.
      early_stopping_min_delta: an improvement by no more than this does not count.
      save_summary_steps: steps between two points in TensorBoard.
      save_checkpoints_steps: steps between two checkpoints.
      keep_checkpoint_max: checkpoints that are kept.
      keep_exports: exports that are kept.
      export_best: whether training exports each checkpoint that is the best so far.
      export_formats: what an export holds: `saved_model` and any more of `fields.FORMATS`.
      tfjs_weights: how tfjs stores weights: one of `config.fields.TFJS_WEIGHTS`.
      hooks: names of further session hooks, see `hooks.REGISTRY`.
      limit_examples: uses only so many images of each split; None for all.
    """

    model_dir: str
    preset: str
    variant: str
    architecture: str
    dataset: str
    data_dir: str | None
    offline: bool
    validation_examples: int
    train_examples: int | None
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
    log_every_steps: int
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


NOT_STORED = (
    "model_dir",
    "offline",
    "threads",
    "keep_exports",
    "export_best",
    "export_formats",
    "tfjs_weights",
    "hooks",
    "limit_examples",
)
"""What belongs to one command and is not kept with the model."""

# What a folder means that was trained before there were these fields.
_ADDED_LATER: dict[str, Any] = {
    "train_examples": None,
    "epochs": None,
    "initializer": "glorot_uniform",
    "augmentation": "none",
    "deterministic": False,
    "monitor": "accuracy",
    "monitor_mode": "auto",
    "early_stopping_patience": 0,
    "early_stopping_min_delta": 0.0,
}


def from_preset(model_dir: str, preset: str = presets.DEFAULT, **changes: Any) -> Config:
    """Returns the configuration of a recipe, with `changes` to any field.

    Raises:
      SettingsError: there is no such preset, or it is not said how long to train.
    """
    recipe = dataclasses.asdict(presets.get(preset))
    del recipe["summary"], recipe["expected_accuracy"], recipe["time"]
    settings: dict[str, Any] = {
        "model_dir": model_dir,
        "preset": preset,
        "variant": "layers",
        "data_dir": None,
        "offline": False,
        "eval_batch_size": 500,
        "seed": 1,
        "deterministic": False,
        "threads": 0,
        "log_every_steps": 50,
        "monitor_mode": "auto",
        "early_stopping_min_delta": 0.0,
        "save_summary_steps": 50,
        "save_checkpoints_steps": 500,
        "keep_checkpoint_max": 5,
        "keep_exports": 5,
        "export_best": False,
        "export_formats": ("saved_model",),
        "tfjs_weights": "float32",
        "hooks": (),
        "limit_examples": None,
        **recipe,
        **with_length(changes),
    }
    settings["train_steps"] = settings["train_steps"] or 0
    if not settings["train_steps"] and not settings["epochs"]:
        raise SettingsError("--train_steps or --epochs must say how long to train")
    if settings["validate_every_steps"] is None:
        settings["validate_every_steps"] = _quarter(settings["train_steps"])
    return Config(**settings)


def with_length(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns changes in which `train_steps` puts `epochs` out of force, or the reverse.

    Raises:
      SettingsError: both are given.
    """
    if changes.get("train_steps") and changes.get("epochs"):
        raise SettingsError(
            "--train_steps and --epochs both say how long to train; give one of them"
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
    fields_lib.check_field(f"--epochs={config.epochs}: train_steps", "train_steps", steps)
    return dataclasses.replace(
        config, train_steps=steps, validate_every_steps=config.validate_every_steps or epoch
    )


def _quarter(train_steps: int) -> int:
    return max(1, train_steps // 4) if train_steps else 0


def save(config: Config) -> None:
    """Writes `model_dir/config.json`, whole or not at all."""
    stored = {k: v for k, v in dataclasses.asdict(config).items() if k not in NOT_STORED}
    write_whole(os.path.join(config.model_dir, CONFIG_FILE), json.dumps(stored, indent=2) + "\n")


def load(model_dir: str) -> Config | None:
    """Reads what `save` wrote, or returns None where there is no such file.

    Raises:
      SettingsError: the file is not JSON, or a field is unknown, missing or of another type.
    """
    path = os.path.join(model_dir, CONFIG_FILE)
    try:
        with open(path, encoding="utf-8") as file:
            stored = parsed_json(file.read(_LARGEST_FILE))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{path} cannot be read as JSON ({error}); mend or remove it"
        ) from error
    if not isinstance(stored, dict):
        raise SettingsError(f"{path} must hold a JSON object, not {type(stored).__name__}")
    return _from_stored(path, model_dir, stored)


def _from_stored(path: str, model_dir: str, stored: Mapping[str, Any]) -> Config:
    base = from_preset(model_dir)
    fields = {f.name for f in dataclasses.fields(Config)} - set(NOT_STORED)
    if unknown := sorted(set(stored) - fields):
        raise SettingsError(
            f"{path}: field {unknown[0]!r} is unknown, perhaps from a newer version; "
            f"allowed: {', '.join(sorted(fields))}"
        )
    stored = {**_ADDED_LATER, **stored}
    if missing := sorted(fields - set(stored)):
        raise SettingsError(f"{path}: field {missing[0]!r} is missing")
    for name, value in stored.items():
        fields_lib.check_field(f"{path}: {name}", name, value)
    return dataclasses.replace(base, **stored)
