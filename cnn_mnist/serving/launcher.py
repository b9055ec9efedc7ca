"""Starts `tensorflow_model_server`, directly or in Docker, on the exports of a model folder."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence

from cnn_mnist.errors import (
    ExportError,
    InstallationError,
    SettingsError,
    UserError,
    one_line,
)
from cnn_mnist.support import shell, terminal
from cnn_mnist.support.suggestions import near_flag

PROGRAM = shell.name_of("serve", str(__package__))

SETTINGS = pathlib.Path(__file__).resolve().parent / "settings"
"""The folder of the server's settings files: batching and monitoring."""

METRICS_PATH = "/monitoring/prometheus/metrics"
"""The path of the metrics at the REST port, as `monitoring.config` sets it."""

SECONDS_FOR_DOCKER = 5
"""How long to wait for an answer of Docker's daemon."""

_SERVER = "tensorflow_model_server"

USAGE = f"""\
usage: {PROGRAM} [MODEL_DIR] [FLAG]... [-- TENSORFLOW_MODEL_SERVER FLAG...]

Starts TensorFlow Serving on the exports in MODEL_DIR/export. It serves the newest, and switches
to newer ones as they are written. Ctrl-C stops it.

  MODEL_DIR               also as --model_dir=MODEL_DIR; default: mnist_model
  --port=8500             the gRPC port
  --rest_api_port=8501    the port for REST and metrics; 0 turns both off
  --model_name=mnist      the model's name in requests
  --launcher=auto         binary: tensorflow_model_server, from PATH; docker: the image
                          tensorflow/serving; auto: binary if it is installed, else docker
  --enable_batching=true  merges waiting requests, up to 1000 images; faster under load, but if
                          one of them is refused, those merged with it are refused too
  --dry_run               prints the command and does not run it

Arguments after -- are passed to the server. In Docker the server is reachable at 127.0.0.1 only;
tensorflow_model_server listens on every address of this machine. The server's settings files are in
{SETTINGS.relative_to(shell.CLONE) if shell.CLONE else SETTINGS}
"""


@dataclasses.dataclass
class _Options:
    """The command line's options as text; `_run` checks them."""

    model_dir: str = ""
    port: str = "8500"
    rest_api_port: str = "8501"
    model_name: str = "mnist"
    launcher: str = "auto"
    enable_batching: str = "true"
    dry_run: bool = False
    for_the_server: Sequence[str] = ()


_WITH_VALUE = ("model_dir", "port", "rest_api_port", "model_name", "launcher", "enable_batching")
_FLAGS = (*_WITH_VALUE, "dry_run", "help")


def main(arguments: Sequence[str]) -> int:
    """Replaces this process with the server; returns 0 for help or a dry run, and 2 on an error."""
    try:
        options = _parsed(arguments)
        if options is None:
            print(USAGE, end="")
        else:
            _run(options)
    except (UserError, OSError) as error:
        terminal.error(f"{PROGRAM}: {one_line(error)}")
        return 2
    return 0


def _note(text: str) -> None:
    terminal.note(f"{PROGRAM}: {text}")


def _parsed(arguments: Sequence[str]) -> _Options | None:
    """Returns the options, or None if the command line asks for help."""
    options, left = _Options(), list(arguments)
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
                f"{_SERVER} go after --"
            )
        elif not word:
            raise SettingsError("MODEL_DIR is empty")
        elif options.model_dir:
            raise SettingsError(f"give one MODEL_DIR, not both {options.model_dir} and {word}")
        else:
            options.model_dir = word
    return options


def _run(options: _Options) -> None:
    port = _port("port", options.port, 1)
    rest_api_port = _port("rest_api_port", options.rest_api_port, 0)
    if port == rest_api_port:
        raise SettingsError(f"--port and --rest_api_port are both {port}")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", options.model_name):
        raise SettingsError(
            f"--model_name takes letters, digits, _, . and -, not '{options.model_name}'"
        )
    if options.launcher not in ("auto", "binary", "docker"):
        raise SettingsError(f"--launcher takes auto, binary or docker, not '{options.launcher}'")
    if options.enable_batching not in ("true", "false"):
        raise SettingsError(
            f"--enable_batching takes true or false, not '{options.enable_batching}'"
        )
    exports = _exports_of(options.model_dir or "mnist_model")
    in_docker = _launcher(options.launcher, options.dry_run) == "docker"
    command = _command(options, in_docker, exports, port, rest_api_port)
    if options.dry_run:
        # Print a path that is not valid text as its bytes.
        sys.stdout.reconfigure(errors="surrogateescape")  # type: ignore[union-attr]
        print(*map(shell.quoted, command))
        return
    _check_unused("port", port)
    if rest_api_port:
        _check_unused("rest_api_port", rest_api_port)
    _note(f"gRPC at 127.0.0.1:{port}")
    if rest_api_port:
        address = f"http://127.0.0.1:{rest_api_port}"
        models = f"{address}/v1/models/{options.model_name}"
        _note(f"REST at {models}, metrics at {address}{METRICS_PATH}")
    if not in_docker:
        _note("other machines can reach it too, unless a firewall blocks them")
    shell.replace_process(command)


def _port(name: str, text: str, least: int) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not least <= int(text) <= 65535:
        raise SettingsError(f"--{name} takes a number from {least} to 65535, not '{text}'")
    return int(text)


def _check_unused(name: str, port: int) -> None:
    # Two servers can share a gRPC port (SO_REUSEPORT), so binding the port would not fail.
    with socket.socket() as client:
        if client.connect_ex(("127.0.0.1", port)) == 0:
            raise SettingsError(f"port {port} is in use; choose another with --{name}=PORT")


def _exports_of(model_dir: str) -> str:
    """Returns the absolute path of the folder of exports; the server needs an absolute one."""
    train = f"{shell.MAIN} --model_dir={shell.quoted(model_dir)}"
    if not os.path.isdir(model_dir):
        raise ExportError(f"there is no folder {model_dir}; {train} trains a model there")
    exports = os.path.join(model_dir, "export")
    if not _holds_exports(exports):
        if _holds_exports(model_dir):
            raise ExportError(
                f"{model_dir} holds the exports themselves; give the folder above it as MODEL_DIR"
            )
        raise ExportError(f"{model_dir} holds no export; {train} --mode=export writes one")
    return os.path.join(os.getcwd(), exports.removeprefix("./"))


def _holds_exports(folder: str) -> bool:
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    return any(
        os.path.isfile(os.path.join(folder, name, "saved_model.pb"))
        for name in names
        if re.fullmatch("[0-9]+", name)
    )


def _launcher(wanted: str, dry_run: bool) -> str:
    """Returns binary or docker."""
    if wanted == "auto":
        if shutil.which(_SERVER):
            return "binary"
        if _docker_answers():
            return "docker"
        if dry_run:
            _note(f"neither {_SERVER} nor a running Docker was found to run this")
            return "binary"
        _note(f"{_SERVER} is not on PATH; apt-get install tensorflow-model-server installs it")
        raise InstallationError(
            "apt-get needs TensorFlow Serving's package source for that; "
            "or start Docker, which needs nothing else"
        )
    if dry_run:
        return wanted
    program = _SERVER if wanted == "binary" else "docker"
    if not shutil.which(program):
        raise InstallationError(f"{program} is not on PATH")
    if wanted == "docker" and not _docker_answers():
        raise InstallationError(
            "docker does not answer; is its daemon running, and may this user use it?"
        )
    return wanted


def _docker_answers() -> bool:
    """Returns whether Docker's daemon answers with its version."""
    try:
        answer = subprocess.run(
            ["docker", "version", "--format", "{{.Server.Version}}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS_FOR_DOCKER,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(answer.stdout.partition(b"\n")[0])


def _command(
    options: _Options, in_docker: bool, exports: str, port: int, rest_api_port: int
) -> list[str]:
    command, settings = [_SERVER], str(SETTINGS)
    if in_docker:
        # --init: as the first process of a container the server would ignore signals.
        command = ["docker", "run", "--rm", "--init"]
        for number in filter(None, (port, rest_api_port)):
            command += ["--publish", f"127.0.0.1:{number}:{number}"]
        in_container = f"/models/{options.model_name}"
        command += ["--mount", _mount(exports, in_container)]
        command += ["--mount", _mount(settings, "/serving")]
        command += ["--entrypoint", _SERVER, "tensorflow/serving"]
        exports, settings = in_container, "/serving"
    command += [f"--port={port}", f"--rest_api_port={rest_api_port}"]
    command += [f"--model_name={options.model_name}", f"--model_base_path={exports}"]
    command += [f"--monitoring_config_file={settings}/monitoring.config"]
    if options.enable_batching == "true":
        parameters = f"{settings}/batching_parameters.txt"
        command += ["--enable_batching", f"--batching_parameters_file={parameters}"]
    return [*command, *options.for_the_server]


def _mount(source: str, target: str) -> str:
    """Returns the value of Docker's --mount, which is a line of CSV."""
    field = f"source={source}"
    if re.search('[,"]', field):
        field = '"' + field.replace('"', '""') + '"'
    return f"type=bind,{field},target={target},readonly"
