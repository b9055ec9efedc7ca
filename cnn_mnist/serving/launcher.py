"""Starts `tensorflow_model_server`, directly or in Docker, on exports."""

from __future__ import annotations

import dataclasses
import os
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
from cnn_mnist.serving import launch_options, model_configs
from cnn_mnist.serving.launch_options import (
    PROGRAM,
    REQUESTS,
    SERVER,
    SETTINGS,
    USAGE,
    Options,
)
from cnn_mnist.serving.model_configs import Model
from cnn_mnist.support import shell, terminal

METRICS_PATH = "/monitoring/prometheus/metrics"
"""The path of the metrics at the REST port, as `monitoring.config` sets it."""

SECONDS_FOR_DOCKER = 5
"""How long to wait for an answer of Docker's daemon."""

_CONFIG_IN_DOCKER = "/model_config"
"""Where the folder of `models.config` is in the container."""

_MOST_POLL_SECONDS = 86_400
"""A day."""


@dataclasses.dataclass(frozen=True)
class _Models:
    """What is served.

    Attributes:
      names: of the models, in requests.
      labels: of the versions of each model.
      mounts: for Docker, folders here and in the container.
      flags: for the server on this machine.
      flags_in_docker: for the server in the container.
    """

    names: list[str]
    labels: list[list[str]]
    mounts: list[tuple[str, str]]
    flags: list[str]
    flags_in_docker: list[str]


def main(arguments: Sequence[str]) -> int:
    """Replaces this process with the server; returns 0 for help or a dry run, and 2 on an error."""
    try:
        options = launch_options.parsed(arguments)
        if options is None:
            print(USAGE, end="")
            return 0
        return _run(options)
    except (UserError, OSError) as error:
        terminal.error(f"{PROGRAM}: {one_line(error)}")
        return 2


def _note(text: str) -> None:
    terminal.note(f"{PROGRAM}: {text}")


def _run(options: Options) -> int:
    port, rest_api_port = _checked_ports(options)
    if options.launcher not in ("auto", "binary", "docker"):
        raise SettingsError(f"--launcher takes auto, binary or docker, not '{options.launcher}'")
    if options.enable_batching not in ("true", "false"):
        raise SettingsError(
            f"--enable_batching takes true or false, not '{options.enable_batching}'"
        )
    if options.write_requests:
        _write_requests(options, rest_api_port)
        return 0
    models = _models_of_file(options) if options.model_config_file else _one_model(options)
    if models is None:
        return 2
    in_docker = _launcher(options.launcher, options.dry_run) == "docker"
    command = _command(options, in_docker, models, port, rest_api_port)
    if options.dry_run:
        # Print a path that is not valid text as its bytes.
        sys.stdout.reconfigure(errors="surrogateescape")  # type: ignore[union-attr]
        print(*map(shell.quoted, command))
        return 0
    _check_unused("port", port)
    if rest_api_port:
        _check_unused("rest_api_port", rest_api_port)
    _announce(models, in_docker, port, rest_api_port)
    shell.replace_process(command)
    return 0


def _write_requests(options: Options, rest_api_port: int) -> None:
    """Copies the example requests, and prints the commands that send them."""
    os.makedirs(options.write_requests, exist_ok=True)
    name = options.model_name or "mnist"
    for source in sorted(REQUESTS.iterdir()):
        if source.suffix not in (".json", ".npy"):
            continue
        target = os.path.join(options.write_requests, source.name)
        shutil.copyfile(source, target)
        if source.suffix == ".json":
            body = shell.quoted(f"@{target}")
            url = f"http://localhost:{rest_api_port}/v1/models/{name}:predict"
            terminal.show(f"curl -d {body} {url}")


def _checked_ports(options: Options) -> tuple[int, int]:
    port = launch_options.number("port", options.port, 1)
    rest_api_port = launch_options.number("rest_api_port", options.rest_api_port, 0)
    if port == rest_api_port:
        raise SettingsError(f"--port and --rest_api_port are both {port}")
    return port, rest_api_port


def _announce(models: _Models, in_docker: bool, port: int, rest_api_port: int) -> None:
    _note(f"gRPC at 127.0.0.1:{port}")
    if rest_api_port:
        address = f"http://127.0.0.1:{rest_api_port}"
        places = [f"{address}/v1/models/{name}" for name in models.names]
        _note(f"REST at {', '.join(places)}, metrics at {address}{METRICS_PATH}")
    for name, labels in zip(models.names, models.labels, strict=True):
        if labels:
            _note(f"{name} has the labels {', '.join(labels)}")
    if not in_docker:
        _note("other machines can reach it too, unless a firewall blocks them")


def _one_model(options: Options) -> _Models:
    if options.model_config_file_poll_wait_seconds:
        raise SettingsError(
            "--model_config_file_poll_wait_seconds is for --model_config_file, which is not given"
        )
    name = options.model_name or "mnist"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise SettingsError(f"--model_name takes letters, digits, _, . and -, not '{name}'")
    exports, inside = _exports_of(options.model_dir or "mnist_model"), f"/models/{name}"
    flags = [[f"--model_name={name}", f"--model_base_path={path}"] for path in (exports, inside)]
    return _Models([name], [[]], [(exports, inside)], *flags)


def _models_of_file(options: Options) -> _Models | None:
    """Returns the models of `--model_config_file`; prints its faults if there are any."""
    for flag, given in (("MODEL_DIR", options.model_dir), ("--model_name", options.model_name)):
        if given:
            raise SettingsError(
                f"{flag} and --model_config_file both say what is served; give one of them"
            )
    path = os.path.join(os.getcwd(), options.model_config_file)
    found = model_configs.read(path)
    faults = list(model_configs.faults(path, found))
    for fault in faults:
        terminal.error(f"{PROGRAM}: {one_line(fault)}")
    return None if faults else _models(options, path, found)


def _models(options: Options, path: str, found: Sequence[Model]) -> _Models:
    # The server refuses labels of versions that it has not loaded yet, and starts with none.
    flags = ["--allow_version_labels_for_unavailable_models=true"]
    if options.model_config_file_poll_wait_seconds:
        name = "model_config_file_poll_wait_seconds"
        seconds = launch_options.number(name, getattr(options, name), 0, _MOST_POLL_SECONDS)
        flags.append(f"--{name}={seconds}")
    folder, file = os.path.split(path)
    # The same paths in the container, so that the file needs no change.
    local = sorted({model.base_path for model in found if model_configs.is_local(model)})
    # The folder and not the file: editors replace the file, and a mount keeps the old one.
    mounts = [(base, base) for base in local] + [(folder, _CONFIG_IN_DOCKER)]
    return _Models(
        [model.name for model in found],
        [[f"{label} ({number})" for label, number in model.labels] for model in found],
        mounts,
        [f"--model_config_file={path}", *flags],
        [f"--model_config_file={_CONFIG_IN_DOCKER}/{file}", *flags],
    )


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
        if shutil.which(SERVER):
            return "binary"
        if _docker_answers():
            return "docker"
        if dry_run:
            _note(f"neither {SERVER} nor a running Docker was found to run this")
            return "binary"
        _note(f"{SERVER} is not on PATH; apt-get install tensorflow-model-server installs it")
        raise InstallationError(
            "apt-get needs TensorFlow Serving's package source for that; "
            "or start Docker, which needs nothing else"
        )
    if dry_run:
        return wanted
    program = SERVER if wanted == "binary" else "docker"
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
    options: Options, in_docker: bool, models: _Models, port: int, rest_api_port: int
) -> list[str]:
    command, settings = [SERVER], str(SETTINGS)
    if in_docker:
        # --init: as the first process of a container the server would ignore signals.
        command = ["docker", "run", "--rm", "--init"]
        for number in filter(None, (port, rest_api_port)):
            command += ["--publish", f"127.0.0.1:{number}:{number}"]
        for source, target in (*models.mounts, (settings, "/serving")):
            command += ["--mount", _mount(source, target)]
        command += ["--entrypoint", SERVER, "tensorflow/serving"]
        settings = "/serving"
    command += [f"--port={port}", f"--rest_api_port={rest_api_port}"]
    command += models.flags_in_docker if in_docker else models.flags
    command += [f"--monitoring_config_file={settings}/monitoring.config"]
    if options.enable_batching == "true":
        parameters = f"{settings}/batching_parameters.txt"
        command += ["--enable_batching", f"--batching_parameters_file={parameters}"]
    return [*command, *options.for_the_server]


def _mount(source: str, target: str) -> str:
    """Returns the value of Docker's --mount, which is a line of CSV."""
    fields = [f"source={source}", f"target={target}"]
    quoted = (
        '"' + field.replace('"', '""') + '"' if re.search('[,"]', field) else field
        for field in fields
    )
    return f"type=bind,{','.join(quoted)},readonly"
