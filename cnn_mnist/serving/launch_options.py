"""The command line of the launcher: its text of help, and its options."""

from __future__ import annotations

import dataclasses
import pathlib
import re
from collections.abc import Sequence

from cnn_mnist.errors import SettingsError
from cnn_mnist.support import shell
from cnn_mnist.support.suggestions import near_flag

PROGRAM = shell.name_of("serve", str(__package__))

SERVER = "tensorflow_model_server"

SETTINGS = pathlib.Path(__file__).resolve().parent / "settings"
"""The folder of the server's settings files: batching and monitoring."""

REQUESTS = SETTINGS.with_name("requests")
"""The folder of example requests, of the digit 7 for each signature."""

USAGE = f"""\
usage: {PROGRAM} [MODEL_DIR] [FLAG]... [-- TENSORFLOW_MODELSERVER FLAG...]

Starts TensorFlow Serving on the exports in MODEL_DIR/export. It serves the newest, and switches
to newer ones as they are written. Ctrl-C stops it.

  MODEL_DIR               also as --model_dir=MODEL_DIR; default: mnist_model
  --port=8500             the gRPC port
  --rest_api_port=8501    the port for REST and metrics; 0 turns both off
  --model_name=mnist      the model's name in requests
  --model_config_file=FILE
                          serves the models of this file, a ModelServerConfig, with their version
                          policies and labels, in place of MODEL_DIR; it is checked first
  --model_config_file_poll_wait_seconds=0
                          seconds after which the server reads that file again; 0: never
  --launcher=auto         binary: tensorflow_model_server, from PATH; docker: the image
                          tensorflow/serving; auto: binary if it is installed, else docker
  --enable_batching=true  merges waiting requests, up to 1000 images; faster under load, but if
                          one of them is refused, those merged with it are refused too
  --write_requests=FOLDER
                          writes example requests of a 7 for each signature there, prints the
                          commands that send them, and starts nothing
  --dry_run               prints the command and does not run it

Arguments after -- are passed to the server. In Docker the server is reachable at 127.0.0.1 only;
tensorflow_model_server listens on every address of this machine. The server's settings files are in
{SETTINGS.relative_to(shell.CLONE) if shell.CLONE else SETTINGS}
"""


@dataclasses.dataclass
class Options:
    """The command line's options as text; the launcher checks them."""

    model_dir: str = ""
    port: str = "8500"
    rest_api_port: str = "8501"
    model_name: str = ""
    model_config_file: str = ""
    model_config_file_poll_wait_seconds: str = ""
    launcher: str = "auto"
    enable_batching: str = "true"
    write_requests: str = ""
    dry_run: bool = False
    for_the_server: Sequence[str] = ()


_WITH_VALUE = (
    "model_dir",
    "port",
    "rest_api_port",
    "model_name",
    "model_config_file",
    "model_config_file_poll_wait_seconds",
    "launcher",
    "enable_batching",
    "write_requests",
)
_FLAGS = (*_WITH_VALUE, "dry_run", "help")


def parsed(arguments: Sequence[str]) -> Options | None:
    """Returns the options, or None if the command line asks for help."""
    options, left = Options(), list(arguments)
    while left:
        word = left.pop(0)
        name, equals, value = word.removeprefix("--").partition("=")
        if word in ("-h", "--help"):
            return None
        if word == "--":
            options.for_the_server = left
            break
        if word == "--dry_run":
            options.dry_run = True
        elif word.startswith("--") and name in _WITH_VALUE:
            if equals and not value:
                raise SettingsError(f"{word} has no value")
            if not equals:
                if not left or not left[0] or left[0].startswith("-"):
                    raise SettingsError(f"{word} takes a value")
                value = left.pop(0)
            setattr(options, name, value)
        elif word.startswith("-"):
            raise SettingsError(
                f"unknown flag {word}; {near_flag(word, _FLAGS)}--help lists the flags; flags for "
                f"{SERVER} go after --"
            )
        elif not word:
            raise SettingsError("MODEL_DIR is empty")
        elif options.model_dir:
            raise SettingsError(f"give one MODEL_DIR, not both {options.model_dir} and {word}")
        else:
            options.model_dir = word
    return options


def number(name: str, text: str, least: int, most: int = 65535) -> int:
    """Returns the whole number that a flag's value is.

    Raises:
      SettingsError: it is not a number from `least` to `most`.
    """
    if not re.fullmatch("[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise SettingsError(f"--{name} takes a number from {least} to {most}, not '{text}'")
    return int(text)
