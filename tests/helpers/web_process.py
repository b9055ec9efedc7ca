"""Runs scripts/web from a copy of the repository with its own small pages.

It runs on the tests' Python without any packages, since the server needs none. Empty files stand
for the npm packages.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from places import REPOSITORY

SERVER = REPOSITORY / "cnn_mnist" / "web"
SCRIPTS = ("web", "run", "run_module.py", "set_up_environment.py")
PATIENCE = 60
"""Seconds to wait for a process to start or to end."""

PAGES = {
    "index.html": b"<!doctype html>\n",
    "style.css": b"body {}\n",
    "main.js": b"export {};\n",
    "texts/en.js": b"export default {};\n",
    "icon.svg": b"<svg/>\n",
}
PACKAGES = (
    "tf.min.js",
    "tf-backend-wasm.min.js",
    "tf-backend-webgpu.min.js",
    "tfjs-backend-wasm.wasm",
    "tfjs-backend-wasm-simd.wasm",
    "tfjs-backend-wasm-threaded-simd.wasm",
    "uplot.min.js",
    "uplot.min.css",
)


class Copy:
    """A copy of the files that scripts/web needs, and a folder to run it in."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.root = folder / "repository"
        self.folder = folder / "work"
        self.packages = self.root / ".web-packages"
        self.pages = self.root / "cnn_mnist" / "web" / "pages"
        self._programs = folder / "programs"
        self.folder.mkdir()
        self._programs.mkdir()
        _copy_repository(self.root)
        write(self.pages, PAGES)
        for name in ("bash", "dirname"):
            self.install(name, f'exec {shutil.which(name)} "$@"')
        self.install("python3", f'exec {sys.executable} -S "$@"')
        self.environment = {"PATH": str(self._programs), "LC_ALL": "C.UTF-8"}

    def install(self, name: str, script: str) -> None:
        """Puts a program on the PATH, which holds only programs installed this way."""
        (self._programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (self._programs / name).chmod(0o755)

    def fill_packages(self) -> None:
        """Writes empty packages, complete as if npm had installed them."""
        lock = (SERVER / "package-lock.json").read_bytes()
        files = dict.fromkeys(PACKAGES, b"")
        write(self.packages, {**files, "packages.stamp": hashlib.sha256(lock).hexdigest().encode()})

    def export(self, model_dir: str, version: int = 1763000000, **files: bytes) -> pathlib.Path:
        """Writes an export for the browser, and returns its folder `tfjs`."""
        folder = self.folder / model_dir / "export" / str(version) / "tfjs"
        write(folder, {"model.json": b"{}", "weights.bin": b"weights", **files})
        return folder

    def start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [self.root / "scripts" / "web", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs scripts/web until it exits by itself."""
        with self.start(*arguments) as process:
            try:
                output, errors = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)

    @contextlib.contextmanager
    def serving(self, *arguments: str):
        """Yields a `Running` server on a free port, and stops it afterwards."""
        with self.start(*arguments, "--port=0") as process:
            try:
                yield Running(process)
            finally:
                process.kill()


class Running:
    """A server that has printed its address."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.first_line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", self.first_line)
        if not found:
            process.kill()
            raise AssertionError(self.first_line + process.stderr.read())
        self.address, self.port = found[0], int(found[1])

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def ask(self, path: str, method: str = "GET", **headers: str):
        """Returns the response, with its body as `content`; the path is sent unchanged."""
        with contextlib.closing(self.connection()) as connection:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            named.setdefault("Host", f"127.0.0.1:{self.port}")
            connection.request(method, path, headers=named)
            answer = connection.getresponse()
            answer.content = answer.read()
            return answer

    def models(self) -> list[dict]:
        answer = self.ask("/models.json")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
        return json.loads(answer.content)["models"]

    def end(self, number: int) -> tuple[int, str, str]:
        """Sends a signal; returns the exit status, and the rest of stdout and stderr."""
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output, errors


def write(folder: pathlib.Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def wait_until(true, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def _copy_repository(root: pathlib.Path) -> None:
    unwanted = shutil.ignore_patterns("data", "pages", "__pycache__")
    shutil.copytree(REPOSITORY / "cnn_mnist", root / "cnn_mnist", ignore=unwanted)
    (root / "scripts").mkdir()
    for name in SCRIPTS:
        shutil.copy(REPOSITORY / "scripts" / name, root / "scripts")
    assert os.access(root / "scripts" / "web", os.X_OK)
