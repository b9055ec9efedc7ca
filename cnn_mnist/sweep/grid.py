"""The runs of a sweep: flags of the command, some with several values separated by commas."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from absl import flags

from cnn_mnist.cli import command_line, flag_types
from cnn_mnist.cli.other_names import OTHER_NAMES
from cnn_mnist.config import Config
from cnn_mnist.config.fields import FLAGS
from cnn_mnist.config.setting import Setting
from cnn_mnist.errors import SettingsError, UserError
from cnn_mnist.support import processor
from cnn_mnist.support.suggestions import guess, nearest

SEED = "seed"
"""The flag whose values are repetitions of one setting: the table takes their mean."""

MOST_RUNS = 1000
MOST_JOBS = 64

# Their values may hold commas, or are places of this machine.
_ONE_VALUE = ("architecture", "choices", "folder", "multi", "text")
# It is a place of this machine and says nothing of a run, so it is not in a folder's name.
_NOT_IN_NAMES = ("data_dir",)
_OF_THE_SWEEP = ("model_dir", "format", "dry_run", "quiet", "help")
_LONGEST_VALUE = 40
_LONGEST_NAME = 200


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of a sweep.

    Attributes:
      name: of its folder, made of its settings.
      settings: the text of each setting that was given, by the flag's name.
      arguments: the command line of `python -m cnn_mnist.main`, without that.
      config: what the arguments mean.
    """

    name: str
    settings: dict[str, str]
    arguments: tuple[str, ...]
    config: Config


@dataclasses.dataclass(frozen=True)
class Sweep:
    """A parsed command line of a sweep.

    Attributes:
      model_dir: the folder that holds one folder for each run.
      runs: in the order of the values, the last flag changing fastest.
      varied: the flags with several values.
      jobs: how many runs go at a time.
      form: `text` or `json`.
      dry_run: whether to print the runs only.
      quiet: whether to print results only.
    """

    model_dir: str
    runs: tuple[Run, ...]
    varied: tuple[str, ...]
    jobs: int
    form: str
    dry_run: bool
    quiet: bool


def parse(arguments: Sequence[str]) -> Sweep | None:
    """Parses the command line of a sweep; returns None where it asks for help.

    Raises:
      SettingsError: a flag is unknown, a value is not allowed, or a flag that cannot be varied has
        several values; of all runs the first mistake is named, before any of them begins.
    """
    values = _read(arguments)
    if values.help:
        return None
    if not values.model_dir:
        raise SettingsError("--model_dir is missing; expected a folder for the runs of the sweep")
    given = [name for name in FLAGS if values[name].present and name not in _OF_THE_SWEEP]
    axes: dict[str, Any] = {
        name: values[name].value for name in given if not _is_passed_on(FLAGS[name])
    }
    passed_on = [word for name in given if name not in axes for word in _words(name, values)]
    runs = tuple(
        _run(values.model_dir, dict(zip(axes, each, strict=True)), passed_on, values.jobs)
        for each in _combinations(axes)
    )
    _check_names(runs)
    return Sweep(
        model_dir=values.model_dir,
        runs=runs,
        varied=tuple(name for name, several in axes.items() if len(several) > 1),
        jobs=values.jobs,
        form=values.format,
        dry_run=values.dry_run,
        quiet=values.quiet or values.verbosity == "quiet",
    )


def _read(arguments: Sequence[str]) -> flags.FlagValues:
    values = command_line.FlagValues()
    for row in FLAGS.values():
        if row.name == "model_dir":
            row = dataclasses.replace(row, default="")
        if _is_passed_on(row):
            flag_types.define(row, values)
        else:
            flags.DEFINE(_Several(row), row.name, None, row.help, flag_values=values)
    flags.DEFINE(_Jobs(), "jobs", 1, "runs at a time", flag_values=values)
    try:
        left = values(["cnn-mnist-sweep", *arguments], known_only=True)[1:]
    except flags.Error as error:
        cause = error.__cause__ or error.__context__
        raise cause if isinstance(cause, UserError) else SettingsError(str(error)) from error
    except ValueError as error:
        raise SettingsError(str(error)) from error
    if left:
        raise SettingsError(_left_over(left[0]))
    if values.mode not in (None, "train_and_evaluate"):
        raise SettingsError(f"--mode={values.mode} is not for sweeps, which train and evaluate")
    for name in ("version", "completion"):
        if values[name].present:
            raise SettingsError(f"--{name} is not for sweeps")
    return values


def _left_over(word: str) -> str:
    name = word.removeprefix("-").removeprefix("-").partition("=")[0]
    if not word.startswith("-") or not name:
        return f"{word!r} is left over; every argument is --flag=value; --help lists the flags"
    near = nearest(name, [*FLAGS, "jobs"], {**OTHER_NAMES, "j": "jobs", "workers": "jobs"})
    return f"unknown flag --{name}; {guess(near and f'--{near}')}--help lists the flags"


def _is_passed_on(row: Setting) -> bool:
    """Whether a flag has one value in a sweep, which every run takes."""
    return row.kind in _ONE_VALUE or not (row.stored or row.name == "dropout_rate")


class _Several(flags.ArgumentParser):
    """One or more values of a flag, separated by commas, as texts in one spelling each."""

    def __init__(self, row: Setting) -> None:
        super().__init__()
        self._row = row

    def parse(self, argument: Any) -> tuple[str, ...]:
        name = self._row.name
        found = tuple(self._one(text.strip()) for text in str(argument).split(","))
        twice = [text for text in found if found.count(text) > 1]
        if twice:
            raise SettingsError(f"--{name}={argument} holds {twice[0]} twice")
        if name == "preset" and "list" in found:
            raise SettingsError("--preset=list is not for sweeps")
        return found

    def _one(self, text: str) -> str:
        """Returns a value as it is written shortest, such as `0.001` for `1e-3`."""
        own = flags.FlagValues()
        flag_types.define(self._row, own)
        try:
            own(["", f"--{self._row.name}={text}"])
        except flags.Error as error:
            cause = error.__cause__ or error.__context__
            raise cause if isinstance(cause, UserError) else SettingsError(str(error)) from error
        value = own[self._row.name].value
        if isinstance(value, bool):
            return "true" if value else "false"
        return f"{value!r}".removesuffix(".0") if isinstance(value, float) else str(value)


class _Jobs(flags.ArgumentParser):
    def parse(self, argument: Any) -> int:
        text = str(argument)
        if not re.fullmatch("[0-9]{1,3}", text) or not 1 <= int(text) <= MOST_JOBS:
            raise SettingsError(
                f"--jobs is {text!r}; allowed: a whole number from 1 to {MOST_JOBS}"
            )
        return int(text)


def _words(name: str, values: flags.FlagValues) -> list[str]:
    value = values[name].value
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no{name}"]
    if isinstance(value, list):
        return [f"--{name}={each}" for each in value]
    return [f"--{name}={','.join(value) if isinstance(value, tuple) else value}"]


def _combinations(axes: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    count = 1
    for several in axes.values():
        count *= len(several)
    if count > MOST_RUNS:
        raise SettingsError(f"the values make {count:,} runs; allowed: up to {MOST_RUNS:,}")
    return list(itertools.product(*axes.values()))


def _run(folder: str, settings: dict[str, str], passed_on: Sequence[str], jobs: int) -> Run:
    words = [f"--{name}={value}" for name, value in settings.items()]
    own = dict(settings)
    for word in passed_on:
        name, _, value = word[2:].partition("=")
        if name in FLAGS and FLAGS[name].stored and name not in _NOT_IN_NAMES:
            own[name] = value
    name = _name(own)
    place = os.path.join(folder, name)
    arguments = [*words, *passed_on, *_threads(passed_on, jobs)]
    command = command_line.parse([f"--model_dir={place}", *arguments])
    return Run(name, own, (f"--model_dir={place}", *arguments), command.config)


def _threads(passed_on: Sequence[str], jobs: int) -> list[str]:
    """Divides the processor's cores among runs that go at the same time."""
    if jobs == 1 or any(word.startswith("--threads=") for word in passed_on):
        return []
    return [f"--threads={max(1, processor.count() // jobs)}"]


def _name(settings: Mapping[str, str]) -> str:
    """Returns a folder's name such as `learning_rate_0.001-seed_1`."""
    parts = [f"{name}_{_safe(value)}" for name, value in settings.items()]
    name = "-".join(parts) or "run"
    # File systems take 255 bytes.
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}-{_digest(name)}"


def _safe(value: str) -> str:
    safe = re.sub(r"[^A-Za-z0-9._+-]+", "_", value)
    if safe == value and len(value) <= _LONGEST_VALUE:
        return value
    # Other values may look the same without their further characters.
    return f"{safe[-_LONGEST_VALUE:].strip('_')}_{_digest(value)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:6]


def _check_names(runs: Sequence[Run]) -> None:
    names = [run.name for run in runs]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"two runs of the sweep have the same folder {name}")
