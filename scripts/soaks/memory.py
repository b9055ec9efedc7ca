"""Trains for an hour with everything that a run does, and watches memory, files and threads.

Writes memory.csv and memory.png, and prints how much memory grew after the first tenth.
"""

from __future__ import annotations

import argparse
import csv
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

_SECONDS_BETWEEN = 5
_GROWTH_ALLOWED_MIB = 32.0
_SETTLING = 30.0


class Sample(NamedTuple):
    """The memory, files and threads of a process at one moment."""

    seconds: float
    memory_mib: float
    open_files: int
    threads: int
    checkpoints: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds this trial's flags."""
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("flags", nargs="*", help="further flags of the training, after --")


def run(options: argparse.Namespace, folder: pathlib.Path) -> int:
    """Runs the trial, prints the result, and writes its table and its picture."""
    model_dir = folder / "model"
    samples, status = watch(model_dir, options.minutes * 60, options.flags)
    with open(folder / "memory.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([Sample._fields, *samples])
    draw(samples, folder / "memory.png")
    steps, events = _read_events(model_dir)
    settled = [s for s in samples if s.seconds >= max(_SETTLING, options.minutes * 6)]
    growth = _growth([sample.memory_mib for sample in settled])
    lines = {
        "exit status": status,
        "steps": f"{steps:,}",
        "memory after the first tenth": _range([s.memory_mib for s in settled], "MiB"),
        "growth from then on": f"{growth:+.1f} MiB",
        "open files": _range([s.open_files for s in settled]),
        "threads": _range([s.threads for s in settled]),
        "checkpoints kept, at most": max(s.checkpoints for s in samples),
        "events read back": f"{events:,}",
    }
    for name, value in lines.items():
        print(f"{name:<30} {value}")
    return int(growth > _GROWTH_ALLOWED_MIB or status != 128 + signal.SIGTERM)


def watch(
    model_dir: pathlib.Path, seconds: float, flags: Sequence[str] = ()
) -> tuple[list[Sample], int]:
    """Trains for so long, then sends SIGTERM; returns the samples and the exit status."""
    command = [sys.executable, "-m", "cnn_mnist.main", f"--model_dir={model_dir}"]
    command += ["--train_steps=100000000", "--schedule=constant", "--learning_rate=0.0001"]
    command += ["--validate_every_steps=200", "--save_checkpoints_steps=100", *flags]
    samples = []
    root = str(pathlib.Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": root}
    with open(model_dir.parent / "memory.log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        began = time.monotonic()
        while process.poll() is None and time.monotonic() - began < seconds:
            samples.append(_sample(process.pid, model_dir, time.monotonic() - began))
            time.sleep(_SECONDS_BETWEEN)
        process.terminate()
        return samples, _status(process.wait())


def _status(returned: int) -> int:
    return returned if returned >= 0 else 128 - returned


def _sample(pid: int, model_dir: pathlib.Path, seconds: float) -> Sample:
    status = pathlib.Path(f"/proc/{pid}/status").read_text("ascii")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    kept = len(list(model_dir.glob("model.ckpt-*.index"))) if model_dir.is_dir() else 0
    return Sample(
        seconds=round(seconds, 1),
        memory_mib=round(int(fields["VmRSS"].split()[0]) / 1024, 1),
        open_files=len(os.listdir(f"/proc/{pid}/fd")),
        threads=int(fields["Threads"]),
        checkpoints=kept,
    )


def _growth(values: Sequence[float]) -> float:
    """Returns by how much the mean of the last quarter exceeds that of the first."""
    quarter = max(1, len(values) // 4)
    return sum(values[-quarter:]) / quarter - sum(values[:quarter]) / quarter


def _range(values: Sequence[float], unit: str = "") -> str:
    return f"{min(values):,.0f} to {max(values):,.0f} {unit}".rstrip()


def _read_events(model_dir: pathlib.Path) -> tuple[int, int]:
    """Returns the last step in the event files, and how many events could be read."""
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
    from cnn_mnist.tf_compat import tf

    events = [
        e for path in model_dir.rglob("*tfevents*") for e in tf.train.summary_iterator(str(path))
    ]
    return max(event.step for event in events), len(events)


def draw(samples: Sequence[Sample], path: pathlib.Path) -> None:
    """Draws memory, open files and threads over time, as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 6), layout="constrained")
    FigureCanvasAgg(figure)
    minutes = [sample.seconds / 60 for sample in samples]
    rows = (("memory_mib", "memory, MiB"), ("open_files", "open files"), ("threads", "threads"))
    for axes, (field, label) in zip(figure.subplots(len(rows), sharex=True), rows, strict=True):
        axes.plot(minutes, [getattr(sample, field) for sample in samples], linewidth=1.2)
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    axes.set_xlabel("minutes of training")
    figure.savefig(path, dpi=110)
