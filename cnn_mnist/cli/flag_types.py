"""How the value of each kind of flag is read."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import Any

from absl import flags

from cnn_mnist.cli.flags import Flag
from cnn_mnist.config import fields
from cnn_mnist.errors import SettingsError
from cnn_mnist.serving import server


def define(flag: Flag, values: flags.FlagValues) -> None:
    """Defines a flag; reading a value that it does not allow raises a UserError."""
    _DEFINERS[flag.kind](flag, values)


class _Number(flags.ArgumentParser):
    """A number within the range of its flag; the message says which."""

    def __init__(self, name: str, kind: type) -> None:
        super().__init__()
        self._name = name
        self._kind = kind

    def parse(self, argument: Any) -> Any:
        text = str(argument)
        # A comma is one of thousands or an error: dropped, it would make 2 of 0,002.
        if self._kind is int and re.fullmatch(r"\d{1,3}(,\d{3})+", text):
            text = text.replace(",", "")
        try:
            value = self._kind(text)
        except ValueError:
            value = argument
        if self._name in server.RANGES:
            allowed = server.RANGES[self._name]
            fields.check_number(f"--{self._name}", value, allowed, self._kind is float)
        else:
            fields.check_field(f"--{self._name}", self._name, value)
        return value


class _Choice(flags.ArgumentParser):
    def __init__(self, name: str, allowed: Sequence[str]) -> None:
        super().__init__()
        self._name = name
        self._allowed = allowed

    def parse(self, argument: Any) -> Any:
        if argument not in self._allowed:
            raise SettingsError(
                f"--{self._name}={argument} is unknown; allowed: {', '.join(self._allowed)}"
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


class _Folder(flags.ArgumentParser):
    """A folder; no shell expands the `~` of `--flag=~/folder`."""

    def parse(self, argument: Any) -> Any:
        return os.path.expanduser(argument)


def _define_number(kind: type) -> Callable[[Flag, flags.FlagValues], object]:
    def define(flag: Flag, values: flags.FlagValues) -> None:
        parser = _Number(flag.name, kind)
        flags.DEFINE(parser, flag.name, flag.default, flag.help, flag_values=values)

    return define


def _define_switch(flag: Flag, values: flags.FlagValues) -> None:
    switch = flags.BooleanFlag(flag.name, flag.default, flag.help)
    switch.parser = _Switch(flag.name)
    flags.DEFINE_flag(switch, flag_values=values)


def _define_rate(flag: Flag, values: flags.FlagValues) -> None:
    flags.DEFINE(_Rate(), flag.name, None, flag.help, flag_values=values)


class _Rate(flags.ArgumentParser):
    def parse(self, argument: Any) -> Any:
        try:
            rate = float(argument)
        except ValueError:
            rate = -1.0
        if not 0 <= rate < 1:
            raise SettingsError(
                f"--dropout_rate is {argument!r}; allowed: a number from 0 to below 1"
            )
        # The notation of the network has no -0.
        return abs(rate)


class _Metric(flags.ArgumentParser):
    def parse(self, argument: Any) -> Any:
        fields.check_metric("--monitor", argument)
        return argument


class _Choices(_Choice):
    """Any number of choices, with commas between."""

    def parse(self, argument: Any) -> Any:
        names = (name.strip() for name in str(argument).split(","))
        values = tuple(super(_Choices, self).parse(name) for name in names if name)
        fields.check_field(f"--{self._name}", self._name, values)
        return values


_DEFINERS: dict[str, Callable[[Flag, flags.FlagValues], object]] = {
    "text": lambda f, v: flags.DEFINE_string(f.name, f.default, f.help, flag_values=v),
    "folder": lambda f, v: flags.DEFINE(_Folder(), f.name, f.default, f.help, flag_values=v),
    "bool": _define_switch,
    "multi": lambda f, v: flags.DEFINE_multi_string(f.name, [], f.help, flag_values=v),
    "choice": lambda f, v: flags.DEFINE(
        _Choice(f.name, f.allowed), f.name, f.default, f.help, flag_values=v
    ),
    "monitor": lambda f, v: flags.DEFINE(_Metric(), f.name, None, f.help, flag_values=v),
    "choices": lambda f, v: flags.DEFINE(
        _Choices(f.name, f.allowed), f.name, None, f.help, flag_values=v
    ),
    "int": _define_number(int),
    "float": _define_number(float),
    "rate": _define_rate,
}
