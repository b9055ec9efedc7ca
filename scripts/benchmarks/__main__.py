"""Measures the command, a bare tf.Session loop and the import of TensorFlow, in turn.

Called by scripts/benchmark. Everything measured is a process of its own, and this one
imports no TensorFlow: a process that it starts would inherit its peak of memory.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import pathlib
import platform
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

from cnn_mnist import config as config_lib
from cnn_mnist import precision, run_log
from cnn_mnist.files import write_whole

ROUNDS = 3
QUICK_ROUNDS = 1
QUICK_STEPS = 200
LEAST_STEPS = 10

BARE_LOOP = str(pathlib.Path(__file__).resolve().with_name("bare_loop.py"))

# Key in the JSON, name in the table, format in the table.
MEASURES = (
    ("pipeline_images_per_second", "Pipeline, images/s", "{:,.0f}"),
    ("bare_loop_images_per_second", "Bare tf.Session loop, images/s", "{:,.0f}"),
    ("pipeline_to_bare_loop", "Pipeline / bare loop", "{:.3f}"),
    ("first_step_seconds", "Start to first step done, s", "{:.2f}"),
    ("first_step_beyond_import_seconds", "  beyond importing TensorFlow, s", "{:.2f}"),
    ("whole_seconds", "Start to end, s", "{:.1f}"),
    ("test_accuracy", "Test accuracy", "{:.2%}"),
    ("peak_memory_mib", "Peak memory, MiB", "{:,.0f}"),
)
IMPORT_LABEL = "Importing TensorFlow alone, s"
IMPORT_FORM = "{:.2f}"

DESCRIPTION = """\
Measures this project on this machine and prints a table; it judges nothing. Each round runs
both variants in turn, every measurement in a process of its own: the default command (train,
evaluate, export), a bare tf.Session loop over the same graph, batches and precision without
hooks, summaries and checkpoints, and `import tensorflow`. MNIST is prepared before."""

EPILOG = """\
images/s leave out the first step and validation. Exit status: 0 measured, 1 a measured
process failed, 2 bad flags or data."""


@dataclasses.dataclass(frozen=True)
class Finished:
    """A process that ended with status 0.

    Attributes:
      started: seconds since the epoch, just before it was started.
      seconds: from there to its end.
      peak_memory_mib: the most memory it held at once.
      output: its standard output.
    """

    started: float
    seconds: float
    peak_memory_mib: float
    output: str


class FailedError(Exception):
    """A measured process failed; `status` is what to exit with."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def main(arguments: Sequence[str]) -> int:
    """Measures, prints, and returns the exit status."""
    options = _parse(arguments)
    try:
        report = measure(options)
        print(table(report))
        if options.json:
            write_whole(options.json, json.dumps(report, indent=2) + "\n")
    except FailedError as error:
        print(f"scripts/benchmark: {error}", file=sys.stderr)
        return error.status
    except OSError as error:
        print(f"scripts/benchmark: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nscripts/benchmark: stopped", file=sys.stderr)
        return 128 + signal.SIGINT
    return 0


def _exit_on(number: int, frame: Any) -> None:
    """Ends like an error, so that what was started is ended and its folder removed."""
    sys.exit(128 + number)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        self.exit(2, f"scripts/benchmark: {message}; --help lists the flags\n")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="scripts/benchmark",
        description=DESCRIPTION,
        epilog=EPILOG,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    recipe = config_lib.from_preset("")
    steps = recipe.train_steps
    add = parser.add_argument
    add("--rounds", type=_whole_number(1, 100), help=f"runs of each kind (default {ROUNDS})")
    add("--steps", type=_whole_number(LEAST_STEPS, 1_000_000), help=f"default {steps}")
    add("--quick", action="store_true", help=f"one round of {QUICK_STEPS} steps")
    add(
        "--precision",
        choices=config_lib.PRECISIONS,
        default=recipe.precision,
        help="as the command's (default %(default)s)",
    )
    add("--data_dir", type=_path, help="where tensorflow-datasets keeps prepared sets")
    add("--json", type=_new_file, metavar="FILE", help="writes the figures there too")
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    options.steps = options.steps or (QUICK_STEPS if options.quick else steps)
    return options


def _whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            allowed = f"a whole number from {lowest} to {highest:,}"
            raise argparse.ArgumentTypeError(f"{text!r}; allowed: {allowed}")
        return int(text)

    return parse


def _path(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("is empty; expected a folder")
    return os.path.abspath(os.path.expanduser(text))


def _new_file(text: str) -> str:
    """Checked before minutes of measuring rather than after."""
    path = _path(text)
    folder = os.path.dirname(path)
    if os.path.isdir(path) or not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be written")
    return path


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Runs everything and returns the figures, as `--json` writes them.

    Raises:
      FailedError: a process ended with another status than 0.
    """
    load_before = os.getloadavg()[0]
    flags = [f"--precision={options.precision}"]
    if options.data_dir:
        flags.append(f"--data_dir={options.data_dir}")
    _prepare(flags)
    flags.append(f"--train_steps={options.steps}")
    imports: list[float] = []
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in config_lib.VARIANTS}
    for number in range(options.rounds):
        place = f"round {number + 1} of {options.rounds}"
        _say(f"{place}: importing TensorFlow")
        imports.append(_run(["-c", "import tensorflow"]).seconds)
        for variant, runs in figures.items():
            _say(f"{place}: {variant}")
            runs.append(_measure_variant([*flags, f"--variant={variant}"], imports[-1]))
    recipe = config_lib.from_preset("")
    return {
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": {"cpu": _cpu_name(), "cores": _cores(), "load_before": load_before},
        "versions": run_log.installed_versions(),
        "preset": recipe.preset,
        "batch_size": recipe.batch_size,
        "steps": options.steps,
        "rounds": options.rounds,
        "precision": precision.resolve(options.precision),
        "import_tensorflow_seconds": _summed_up(imports),
        "variants": {
            variant: {key: _summed_up([run[key] for run in runs]) for key, _, _ in MEASURES}
            for variant, runs in figures.items()
        },
    }


def _prepare(flags: Sequence[str]) -> None:
    """Prepares MNIST, and warms the caches of the system, with a dry run of the command."""
    _say("preparing MNIST")
    with tempfile.TemporaryDirectory(prefix="cnn_mnist_benchmark_") as folder:
        _run(["-m", "cnn_mnist.main", "--dry_run", f"--model_dir={folder}", *flags])


def _measure_variant(flags: Sequence[str], import_seconds: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="cnn_mnist_benchmark_") as folder:
        command = ["-m", "cnn_mnist.main", f"--model_dir={folder}", "--format=json", *flags]
        ended = _run(command)
        with open(os.path.join(folder, run_log.RUNS_FILE), encoding="utf-8") as file:
            trained = json.loads(file.readline())["trained"]
    bare = json.loads(_run([BARE_LOOP, *flags]).output)
    first_step_seconds = trained["first_step_time"] - ended.started
    return {
        "pipeline_images_per_second": trained["images_per_second"],
        "bare_loop_images_per_second": bare["images_per_second"],
        "pipeline_to_bare_loop": trained["images_per_second"] / bare["images_per_second"],
        "first_step_seconds": first_step_seconds,
        "first_step_beyond_import_seconds": first_step_seconds - import_seconds,
        "whole_seconds": ended.seconds,
        "test_accuracy": json.loads(ended.output)["accuracy"],
        "peak_memory_mib": ended.peak_memory_mib,
    }


def _run(arguments: Sequence[str]) -> Finished:
    """Runs Python with `arguments` to its end.

    Raises:
      FailedError: it ended with another status than 0; 2 is passed on, as bad input.
    """
    command = [sys.executable, *arguments]
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.time()
        process = subprocess.Popen(command, stdout=output, stderr=errors)
        try:
            # Unlike `wait`, it tells what this one process used.
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.time() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            raise _failure(command, process.returncode, errors.read())
        unit = 1 if sys.platform == "darwin" else 1024
        return Finished(started, seconds, usage.ru_maxrss * unit / 2**20, output.read())


def _failure(command: Sequence[str], status: int, errors: str) -> FailedError:
    lines = errors.strip().splitlines() or ["it said nothing"]
    if status == 2:
        return FailedError(lines[-1], 2)
    tail = "\n".join(lines[-20:])
    return FailedError(f"{shlex.join(command)} ended with status {status}:\n{tail}", 1)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _summed_up(runs: Sequence[float]) -> dict[str, Any]:
    return {
        "mean": statistics.fmean(runs),
        "min": min(runs),
        "max": max(runs),
        "runs": len(runs),
        "values": list(runs),
    }


def _cpu_name() -> str:
    """Returns what Linux calls the processor, else what Python knows of it."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _cores() -> int:
    """Returns how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def table(report: dict[str, Any]) -> str:
    """Returns the figures as text: mean, and in brackets the lowest and the highest."""
    machine, variants = report["machine"], report["variants"]
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    runs = "1 run" if report["rounds"] == 1 else f"{report['rounds']} runs"
    rows = [("", *variants)]
    for key, label, form in MEASURES:
        rows.append((label, *(_cell(figures[key], form) for figures in variants.values())))
    rows.append((IMPORT_LABEL, _cell(report["import_tensorflow_seconds"], IMPORT_FORM)))
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(len(rows[0]))]
    lines = [
        f"Preset      {report['preset']}, {report['steps']:,} steps of {report['batch_size']}, "
        f"{report['precision']}",
        f"Machine     {machine['cpu']}, {machine['cores']} cores, "
        f"load {machine['load_before']:.2f} before",
        f"Versions    {versions}",
        f"Figures     mean (lowest–highest) of {runs} of each variant, in turn",
        "",
    ]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("   ".join(cells).rstrip())
    return "\n".join(lines)


def _cell(figure: dict[str, Any], form: str) -> str:
    mean, lowest, highest = (form.format(figure[key]) for key in ("mean", "min", "max"))
    return mean if figure["runs"] == 1 else f"{mean} ({lowest}–{highest})"


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _exit_on)
    sys.exit(main(sys.argv[1:]))
