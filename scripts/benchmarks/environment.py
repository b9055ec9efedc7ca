"""The environment of the peers: made on first use from the pins beside this folder."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import venv
from collections.abc import Callable

from packaging.requirements import Requirement

from benchmarks.processes import FailedError

SCRIPTS = pathlib.Path(__file__).resolve().parents[1]
REQUIREMENTS = SCRIPTS / "requirements-peers.txt"
VARIABLE = "CNN_MNIST_PEERS_VENV"
LOG = "set-up.log"

_VERSIONS = """
import importlib.metadata, json, platform
versions = {"python": platform.python_version()}
for distribution in importlib.metadata.distributions():
    versions[distribution.name.lower().replace("_", "-")] = distribution.version
print(json.dumps(versions))
"""


def folder() -> pathlib.Path:
    """Returns the folder of the environment; a relative path starts at the repository."""
    return SCRIPTS.parent / os.environ.get(VARIABLE, ".venv-peers")


def python() -> str:
    """Returns the path of its Python, whether it exists or not."""
    return str(folder() / "bin" / "python")


def requirements() -> list[Requirement]:
    """Returns the pins that apply to this system."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    parsed = [Requirement(line) for line in lines if line.strip() and line[0] != "#"]
    return [pin for pin in parsed if pin.marker is None or pin.marker.evaluate()]


def installed() -> dict[str, str]:
    """Returns name and version of every package in the environment, if it exists."""
    try:
        output = subprocess.check_output([python(), "-I", "-c", _VERSIONS], text=True)
    except (OSError, subprocess.CalledProcessError):
        return {}
    versions: dict[str, str] = json.loads(output)
    return versions


def missing() -> list[str]:
    """Returns the pins that the environment does not fulfil."""
    versions = installed()
    return [
        str(pin)
        for pin in requirements()
        # A pin of 2.13.0 also takes 2.13.0+cpu.
        if not pin.specifier.contains(versions.get(pin.name, "0"))
    ]


def versions() -> dict[str, str]:
    """Returns the versions of Python and of the pinned packages, as installed."""
    found = installed()
    return {name: found[name] for name in ("python", *(pin.name for pin in requirements()))}


def set_up(say: Callable[[str], None]) -> None:
    """Makes the environment, unless every pinned package is in it.

    Raises:
      FailedError: the folder holds something else, or pip failed.
    """
    if not missing():
        return
    place = folder()
    say(f"making the environment of the peers, {place} (once, some minutes, 3 GB)")
    if not os.path.exists(python()):
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise FailedError(
                f"{place} is not a virtual environment; name another folder in {VARIABLE}", 2
            )
        venv.EnvBuilder(symlinks=True, with_pip=True).create(place)
    log = place / LOG
    command = [python(), "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    with log.open("w", encoding="utf-8") as file:
        status = subprocess.call(
            [*command, "-r", str(REQUIREMENTS)], stdout=file, stderr=subprocess.STDOUT
        )
    if status or missing():
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        end = "\n".join(f"  {line}" for line in lines[-8:])
        raise FailedError(f"pip failed. The end of its output:\n{end}\nAll of it: {log}", 1)


def process_environment(scratch: str) -> dict[str, str]:
    """Returns the variables for a peer: on the processor, without the caller's settings.

    Args:
      scratch: a folder for files that it keeps between runs, such as compiled code.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    own = {
        "JAX_PLATFORMS": "cpu",
        "KERAS_HOME": os.path.join(scratch, "keras"),
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TORCHINDUCTOR_CACHE_DIR": os.path.join(scratch, "inductor"),
    }
    return {**kept, **own}
