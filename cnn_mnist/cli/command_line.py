"""Parses the command line: flags become a frozen `Config` and a `Command`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from absl import flags

from cnn_mnist import config
from cnn_mnist.cli import flag_types
from cnn_mnist.cli.flags import help_text
from cnn_mnist.cli.other_names import OTHER_NAMES
from cnn_mnist.config import Config, classes, presets
from cnn_mnist.config.fields import CONFIG, FLAGS
from cnn_mnist.errors import SettingsError, UserError, one_line
from cnn_mnist.networks import architecture
from cnn_mnist.serving import server as server_lib
from cnn_mnist.serving.server import Server
from cnn_mnist.support.suggestions import guess, nearest


@dataclasses.dataclass(frozen=True)
class Command:
    """A parsed command line.

    Attributes:
      mode: one of `config.choices.MODES`.
      config: the run's settings.
      given: the names of the flags that were given.
      checkpoint: which checkpoint, see `model_folder.checkpoints.find`.
      split: what `evaluate` measures on.
      projector_images: how many images `evaluate` writes for TensorBoard's Projector.
      images: files, folders and patterns to predict.
      invert: one of `config.choices.INVERT`.
      digits: one of `config.choices.DIGITS`.
      open: whether to open the page that is written.
      language: of the page that is written.
      format: one of `config.choices.OUTPUT_FORMATS`.
      dry_run: whether to keep nothing.
      engine: one of `config.choices.ENGINES`.
      lite_file: one of `config.choices.LITE_FILES`.
      server: the server to use instead of a checkpoint, or None.
      tfjs_model: the TensorFlow.js model to evaluate instead of a checkpoint, or None.
      verbosity: one of `config.choices.VERBOSITIES`.
      text: a text to print instead of working, or None.
    """

    mode: str
    config: Config
    given: frozenset[str]
    checkpoint: str
    split: str
    projector_images: int
    images: tuple[str, ...]
    invert: str
    digits: str
    open: bool
    language: str
    format: str
    dry_run: bool
    engine: str
    lite_file: str
    server: Server | None
    tfjs_model: str | None
    verbosity: str
    text: str | None = None


def parse(arguments: Sequence[str]) -> Command:
    """Parses a command line, without the program's name.

    Raises:
      SettingsError: an unknown flag, a leftover argument, or a value that is not
        allowed; or `model_dir` holds a `config.json` that cannot be read.
    """
    values = _define()
    _parse_values(values, arguments)
    text = _text_instead(values)
    if text is not None:
        return _command(values, config.from_preset(values.model_dir), frozenset(), text)
    given = frozenset(name for name in values if values[name].present)
    if not values.model_dir:
        raise SettingsError("--model_dir is empty; expected a folder")
    settings = _settings(values, given)
    _check_combinations(values, given)
    return _command(values, settings, given, None)


class FlagValues(flags.FlagValues):
    """Reads a --flagfile also with a byte order mark, as Windows' editors may write it."""

    def read_flags_from_files(self, argv: Sequence[str], force_gnu: bool = True) -> list[str]:
        # absl copies all further arguments for each one: 20 seconds for 200,000.
        if not any(argument.lstrip("-").startswith("flagfile") for argument in argv):
            return list(argv)
        return super().read_flags_from_files(argv, force_gnu)

    def _get_flag_file_lines(self, *args: Any, **kwargs: Any) -> list[str]:
        lines = super()._get_flag_file_lines(*args, **kwargs)
        if lines and lines[0].startswith("\ufeff"):
            first = lines[0].removeprefix("\ufeff")
            lines[:1] = [first] if first.startswith("-") else []
        return lines


def _define() -> flags.FlagValues:
    values = FlagValues()
    for row in FLAGS.values():
        flag_types.define(row, values)
    return values


def _parse_values(values: flags.FlagValues, arguments: Sequence[str]) -> None:
    try:
        # Without known_only absl looks for a similar flag, which is slow for a long name, and
        # from a thousand letters on exceeds Python's recursion limit.
        left = values(["cnn-mnist", *arguments], known_only=True)[1:]
    except flags.Error as error:
        raise SettingsError(_one_line(error)) from error
    except ValueError as error:
        raise SettingsError(_let_through(error, arguments)) from error
    if left and (name := _flag_name(left[0])):
        raise SettingsError(_unknown_flag(name))
    left = left[left[:1] == ["--"] :]
    if left:
        more = " (more files: give --images again)" if values.images else ""
        raise SettingsError(
            f"{left[0]!r} is left over; every argument is --flag=value{more}; "
            "--help lists the flags"
        )


def _let_through(error: ValueError, arguments: Sequence[str]) -> str:
    # absl lets through --noflag=value, which it names, and a --flagfile that is not text.
    file = next((a for a in arguments if a.lstrip("-").startswith("flagfile")), "--flagfile")
    return str(error) if str(error).startswith("-") else f"{file} cannot be read: {error}"


def _flag_name(argument: str) -> str:
    name = argument.removeprefix("-").removeprefix("-").partition("=")[0]
    return name if argument.startswith("-") else ""


def _unknown_flag(name: str) -> str:
    near = nearest(name, FLAGS, OTHER_NAMES)
    return f"unknown flag --{name}; {guess(near and f'--{near}')}--help lists all flags"


def _one_line(error: flags.Error) -> str:
    # absl begins with "flag --name=value: ", which the messages of this package say themselves.
    text = " ".join(str(error).split())
    cause = error.__cause__ or error.__context__
    return one_line(cause) if isinstance(cause, UserError) else text


def _text_instead(values: flags.FlagValues) -> str | None:
    if values.help:
        return help_text()
    if values.version:
        from cnn_mnist import __version__

        return f"cnn-mnist {__version__}"
    if values.completion:
        from cnn_mnist.cli import completion

        return completion.script(values.completion)
    return presets.table() if values.preset == "list" else None


def _settings(values: flags.FlagValues, given: frozenset[str]) -> Config:
    """Starts from the preset if one is given, else from what `model_dir` was trained with."""
    stored = config.load_or_none(values.model_dir)
    changes: dict[str, Any] = {name: values[name].value for name in given & set(CONFIG)}
    if values.preset is not None or stored is None:
        changes.pop("preset", None)
        preset = values.preset or presets.DEFAULT
        settings = config.from_preset(preset=preset, **{"model_dir": values.model_dir, **changes})
        settings = classes.as_trained(settings)
    else:
        settings = dataclasses.replace(stored, **config.with_length(changes))
    if values.dropout_rate is None:
        return settings
    text = _with_dropout_rate(settings.architecture, values.dropout_rate)
    return dataclasses.replace(settings, architecture=text)


def _with_dropout_rate(text: str, rate: float) -> str:
    layers = architecture.parse(text)
    if not any(isinstance(layer, architecture.Dropout) for layer in layers):
        raise SettingsError(f"--dropout_rate={rate:g} has no dropout layer to apply to in '{text}'")
    return architecture.describe(architecture.with_dropout_rate(layers, rate))


def _check_combinations(values: flags.FlagValues, given: frozenset[str]) -> None:
    if values.mode in ("predict", "inspect") and not values.images and not values.dry_run:
        raise SettingsError(f"--mode={values.mode} needs --images, such as --images='digits/*.png'")
    for name, row in FLAGS.items():
        if name in given and row.only_in_modes and values.mode not in row.modes:
            raise SettingsError(
                f"--{name} is for --mode={' or '.join(row.modes)}, not --mode={values.mode}"
            )
    if values.quiet and "verbosity" in given and values.verbosity != "quiet":
        raise SettingsError(
            f"--quiet and --verbosity={values.verbosity} both say how much is printed; give one "
            "of them"
        )
    _check_server(values, given)
    _check_tfjs_model(values, given)
    _check_engine(values, given)
    _check_projector(values)


def _check_server(values: flags.FlagValues, given: frozenset[str]) -> None:
    if server := _server(values):
        server_lib.check(server)
        if "checkpoint" in given:
            raise SettingsError("--checkpoint is of this machine; --server has a model of its own")
    elif further := sorted(name for name in given if name.startswith("server_")):
        raise SettingsError(f"--{further[0]} is for --server=..., which is not given")


def _check_tfjs_model(values: flags.FlagValues, given: frozenset[str]) -> None:
    if values.tfjs_model is None:
        return
    if values.server is not None:
        raise SettingsError("--server and --tfjs_model both say what is measured; give one of them")
    if "checkpoint" in given:
        raise SettingsError("--checkpoint is of --model_dir; --tfjs_model is a model of its own")


def _check_engine(values: flags.FlagValues, given: frozenset[str]) -> None:
    engine = values.engine
    if engine != "lite" and "lite_file" in given:
        raise SettingsError(f"--lite_file is for --engine=lite, not --engine={engine}")
    if engine == "tensorflow":
        return
    for other in ("server", "tfjs_model"):
        if values[other].value is not None:
            raise SettingsError(
                f"--{other} and --engine={engine} both say what computes; give one of them"
            )
    if "checkpoint" in given:
        raise SettingsError(
            f"--checkpoint is for --engine=tensorflow; --engine={engine} runs the newest export"
        )
    if values.dry_run:
        raise SettingsError(
            f"--dry_run is for --engine=tensorflow; --engine={engine} writes nothing anyway"
        )


def _check_projector(values: flags.FlagValues) -> None:
    if not values.projector_images:
        return
    for other in ("server", "tfjs_model"):
        if values[other].value is not None:
            raise SettingsError(f"--projector_images needs a checkpoint; leave out --{other}")
    if values.engine != "tensorflow":
        raise SettingsError("--projector_images is for --engine=tensorflow, which has the layers")


def _server(values: flags.FlagValues) -> Server | None:
    if values.server is None:
        return None
    names = [field.name for field in dataclasses.fields(Server) if field.name != "address"]
    settings: dict[str, Any] = {name: values[f"server_{name}"].value for name in names}
    return Server(values.server, **settings)


def _command(
    values: flags.FlagValues, settings: Config, given: frozenset[str], text: str | None
) -> Command:
    return Command(
        mode=values.mode,
        config=settings,
        given=given,
        checkpoint=values.checkpoint,
        split=values.split,
        projector_images=values.projector_images,
        images=tuple(values.images),
        invert=values.invert,
        digits=values.digits,
        open=values.open,
        language=values.language,
        format=values.format,
        dry_run=values.dry_run,
        engine=values.engine,
        lite_file=values.lite_file,
        server=_server(values),
        tfjs_model=values.tfjs_model,
        verbosity="quiet" if values.quiet else values.verbosity,
        text=text,
    )
