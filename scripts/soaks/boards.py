"""A row of `places`: TensorBoard over the model folders of many trainings."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

from soaks.trainings import Bench, Found

_RUNS = 50
_MOST_SECONDS = 120


def many_runs(bench: Bench) -> Found:
    """Shows 50 model folders in one TensorBoard, and waits until it has the curves of all."""
    folder = bench.folder / "runs"
    for number in range(_RUNS):
        leave = shutil.ignore_patterns("export", "report", "model.ckpt*", "best")
        shutil.copytree(bench.alone, folder / f"run-{number}", ignore=leave)
    log = bench.folder / "tensorboard.log"
    began = time.monotonic()
    with _tensorboard(folder, log) as process:
        shown = 0
        while shown < _RUNS and time.monotonic() - began < _MOST_SECONDS:
            time.sleep(0.2)
            shown = len(_runs_with_loss(log))
        seconds, peak = time.monotonic() - began, _peak(process.pid)
    broken = [] if shown == _RUNS else [f"{shown} of {_RUNS} runs after {seconds:.0f} s"]
    return Found(1, f"{_RUNS} runs after {seconds:.1f} s, {peak:,.0f} MiB", broken)


@contextlib.contextmanager
def _tensorboard(folder: pathlib.Path, log: pathlib.Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "cnn_mnist.cli.tensorboard", str(folder), "--port=0"]
    # The soak may run from a clone in whose folder Python does not start.
    paths = os.pathsep.join(filter(None, sys.path))
    with open(log, "wb") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": paths},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _runs_with_loss(log: pathlib.Path) -> set[str]:
    """Returns the folders whose loss TensorBoard can show."""
    address = re.search(r" at (http://localhost:\d+/)", log.read_text("utf-8"))
    if not address:
        return set()
    # The proxy of the environment is for the network, which this is not.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{address[1]}data/plugin/scalars/tags", timeout=30) as answer:
            tags = json.loads(answer.read())
    except OSError:
        return set()
    return {run.split("/")[0] for run, names in tags.items() if "loss" in names}


def _peak(process: int) -> float:
    """Returns the most memory that a process had, in MiB."""
    status = pathlib.Path(f"/proc/{process}/status").read_text("ascii")
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


ROWS = {"many_runs": many_runs}
"""By name, the functions of this module that make a row."""
