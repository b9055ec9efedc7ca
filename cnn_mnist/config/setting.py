"""One row of the table in `config.fields`."""

from __future__ import annotations

import dataclasses
from typing import Any

REQUIRED = object()
"""Stands for `Setting.before` of a field that every `config.json` holds."""


@dataclasses.dataclass(frozen=True)
class Setting:
    """One setting, a row of the table.

    Attributes:
      name: of the flag, and of the field of `Config` and `config.json`.
      kind: how its value is written and checked: one of the keys of `config.checks.CHECKS`.
      help: what it does, in a line.
      modes: the values of `--mode` in which it changes anything.
      default: its value where neither a flag nor the preset gives one.
      allowed: the values of a choice.
      range: the lowest and the highest value of a number, both allowed.
      in_config: whether it is a field of `Config`.
      is_flag: whether the command has a flag for it.
      stored: whether `config.json` keeps it with the model.
      optional: whether None is allowed, in Python and in `config.json`.
      only_in_modes: whether the command refuses the flag in other modes. A field of `Config` is
        accepted in all, so that one list of flags serves each command of a run.
      before: its value for a folder trained before there was this setting; `REQUIRED` for the
        settings that every folder has.
      flag_also: further values that only the flag takes.
      note: what a caller from Python must know besides.
      since: the version of the package that first had it.
    """

    name: str
    kind: str
    help: str
    modes: tuple[str, ...]
    default: Any = None
    allowed: tuple[str, ...] = ()
    range: tuple[float, float] | None = None
    in_config: bool = True
    is_flag: bool = True
    stored: bool = True
    optional: bool = False
    only_in_modes: bool = False
    before: Any = REQUIRED
    flag_also: tuple[str, ...] = ()
    note: str = ""
    since: str = "1.0"
