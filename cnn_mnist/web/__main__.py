"""The command that serves the pages and the exports of model folders to a local browser.

python -m cnn_mnist.web /tmp/mnist
"""

from __future__ import annotations

import argparse
import re
import shlex
import signal
import sys
import threading
import webbrowser
from collections.abc import Sequence
from typing import Any

from cnn_mnist.errors import SettingsError, UserError, one_line
from cnn_mnist.support import terminal
from cnn_mnist.support.shell import CLONE
from cnn_mnist.support.suggestions import near_flag
from cnn_mnist.web import (
    classroom,
    fewer_images,
    model_folders,
    packages,
    static_site,
    urls,
)
from cnn_mnist.web.program import PROGRAM
from cnn_mnist.web.server import ADDRESS, Server

_KEPT_IN = (
    ".web-packages of the repository; CNN_MNIST_WEB_PACKAGES names another folder."
    if CLONE
    else "~/.cache/cnn_mnist/web_packages; XDG_CACHE_HOME changes ~/.cache, and\n"
    "CNN_MNIST_WEB_PACKAGES names another folder."
)

USAGE = f"""\
usage: {PROGRAM} [MODEL_DIR]... [FLAG]...

Serves the pages of cnn_mnist with the models of one or more folders, to this machine only, and
prints the address. Reload the page to see new exports. Ctrl-C stops it.

  MODEL_DIR        also as --model_dir=MODEL_DIR; default: mnist_model
  --port=8080      0 chooses a free port; the browser keeps saved models separately for each port
  --open           opens the page in a browser
  --packages_only  downloads the packages of the pages, and exits

For a class:
  --host=0.0.0.0   opens the server to everybody in this machine's networks, and prints the address
                   for them, also as a QR code if the Python package segno is installed; an address
                   of this machine opens it at that one alone

For a link:
  --static=SITE    writes pages, newest models and images to the folder SITE, for any static host,
                   and exits; the site works below a path and without special headers
  --weights=float16
                   of --static; exported keeps the weights of an export in float32
  --images=some    of --static: {fewer_images.TRAIN:,} training and {fewer_images.TEST:,} test \
images; all writes all of the export

The first time, npm downloads these packages, TensorFlow.js and its charts. They are kept in
{_KEPT_IN}

Exit status: 130 or 143 after Ctrl-C or SIGTERM, 2 if something is missing or wrong.
"""


_FLAGS = (
    *("model_dir", "port", "open", "packages_only", "host", "static", "weights", "images", "help"),
)
_WEIGHTS = ("float16", "exported")
_IMAGES = ("some", "all")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise SettingsError(f"{message}; {near_flag(message, _FLAGS)}--help lists the flags")

    def format_help(self) -> str:
        return USAGE


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until a signal; returns 2 on an error."""
    _end_on_signals()
    try:
        _run(_parsed(arguments))
    except (UserError, OSError) as error:
        terminal.error(f"{PROGRAM}: {one_line(error)}")
        return 2
    return 0


def _end_on_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup, and shells for background commands, have signals ignored; leave that.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, frame: Any) -> None:
    signal.signal(number, signal.SIG_DFL)
    sys.exit(128 + number)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(prog=PROGRAM, allow_abbrev=False)
    parser.add_argument("folders", metavar="MODEL_DIR", nargs="*")
    parser.add_argument("--model_dir", dest="folders_by_flag", action="append", default=[])
    parser.add_argument("--port", default="8080")
    parser.add_argument("--open", action="store_true")
    parser.add_argument("--packages_only", action="store_true")
    parser.add_argument("--host", default=ADDRESS)
    parser.add_argument("--static", metavar="SITE")
    parser.add_argument("--weights")
    parser.add_argument("--images")
    options = parser.parse_intermixed_args(arguments)
    options.folders += options.folders_by_flag
    options.port = _port(options.port)
    if not options.host:
        raise SettingsError("--host needs an address, such as --host=0.0.0.0")
    options.weights = _of_static(options, "weights", _WEIGHTS)
    options.images = _of_static(options, "images", _IMAGES)
    return options


def _of_static(options: argparse.Namespace, name: str, allowed: Sequence[str]) -> str:
    """Returns a setting of --static, by default its first choice."""
    value = getattr(options, name)
    if value is None:
        return allowed[0]
    if value not in allowed:
        raise SettingsError(f"--{name} takes {' or '.join(allowed)}, not '{value}'")
    if options.static is None:
        raise SettingsError(f"--{name} is a setting of --static=SITE, which is not given")
    return str(value)


def _port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
        raise SettingsError(f"--port takes a number from 0 to 65535, not '{text}'")
    return int(text)


def _run(options: argparse.Namespace) -> None:
    if options.packages_only:
        packages.get(packages.folder())
        return
    folders = model_folders.checked(options.folders or ["mnist_model"])
    if options.static is not None:
        _write_static(options, folders)
        return
    site = urls.Site(packages.folder(), folders)
    # Open the port first, so that an error about it does not come after a minute of npm.
    with Server(options.port, site, options.host) as server:
        packages.get(packages.folder())
        terminal.show(f"{PROGRAM}: {server.address} (Ctrl-C ends it)", flush=True)
        if options.host not in (ADDRESS, "localhost"):
            classroom.announce(options.host, server.server_port)
        if options.open:
            # webbrowser.open blocks until a text browser is closed.
            threading.Thread(target=_open, args=(server.address,), daemon=True).start()
        server.serve_forever()


def _write_static(options: argparse.Namespace, folders: Sequence[str]) -> None:
    static_site.check(options.static)
    packages.get(packages.folder())
    sizes = static_site.write(
        options.static, folders, options.weights == "float16", options.images == "all"
    )
    pages, models, images = (
        f"{size / 1e6:.1f}" for size in (sizes.pages, sizes.models, sizes.images)
    )
    terminal.show(
        f"{PROGRAM}: {options.static} has {sizes.files} files of {sizes.total / 1e6:.1f} MB: "
        f"{pages} MB pages and packages, {models} MB models, {images} MB images\n"
        f"to try it: python -m http.server --directory {shlex.quote(options.static)}"
    )


def _open(address: str) -> None:
    if not webbrowser.open(address):
        terminal.note(f"{PROGRAM}: --open found no browser; open {address} in one")


if __name__ == "__main__":
    sys.exit(main())
