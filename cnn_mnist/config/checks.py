"""Checks one value of a setting by its row in `config.fields`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from cnn_mnist.config.choices import METRICS, NOT_OFFERED
from cnn_mnist.config.descriptions import shown_number
from cnn_mnist.config.fields import SETTINGS
from cnn_mnist.config.setting import Setting
from cnn_mnist.errors import SettingsError, UserError
from cnn_mnist.networks import architecture
from cnn_mnist.networks.architecture import MOST_CLASSES
from cnn_mnist.support import paths
from cnn_mnist.support.suggestions import guess, nearest


def check_field(label: str, name: str, value: Any) -> None:
    """Checks the type, choice or range of one setting; `label` begins the message.

    Raises:
      SettingsError: the value is not allowed; the message says what is.
    """
    row = SETTINGS[name]
    if not (row.optional and value is None):
        CHECKS[row.kind](label, row, value)


def check_path(label: str, value: str) -> None:
    """Refuses a URL in place of a path; `label` begins the message.

    Raises:
      SettingsError: the value is a URL.
    """
    if paths.is_url(value):
        raise SettingsError(f"{label} is {paths.help_for_url(value)}")


def _check_number(label: str, row: Setting, value: Any) -> None:
    assert row.range is not None
    lowest, highest = row.range
    kinds: Any = (int, float) if row.kind == "float" else int
    is_number = isinstance(value, kinds) and not isinstance(value, bool)
    if not is_number or not lowest <= value <= highest:
        kind = "a number" if row.kind == "float" else "a whole number"
        raise SettingsError(
            f"{label} is {value!r}; allowed: {kind} from {lowest:g} to {shown_number(highest)}"
        )


def _check_choice(label: str, row: Setting, value: Any) -> None:
    if value not in row.allowed:
        hint = suggestion(row.name, value, row.allowed)
        raise SettingsError(f"{label} is {value!r}; {hint}allowed: {', '.join(row.allowed)}")


def suggestion(name: str, value: Any, allowed: Sequence[str]) -> str:
    """Returns a part of a message: why a value is not offered, or which was probably meant.

    Args:
      name: of the setting.
      value: what was given; not one of `allowed`.
      allowed: the choices.
    """
    if not isinstance(value, str):
        return ""
    if reason := NOT_OFFERED.get((name, value.lower())):
        return f"{reason}; "
    return guess(nearest(value, allowed))


def _check_choices(label: str, row: Setting, value: Any) -> None:
    if not isinstance(value, tuple | list):
        raise SettingsError(f"{label} is {value!r}; allowed: a tuple of {', '.join(row.allowed)}")
    if unknown := [str(name) for name in value if name not in row.allowed]:
        near = guess(nearest(unknown[0], row.allowed))
        raise SettingsError(
            f"{label}={unknown[0]} is unknown; {near}allowed: {', '.join(row.allowed)}"
        )
    if row.name == "export_formats" and "saved_model" not in value:
        raise SettingsError(
            f"{label}={','.join(value)} leaves out saved_model, which a server needs in every "
            f"version; give {label}={','.join(('saved_model', *value))}"
        )


def _check_metric(label: str, row: Setting, value: Any) -> None:
    if not isinstance(value, str) or value not in METRICS:
        named = [metric for metric in METRICS if "/" not in metric]
        if isinstance(value, str) and re.fullmatch(r"class_accuracy(/\d*)?", value):
            hint = guess("class_accuracy/LABEL")
        else:
            hint = suggestion(row.name, value, tuple(METRICS))
        raise SettingsError(
            f"{label} is {value!r}; {hint}allowed: {', '.join(named)}, "
            f"class_accuracy/0 to class_accuracy/{MOST_CLASSES - 1}"
        )


def _check_bool(label: str, row: Setting, value: Any) -> None:
    if not isinstance(value, bool):
        raise SettingsError(f"{label} is {value!r}; allowed: true or false")


def _check_folder(label: str, row: Setting, value: Any) -> None:
    if not isinstance(value, str):
        or_null = " or null" if row.optional else ""
        raise SettingsError(f"{label} is {value!r}; allowed: a folder{or_null}")
    check_path(label, value)


def _check_dataset(label: str, row: Setting, value: Any) -> None:
    _check_text(label, row, value)
    check_path(label, value)


def _check_text(label: str, row: Setting, value: Any) -> None:
    if not isinstance(value, str):
        raise SettingsError(f"{label} is {value!r}; allowed: a text")


def _check_architecture(label: str, row: Setting, value: Any) -> None:
    _check_text(label, row, value)
    try:
        architecture.check(architecture.parse(value))
    except UserError as error:
        # Its message begins with "architecture", which the caller may know by another name.
        raise SettingsError(label + str(error).removeprefix("architecture")) from error


CHECKS: dict[str, Callable[[str, Setting, Any], None]] = {
    "int": _check_number,
    "float": _check_number,
    "choice": _check_choice,
    "choices": _check_choices,
    "metric": _check_metric,
    "bool": _check_bool,
    "folder": _check_folder,
    "dataset": _check_dataset,
    "architecture": _check_architecture,
    "text": _check_text,
}
"""By `Setting.kind`; `rate` and `multi` are kinds of flags only, see `cli.flag_types`."""
