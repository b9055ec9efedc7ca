"""What each field of a `Config` may hold."""

from __future__ import annotations

from typing import Any

from cnn_mnist.config import presets
from cnn_mnist.errors import SettingsError, UserError
from cnn_mnist.networks import architecture
from cnn_mnist.networks.architecture import CLASSES

MODES = ("auto", "max", "min")

METRICS: dict[str, str] = {
    "accuracy": "max",
    "loss": "min",
    "lowest_class_accuracy": "max",
    **{f"class_accuracy/{label}": "max" for label in range(CLASSES)},
}
"""What `--monitor` may name, and whether more (`max`) or less (`min`) is better."""


FORMATS = ("saved_model", "tflite", "tfjs")
"""What a version may hold: a SavedModel, and of each other format a folder of its name."""

VARIANTS = ("layers", "nn")
OPTIMIZERS = ("adam", "momentum", "sgd")
SCHEDULES = ("constant", "linear", "cosine")
PRECISIONS = ("auto", "float32", "bfloat16")
INITIALIZERS = (
    "glorot_uniform",
    "uniform_unit_scaling",
    "he_uniform",
    "variance_scaling",
    "normal_conv",
)
AUGMENTATIONS = ("none", "affine")
TFJS_WEIGHTS = ("float32", "float16", "uint8")
SPLITS = ("test", "validation", "train")


_CHOICES = {
    "variant": VARIANTS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "precision": PRECISIONS,
    "initializer": INITIALIZERS,
    "augmentation": AUGMENTATIONS,
    "monitor_mode": MODES,
    "tfjs_weights": TFJS_WEIGHTS,
    "preset": tuple(presets.PRESETS),
}
RANGES: dict[str, tuple[float, float]] = {
    "validation_examples": (0, 1_000_000),
    "train_examples": (1, 1_000_000),
    "batch_size": (1, 100_000),
    "eval_batch_size": (1, 100_000),
    "train_steps": (1, 100_000_000),
    "epochs": (1, 1_000_000),
    "learning_rate": (1e-9, 1000.0),
    "warmup_steps": (0, 100_000_000),
    "seed": (0, 2**31 - 1),
    "threads": (0, 1024),
    "log_every_steps": (1, 100_000_000),
    "validate_every_steps": (1, 100_000_000),
    "save_summary_steps": (1, 100_000_000),
    "save_checkpoints_steps": (1, 100_000_000),
    "keep_checkpoint_max": (1, 10_000),
    "keep_exports": (1, 10_000),
    "early_stopping_patience": (0, 1_000_000),
    "early_stopping_min_delta": (0.0, 1000.0),
}
"""The smallest and the largest value of each number."""
_FRACTIONS = ("learning_rate", "early_stopping_min_delta")
_MAY_BE_NONE = ("epochs", "train_examples")


def check_field(label: str, name: str, value: Any) -> None:
    """Checks one field's type, choice or range; `label` begins the message.

    Raises:
      SettingsError: the value cannot be that field's.
    """
    if name in _CHOICES and value not in _CHOICES[name]:
        raise SettingsError(f"{label} is {value!r}; allowed: {', '.join(_CHOICES[name])}")
    if name in RANGES and not (name in _MAY_BE_NONE and value is None):
        check_number(label, value, RANGES[name], name in _FRACTIONS)
    if name == "monitor":
        check_metric(label, value)
    if name == "export_formats":
        _check_export_formats(label, value)
    if name == "deterministic" and not isinstance(value, bool):
        raise SettingsError(f"{label} is {value!r}; allowed: true or false")
    if name == "data_dir" and not isinstance(value, str | None):
        raise SettingsError(f"{label} is {value!r}; allowed: a folder or null")
    if name in ("dataset", "architecture") and not isinstance(value, str):
        raise SettingsError(f"{label} is {value!r}; allowed: a text")
    if name == "architecture":
        try:
            architecture.check(architecture.parse(value), architecture.CLASSES)
        except UserError as error:
            raise SettingsError(f"{label} cannot be used: {error}") from error


def _check_export_formats(label: str, value: Any) -> None:
    if unknown := [str(name) for name in value if name not in FORMATS]:
        raise SettingsError(f"{label}={unknown[0]} is unknown; allowed: {', '.join(FORMATS)}")
    if "saved_model" not in value:
        raise SettingsError(
            f"{label}={','.join(value)} leaves out saved_model, which a server needs in every "
            f"version; give {label}={','.join(('saved_model', *value))}"
        )


def check_number(label: str, value: Any, allowed: tuple[float, float], fractions: bool) -> None:
    """Checks that a value is a number within a range; `label` begins the message.

    Raises:
      SettingsError: it is not a number, or a fraction where `fractions` are not allowed.
    """
    lowest, highest = allowed
    kinds: Any = (int, float) if fractions else int
    is_number = isinstance(value, kinds) and not isinstance(value, bool)
    if not is_number or not lowest <= value <= highest:
        kind = "a number" if fractions else "a whole number"
        raise SettingsError(
            f"{label} is {value!r}; allowed: {kind} from {lowest:g} to {highest:,.0f}"
        )


def check_metric(label: str, name: str) -> None:
    """Checks that a metric exists; `label` begins the message.

    Raises:
      SettingsError: there is no such metric; the message lists those there are.
    """
    if not isinstance(name, str) or name not in METRICS:
        named = [metric for metric in METRICS if "/" not in metric]
        raise SettingsError(
            f"{label} is {name!r}; allowed: {', '.join(named)}, "
            f"class_accuracy/0 to class_accuracy/{CLASSES - 1}"
        )
