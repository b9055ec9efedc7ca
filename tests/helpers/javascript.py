"""Node, and the npm packages that the pages load, for tests that need them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from places import REPOSITORY

OLDEST = 18


def node() -> str:
    """Returns the path of Node; skips where there is none, or too old a one."""
    found = shutil.which("node")
    if found is None:
        pytest.skip(f"no node: install Node.js {OLDEST} or newer, https://nodejs.org")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.match(r"v([0-9]+)", said)
    if version is None or int(version[1]) < OLDEST:
        pytest.skip(f"{found} is Node.js {said.strip()}; {OLDEST} or newer is needed")
    return found


def packages() -> str:
    """Returns the folder of the npm packages; skips where they are not there."""
    folder = os.environ.get("CNN_MNIST_WEB_PACKAGES", str(REPOSITORY / ".web-packages"))
    if not os.path.exists(os.path.join(folder, "tf.min.js")):
        pytest.skip(f"no TensorFlow.js in {folder}: start scripts/web once, which gets it")
    return folder


def run(*arguments: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
    """Runs Node in the repository, and returns what it printed; output and errors together."""
    return subprocess.run(
        [node(), *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
    )
