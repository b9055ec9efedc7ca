"""`Config`: everything that a run depends on, frozen, kept as JSON in `model_dir`."""

from __future__ import annotations

import dataclasses
import datetime
import importlib.metadata
import json
import os
import platform
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from cnn_mnist import architecture, presets
from cnn_mnist.errors import UserError

VARIANTS = ("layers", "nn")
OPTIMIZERS = ("adam", "momentum", "sgd")
SCHEDULES = ("constant", "linear", "cosine")
PRECISIONS = ("auto", "float32", "bfloat16")
SPLITS = ("test", "validation", "train")

CONFIG_FILE = "config.json"
RUNS_FILE = "runs.jsonl"


@dataclasses.dataclass(frozen=True)
class Config:
    """One run's settings. `from_preset` makes one; `dataclasses.replace` changes it.

    Attributes:
      model_dir: the folder of checkpoints, event files and exports; not stored.
      preset: the recipe that the other fields started from.
      variant: which of the two equal networks: one of `VARIANTS`.
      architecture: the network in one line, see `architecture.parse`.
      dataset: a TFDS name or a folder of IDX files.
      data_dir: where TFDS keeps prepared data sets; None for its own default.
      offline: forbids any attempt at the network.
      validation_examples: images held back from the training images.
      batch_size: images in a training step.
      eval_batch_size: images in a step of evaluation; changes speed and memory only.
      train_steps: training steps in all, counted over restarts.
      optimizer: one of `OPTIMIZERS`.
      learning_rate: the rate, or the peak of the schedule.
      schedule: one of `SCHEDULES`, over `train_steps`.
      warmup_steps: steps over which the rate rises linearly from 0.
      seed: decides initial weights, order of images and dropout.
      precision: one of `PRECISIONS`, for training; what is evaluated and exported is float32.
      log_every_steps: steps between two lines about the softmax tensor.
      validate_every_steps: steps between two measurements on the validation images.
      save_summary_steps: steps between two points in TensorBoard.
      save_checkpoints_steps: steps between two checkpoints.
      keep_checkpoint_max: checkpoints that are kept.
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
    batch_size: int
    eval_batch_size: int
    train_steps: int
    optimizer: str
    learning_rate: float
    schedule: str
    warmup_steps: int
    seed: int
    precision: str
    log_every_steps: int
    validate_every_steps: int
    save_summary_steps: int
    save_checkpoints_steps: int
    keep_checkpoint_max: int
    hooks: tuple[str, ...]
    limit_examples: int | None


_NOT_STORED = ("model_dir", "offline", "hooks", "limit_examples")


def from_preset(model_dir: str, preset: str = presets.DEFAULT, **changes: Any) -> Config:
    """Returns the configuration of a recipe, with `changes` to any field.

    Raises:
      UserError: there is no such preset.
    """
    recipe = dataclasses.asdict(presets.get(preset))
    train_steps = changes.get("train_steps", recipe["train_steps"])
    del recipe["summary"], recipe["expected_accuracy"]
    settings: dict[str, Any] = {
        "model_dir": model_dir,
        "preset": preset,
        "variant": "layers",
        "data_dir": None,
        "offline": False,
        "eval_batch_size": 500,
        "seed": 1,
        "log_every_steps": 50,
        "validate_every_steps": max(1, train_steps // 4),
        "save_summary_steps": 50,
        "save_checkpoints_steps": 500,
        "keep_checkpoint_max": 5,
        "hooks": (),
        "limit_examples": None,
        **recipe,
    }
    return Config(**{**settings, **changes})


def save(config: Config) -> None:
    """Writes `model_dir/config.json`, whole or not at all."""
    stored = {k: v for k, v in dataclasses.asdict(config).items() if k not in _NOT_STORED}
    write_whole(os.path.join(config.model_dir, CONFIG_FILE), json.dumps(stored, indent=2) + "\n")


def load(model_dir: str) -> Config | None:
    """Reads what `save` wrote, or returns None where there is no such file.

    Raises:
      UserError: the file is not JSON, or a field is unknown, missing or of another type.
    """
    path = os.path.join(model_dir, CONFIG_FILE)
    try:
        with open(path, encoding="utf-8") as file:
            stored = json.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read as JSON ({error}); mend or remove it") from error
    if not isinstance(stored, dict):
        raise UserError(f"{path} must hold a JSON object, not {type(stored).__name__}")
    return _from_stored(path, model_dir, stored)


def _from_stored(path: str, model_dir: str, stored: Mapping[str, Any]) -> Config:
    base = from_preset(model_dir)
    fields = {f.name for f in dataclasses.fields(Config)} - set(_NOT_STORED)
    if unknown := sorted(set(stored) - fields):
        raise UserError(
            f"{path}: field {unknown[0]!r} is unknown, perhaps from a newer version; "
            f"allowed: {', '.join(sorted(fields))}"
        )
    if missing := sorted(fields - set(stored)):
        raise UserError(f"{path}: field {missing[0]!r} is missing")
    for name, value in stored.items():
        check_field(f"{path}: {name}", name, value)
    return dataclasses.replace(base, **stored)


_CHOICES = {
    "variant": VARIANTS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "precision": PRECISIONS,
    "preset": tuple(presets.PRESETS),
}
RANGES: dict[str, tuple[float, float]] = {
    "validation_examples": (0, 1_000_000),
    "batch_size": (1, 100_000),
    "eval_batch_size": (1, 100_000),
    "train_steps": (1, 100_000_000),
    "learning_rate": (1e-9, 1000.0),
    "warmup_steps": (0, 100_000_000),
    "seed": (0, 2**31 - 1),
    "log_every_steps": (1, 100_000_000),
    "validate_every_steps": (1, 100_000_000),
    "save_summary_steps": (1, 100_000_000),
    "save_checkpoints_steps": (1, 100_000_000),
    "keep_checkpoint_max": (1, 10_000),
}
"""The smallest and the largest value of each number."""


def check_field(label: str, name: str, value: Any) -> None:
    """Checks one field's type, choice or range; `label` begins the message.

    Raises:
      UserError: the value cannot be that field's.
    """
    if name in _CHOICES and value not in _CHOICES[name]:
        raise UserError(f"{label} is {value!r}; allowed: {', '.join(_CHOICES[name])}")
    if name in RANGES:
        lowest, highest = RANGES[name]
        kinds: Any = (int, float) if name == "learning_rate" else int
        is_number = isinstance(value, kinds) and not isinstance(value, bool)
        if not is_number or not lowest <= value <= highest:
            kind = "a number" if name == "learning_rate" else "a whole number"
            raise UserError(
                f"{label} is {value!r}; allowed: {kind} from {lowest:g} to {highest:,.0f}"
            )
    if name == "data_dir" and not isinstance(value, str | None):
        raise UserError(f"{label} is {value!r}; allowed: a folder or null")
    if name in ("dataset", "architecture") and not isinstance(value, str):
        raise UserError(f"{label} is {value!r}; allowed: a text")
    if name == "architecture":
        try:
            architecture.parse(value)
        except UserError as error:
            raise UserError(f"{label} cannot be used: {error}") from error


def record_run(config: Config, mode: str, command: Sequence[str], **facts: Any) -> None:
    """Adds a line to `model_dir/runs.jsonl`: command line, flags, versions and time."""
    line = {
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "mode": mode,
        "command": list(command),
        "config": dataclasses.asdict(config),
        "versions": installed_versions(),
        **facts,
    }
    with open(os.path.join(config.model_dir, RUNS_FILE), "a", encoding="utf-8") as file:
        file.write(json.dumps(_without_nan(line)) + "\n")


def _without_nan(line: dict[str, Any]) -> Any:
    """Puts null for NaN and infinity, which Python writes but JSON does not have."""
    return json.loads(json.dumps(line), parse_constant=lambda name: None)


def installed_versions() -> dict[str, str]:
    """Returns the versions that a result may depend on, without importing the packages."""
    versions = {"python": platform.python_version(), "platform": platform.platform()}
    packages = ("cnn-mnist", "tensorflow", "tensorflow-cpu", "tf-keras", "tensorflow-estimator")
    for package in (*packages, "tensorflow-datasets", "numpy", "protobuf"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def write_whole(path: str, text: str) -> None:
    """Writes a text file so that a reader finds the old one or the new one, never half."""
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=folder, prefix=".", delete=False
    ) as file:
        try:
            file.write(text)
            file.flush()
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)
            raise
