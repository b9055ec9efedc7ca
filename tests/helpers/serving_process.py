"""Starts a model server: the real one if it is installed, else the double."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from places import REPOSITORY

REAL = "tensorflow_model_server"
DOUBLE = pathlib.Path(__file__).resolve().parent / "model_server"

ran_against: set[str] = set()
"""The servers that `started` started, in words, for the summary of a test run."""


class ServerEndedError(Exception):
    """The server exited by itself; the message has its exit status and its log."""

    def __init__(self, status, log):
        super().__init__(f"exit status {status}: {log}")
        self.status = status


@dataclasses.dataclass(frozen=True)
class Server:
    """The addresses and the log of a running server."""

    grpc: str
    rest: str
    is_real: bool
    log_file: str

    @property
    def log(self) -> str:
        """The content of its log so far."""
        with open(self.log_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    def channel(self):
        """Returns a new gRPC channel that uses no proxy."""
        import grpc

        unlimited = ("grpc.max_receive_message_length", -1)
        return grpc.insecure_channel(self.grpc, options=[("grpc.enable_http_proxy", 0), unlimited])


@contextlib.contextmanager
def started(model_base_path, *flags, model_name="mnist", labels=None, timeout=120):
    """Yields a `Server` that has a version of the model available, and stops it afterwards.

    Args:
      model_base_path: the folder of versions.
      flags: further flags of the server.
      model_name: the model's name.
      labels: the numbers of versions by their label; None for a server without labels.
      timeout: seconds to wait for a version.

    Raises:
      ServerEndedError: it exited before a version was available.
    """
    program, is_real = _program()
    port, rest_port = _free_ports(2)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="model_server-"))
        server = Server(
            f"127.0.0.1:{port}",
            f"http://127.0.0.1:{rest_port}",
            is_real,
            os.path.join(folder, "log"),
        )
        log = stack.enter_context(open(server.log_file, "wb"))
        command = [
            *program,
            f"--port={port}",
            f"--rest_api_port={rest_port}",
            *_model_flags(folder, model_name, os.path.abspath(model_base_path), labels),
            *flags,
        ]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment()
        )
        stack.callback(_end, process)
        _wait_until_available(process, server, model_name, timeout)
        yield server


def _model_flags(folder, name, base_path, labels):
    if labels is None:
        return [f"--model_name={name}", f"--model_base_path={base_path}"]
    path = os.path.join(folder, "models.config")
    with open(path, "w", encoding="utf-8") as file:
        file.write(
            f"model_config_list {{ config {{ name: '{name}' base_path: '{base_path}' "
            "model_platform: 'tensorflow' "
        )
        for label, number in labels.items():
            file.write(f"version_labels {{ key: '{label}' value: {number} }} ")
        file.write("} }\n")
    return [f"--model_config_file={path}", "--allow_version_labels_for_unavailable_models=true"]


def _program():
    real = shutil.which(REAL)
    if real:
        ran_against.add(real)
        return [real], True
    ran_against.add(f"the double in tests/helpers/{DOUBLE.name} (no {REAL} on PATH)")
    return [sys.executable, str(DOUBLE)], False


def _free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _environment():
    """Returns the environment without proxies, and with this package before an installed one."""
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    paths = [str(REPOSITORY), *filter(None, [environment.get("PYTHONPATH")])]
    environment.update(PYTHONPATH=os.pathsep.join(paths), CUDA_VISIBLE_DEVICES="-1")
    return environment


def _wait_until_available(process, server, model_name, timeout):
    deadline = time.monotonic() + timeout
    while not _is_available(f"{server.rest}/v1/models/{model_name}"):
        if process.poll() is not None:
            raise ServerEndedError(process.returncode, server.log)
        if time.monotonic() > deadline:
            raise TimeoutError(f"no version available after {timeout} s: {server.log}")
        time.sleep(0.1)


def _is_available(address):
    # Without a proxy.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=10) as answer:
            versions = json.load(answer)["model_version_status"]
    except (OSError, ValueError):
        return False
    return any(version["state"] == "AVAILABLE" for version in versions)


def _end(process):
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
