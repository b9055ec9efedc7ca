"""Finds Node.js and the pages' npm packages, for tests that need them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from places import REPOSITORY

OLDEST = 18


def node() -> str:
    """Returns the path of Node.js; skips the test if it is missing or too old."""
    found = shutil.which("node")
    if found is None:
        pytest.skip(f"no node: install Node.js {OLDEST} or newer, https://nodejs.org")
    shown = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.match(r"v([0-9]+)", shown)
    if version is None or int(version[1]) < OLDEST:
        pytest.skip(f"{found} is Node.js {shown.strip()}; {OLDEST} or newer is needed")
    return found


def packages(*needed: str) -> str:
    """Returns the folder of the npm packages; skips the test if they, or needed files, are missing.

    TensorFlow.js is always needed; older versions of the project kept other files beside it.
    """
    folder = os.environ.get("CNN_MNIST_WEB_PACKAGES", str(REPOSITORY / ".web-packages"))
    for name in ("tf.min.js", *needed):
        if not os.path.exists(os.path.join(folder, name)):
            pytest.skip(f"no {name} in {folder}: run scripts/web --packages_only once")
    return folder


def run(*arguments: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
    """Runs Node.js in the repository; the result's stdout holds its stderr too."""
    return subprocess.run(
        [node(), *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
    )
