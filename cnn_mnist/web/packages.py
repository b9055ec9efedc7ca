"""Downloads the npm packages of the pages once, and keeps the few files that are needed.

`package-lock.json` pins every package with its sha512, which npm checks.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator

from cnn_mnist.errors import InstallationError, SettingsError
from cnn_mnist.support import terminal
from cnn_mnist.support.shell import CLONE
from cnn_mnist.web.program import PROGRAM

FILES = {
    "tf.min.js": "@tensorflow/tfjs/dist/tf.min.js",
    "tf-backend-wasm.min.js": "@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js",
    "tf-backend-webgpu.min.js": "@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js",
    **{
        name: f"@tensorflow/tfjs-backend-wasm/wasm-out/{name}"
        for name in (
            "tfjs-backend-wasm.wasm",
            "tfjs-backend-wasm-simd.wasm",
            "tfjs-backend-wasm-threaded-simd.wasm",
        )
    },
    "uplot.min.js": "uplot/dist/uPlot.iife.min.js",
    "uplot.min.css": "uplot/dist/uPlot.min.css",
}
"""The files that are served, and their paths below `node_modules`."""

LICENCES = {
    # The Apache License, which TensorFlow.js has without bringing its text; long is a part of it.
    "LICENSE": "long/LICENSE",
    "uplot.LICENSE": "uplot/LICENSE",
}
"""The texts of their licences, which go with every copy, and their paths there."""
_HERE = pathlib.Path(__file__).resolve().parent
_PINS = "package-lock.json"
_FOR_NPM = ("package.json", _PINS, ".npmrc")
_NPM = (
    *("npm", "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"),
    *("--no-update-notifier", "--no-progress"),
    # By default npm retries for minutes when there is no network.
    *("--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"),
)

_LOCK = "packages.lock"
_LOG = "npm.log"
_STAMP = "packages.stamp"
_NO_LOCKS_HERE = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)


def folder() -> str:
    """Returns the folder of the packages: in the clone, or else in the user's cache.

    CNN_MNIST_WEB_PACKAGES names another folder; a relative path is relative to the clone, or
    else to the current folder.
    """
    named = os.environ.get("CNN_MNIST_WEB_PACKAGES")
    if CLONE:
        return str(CLONE / (named or ".web-packages"))
    return os.path.abspath(named or os.path.join(_cache(), "cnn_mnist", "web_packages"))


def _cache() -> str:
    # The XDG Base Directory Specification says to ignore a relative path.
    named = os.environ.get("XDG_CACHE_HOME", "")
    return named if os.path.isabs(named) else os.path.expanduser("~/.cache")


def get(folder: str) -> None:
    """Downloads the packages with npm, unless the versions that `package-lock.json` pins are there.

    Raises:
      SettingsError: the folder holds other files.
      InstallationError: npm is missing, or fails.
      OSError: the folder cannot be written.
    """
    if _is_up_to_date(folder):
        return
    _require_own(folder)
    with _locked(folder) as lock:
        if not _is_up_to_date(folder):
            _clear(folder)
            _get(folder, lock)


def _is_up_to_date(folder: str) -> bool:
    stamp = pathlib.Path(folder, _STAMP)
    wanted = [stamp, *(pathlib.Path(folder, name) for name in FILES)]
    return all(path.is_file() for path in wanted) and stamp.read_text("utf-8", "replace") == _pins()


def _pins() -> str:
    return hashlib.sha256((_HERE / _PINS).read_bytes()).hexdigest()


def _require_own(folder: str) -> None:
    """Refuses a folder with other files, since its contents are removed later."""
    if os.path.isdir(folder) and os.listdir(folder) and _LOCK not in os.listdir(folder):
        raise SettingsError(
            f"{folder} was not made by {PROGRAM}; name another folder in CNN_MNIST_WEB_PACKAGES"
        )


@contextlib.contextmanager
def _locked(folder: str) -> Iterator[int]:
    """Locks the folder; the system releases the lock when the processes that hold it end."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, _LOCK), "a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _note(f"waiting for another {PROGRAM}, which is downloading the packages")
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:
                raise
        yield file.fileno()


def _clear(folder: str) -> None:
    # The stamp first: without it, the other files are ignored.
    for name in sorted(os.listdir(folder), key=lambda name: name != _STAMP):
        path = os.path.join(folder, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif name != _LOCK:
            os.unlink(path)


def _get(folder: str, lock: int) -> None:
    if not shutil.which("npm"):
        raise InstallationError(
            "npm is not on PATH; it is needed to download TensorFlow.js for the pages, and comes "
            "with Node.js (Debian and Ubuntu: apt-get install npm)"
        )
    start = time.monotonic()
    _note("downloading TensorFlow.js with npm, once (90 MB; 3 MB are kept)")
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as place:
        for name in _FOR_NPM:
            shutil.copy(_HERE / name, place)
        _run_npm(place, os.path.join(folder, _LOG), lock)
        size = _keep(os.path.join(place, "node_modules"), folder)
    pathlib.Path(folder, _STAMP).write_text(_pins(), "utf-8")
    _note(f"{size / 1e6:.1f} MB in {folder}, after {time.monotonic() - start:.0f} s")


def _run_npm(place: str, log: str, lock: int) -> None:
    with open(log, "w", encoding="utf-8") as file:
        # npm inherits the lock, so no process clears the folder while npm outlives this one.
        status = subprocess.run(
            _NPM,
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            pass_fds=(lock,),
            check=False,
        ).returncode
    if status:
        raise InstallationError(
            f"npm could not download the packages ({_reason(log) or f'exit status {status}'}); is "
            f"there a network? Its output is in {log}; run {PROGRAM} again to retry"
        )


def _reason(log: str) -> str:
    """Returns npm's error code, such as ENOTFOUND."""
    text = pathlib.Path(log).read_text("utf-8", errors="replace")
    code = re.search(r"^npm (?:error|ERR!) code (\w+)$", text, re.M)
    return code[1] if code else ""


def _keep(source: str, folder: str) -> int:
    """Moves the needed files into the folder, and returns their size in bytes."""
    size = 0
    for name, path in {**FILES, **LICENCES}.items():
        brought, kept = os.path.join(source, path), os.path.join(folder, name)
        if not os.path.isfile(brought):
            raise InstallationError(f"npm installed no file {path}")
        os.replace(brought, kept)
        os.chmod(kept, 0o644)
        size += os.path.getsize(kept)
    return size


def _note(text: str) -> None:
    terminal.note(f"{PROGRAM}: {text}")
