"""Parsers for the values of flags, by kind."""

from __future__ import annotations

import os
import re
from typing import Any

from absl import flags

from cnn_mnist.config.checks import check_field, check_path, suggestion
from cnn_mnist.config.setting import Setting
from cnn_mnist.errors import SettingsError

_SHORT = {"help": "h"}
"""The flags that also have one letter."""


def define(row: Setting, values: flags.FlagValues) -> None:
    """Defines the flag of a row; reading a value that it does not allow raises a UserError."""
    if row.kind == "bool":
        _define_switch(row, values)
    elif row.kind == "multi":
        flags.DEFINE_multi(
            _Path(row), flags.ArgumentSerializer(), row.name, [], row.help, flag_values=values
        )
    else:
        # A field of `Config` has its default from the preset or from `model_dir`.
        default = None if row.in_config and row.name != "model_dir" else row.default
        parser = _PARSERS[row.kind](row)
        flags.DEFINE(parser, row.name, default, row.help, flag_values=values)


class _Parser(flags.ArgumentParser):
    """Reads the value of one flag; takes any text."""

    def __init__(self, row: Setting) -> None:
        super().__init__()
        self._name = row.name
        self._kind = row.kind
        self._allowed = (*row.allowed, *row.flag_also)

    def parse(self, argument: Any) -> Any:
        return argument


class _Number(_Parser):
    """A number within the range of its flag; the message says which."""

    def parse(self, argument: Any) -> Any:
        text = str(argument)
        kind = int if self._kind == "int" else float
        # A comma separates thousands or is an error: dropped, it would make 2 of 0,002.
        if kind is int and re.fullmatch(r"\d{1,3}(,\d{3})+", text):
            text = text.replace(",", "")
        try:
            value: Any = kind(text)
        except ValueError:
            value = argument
        check_field(f"--{self._name}", self._name, value)
        return value


class _Choice(_Parser):
    def parse(self, argument: Any) -> Any:
        if argument not in self._allowed:
            hint = suggestion(self._name, argument, self._allowed)
            raise SettingsError(
                f"--{self._name}={argument} is unknown; {hint}allowed: {', '.join(self._allowed)}"
            )
        return argument


class _Switch(flags.BooleanParser):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def parse(self, argument: Any) -> Any:
        try:
            return super().parse(argument)
        except (TypeError, ValueError) as error:
            raise SettingsError(
                f"--{self._name}={argument} is unknown; allowed: true, false"
            ) from error


class _Path(_Parser):
    """A file, a folder or a pattern, on this machine.

    Expands the `~` of `--flag=~/folder`, which shells do not.
    """

    def parse(self, argument: Any) -> Any:
        check_path(f"--{self._name}", argument)
        return os.path.expanduser(argument)


def _define_switch(row: Setting, values: flags.FlagValues) -> None:
    switch = flags.BooleanFlag(row.name, row.default, row.help, short_name=_SHORT.get(row.name))
    switch.parser = _Switch(row.name)
    flags.DEFINE_flag(switch, flag_values=values)


class _Rate(_Parser):
    def parse(self, argument: Any) -> Any:
        try:
            rate = float(argument)
        except ValueError:
            rate = -1.0
        if not 0 <= rate < 1:
            raise SettingsError(
                f"--dropout_rate is {argument!r}; allowed: a number from 0 to below 1"
            )
        # The notation of the network does not allow -0.
        return abs(rate)


class _Metric(_Parser):
    def parse(self, argument: Any) -> Any:
        check_field(f"--{self._name}", self._name, argument)
        return argument


class _Choices(_Choice):
    """Any number of choices, separated by commas."""

    def parse(self, argument: Any) -> Any:
        names = (name.strip() for name in str(argument).split(","))
        values = tuple(super(_Choices, self).parse(name) for name in names if name)
        check_field(f"--{self._name}", self._name, values)
        return values


_PARSERS: dict[str, type[_Parser]] = {
    "text": _Parser,
    "architecture": _Parser,
    "folder": _Path,
    "dataset": _Path,
    "choice": _Choice,
    "choices": _Choices,
    "metric": _Metric,
    "int": _Number,
    "float": _Number,
    "rate": _Rate,
}
"""By `Setting.kind`."""
