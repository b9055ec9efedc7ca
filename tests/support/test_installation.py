"""If this Python cannot run the command, one line says what is missing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from places import REPOSITORY

from cnn_mnist.support import installation


@pytest.mark.parametrize("module", ["cnn_mnist", "cnn_mnist.main"])
def test_without_the_packages_the_command_says_what_to_run(module):
    """-S hides the environment's packages, as if none were installed."""
    ran = subprocess.run(
        [sys.executable, "-S", "-m", module, "--help"],
        env={"PATH": os.defpath, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        f"cnn-mnist: {sys.executable} has no package absl; in a clone, run scripts/run python -m "
        "cnn_mnist.main, which installs what is needed; elsewhere, pip install cnn-mnist\n"
    )


def test_a_python_that_is_too_old_is_named():
    assert installation.problem((3, 9, 2)) == (
        "Python 3.9 is too old; Python 3.10 to 3.13 is needed, and scripts/run looks for one"
    )


def test_here_nothing_is_missing():
    assert installation.problem() is None
