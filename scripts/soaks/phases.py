"""Rows of `places` about moments: SIGKILL in each phase, SIGSTOP, and two runs at once."""

from __future__ import annotations

import dataclasses
import importlib
import os
import pathlib
import random
import shutil
import signal
import time
from typing import Any

from soaks import kills
from soaks.trainings import (
    FORMATS,
    Bench,
    Found,
    end_of,
    last_line,
    remove,
    wait_until,
)


@dataclasses.dataclass(frozen=True)
class Phase:
    """A moment of the command.

    Attributes:
      function: what runs in it, as `module:name` or `module:mapping[key]`.
      flags: of the command.
      trained: whether a model lies there already, without exports and report.
      fresh_data: whether the data have to be prepared.
      part: of the function's time, from its beginning, in which the kill comes.
    """

    function: str
    flags: tuple[str, ...] = (FORMATS,)
    trained: bool = False
    fresh_data: bool = False
    part: float = 1.0


_EXPORT = (FORMATS, "--mode=export")
PHASES = {
    "kill_data": Phase("cnn_mnist.data.tfds:load", fresh_data=True),
    "kill_first_steps": Phase("cnn_mnist.training.trainer:_run_estimator", part=0.4),
    "kill_checkpoint": Phase("cnn_mnist.hooks.checkpoint:CheckpointHook._save"),
    "kill_validation": Phase("cnn_mnist.hooks.validation:ValidationHook._validate"),
    "kill_best": Phase("cnn_mnist.model_folder.best:BestSaver.save"),
    "kill_saved_model": Phase("cnn_mnist.exporting.exporter:write", _EXPORT, trained=True),
    "kill_tflite": Phase("cnn_mnist.exporting.exporter:BESIDE[tflite]", _EXPORT, trained=True),
    # The model of this small network is written in no time, the images for its page are not.
    "kill_tfjs": Phase("cnn_mnist.exporting.exporter:_write_data", _EXPORT, trained=True),
    "kill_report": Phase("cnn_mnist.reports.report:write", ("--mode=report",), trained=True),
}


def kill_in(phase: Phase, bench: Bench) -> Found:
    """Kills the command within a phase, gives it again, and compares the bits."""
    chance = random.Random(bench.seed)
    spans = _spans(phase, bench)
    killed, broken = 0, []
    for number in range(3 * bench.tries):
        if killed == bench.tries:
            break
        model_dir = _place(phase, bench, f"killed-{number}")
        call = chance.randrange(len(spans))
        if _is_killed(phase, bench, model_dir, call, chance.uniform(0, phase.part * spans[call])):
            killed += 1
            broken += half_written(bench.alone, model_dir)
            broken += bench.go_on(model_dir, *_flags(phase, model_dir))
            broken += half_written(bench.alone, model_dir)
            broken += _left_behind(model_dir)
        remove(model_dir)
        remove(pathlib.Path(f"{model_dir}.data"))
    if killed < bench.tries:
        broken.append(f"only {killed} of {bench.tries} kills came within the phase")
    longest = max(spans)
    return Found(killed, f"{len(spans)} calls of up to {longest:.2f} s, each kill in one", broken)


def _flags(phase: Phase, model_dir: pathlib.Path) -> tuple[str, ...]:
    if not phase.fresh_data:
        return phase.flags
    return (*phase.flags, "--dataset=mnist", f"--data_dir={model_dir}.data")


def _place(phase: Phase, bench: Bench, name: str) -> pathlib.Path:
    model_dir = bench.folder / name
    if phase.trained:
        shutil.copytree(bench.alone, model_dir, ignore=shutil.ignore_patterns("export", "report"))
    return model_dir


def _spans(phase: Phase, bench: Bench) -> list[float]:
    """Returns the seconds that each call of the phase's function takes, undisturbed."""
    model_dir = _place(phase, bench, "timed")
    times = pathlib.Path(f"{model_dir}.times")
    status = bench.run(
        model_dir, *_flags(phase, model_dir), prepare=(_note, (phase.function, str(times)))
    )
    words = times.read_text("ascii").split() if times.exists() else []
    if status or len(words) < 4:
        raise RuntimeError(f"{phase.function} was not timed: {last_line(model_dir)}")
    if phase.fresh_data:
        # Other data than the small set need another model to compare with.
        bench.alone = model_dir
    moments = [float(word) for word in words[1::2]]
    return [end - begin for begin, end in zip(moments[::2], moments[1::2], strict=False)]


def _is_killed(
    phase: Phase, bench: Bench, model_dir: pathlib.Path, call: int, seconds: float
) -> bool:
    times = pathlib.Path(f"{model_dir}.times")
    process = bench.start(
        model_dir, *_flags(phase, model_dir), prepare=(_note, (phase.function, str(times)))
    )
    if not wait_until(lambda: _calls(times) > call, process):
        process.join()
        return False
    process.join(seconds)
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL and times.read_text("ascii").count("end") <= call


def _calls(times: pathlib.Path) -> int:
    return times.read_text("ascii").count("begin") if times.exists() else 0


def holder_of(function: str) -> tuple[Any, str]:
    """Returns the module, class or mapping that holds a phase's function, and its name there."""
    module, _, name = function.partition(":")
    holder: Any = importlib.import_module(module)
    *outer, last = name.replace("[", ".").rstrip("]").split(".")
    for part in outer:
        holder = getattr(holder, part)
    return holder, last


def _note(function: str, path: str) -> None:
    """Has a function note when it begins and ends; called in the process of the command."""
    holder, last = holder_of(function)
    is_mapping = isinstance(holder, dict)
    original = holder[last] if is_mapping else getattr(holder, last)
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def noted(*args: Any, **kwargs: Any) -> Any:
        os.write(file, f"begin {time.monotonic()}\n".encode())
        try:
            return original(*args, **kwargs)
        finally:
            os.write(file, f"end {time.monotonic()}\n".encode())

    if is_mapping:
        holder[last] = noted
    else:
        setattr(holder, last, noted)


def half_written(alone: pathlib.Path, model_dir: pathlib.Path) -> list[str]:
    """Returns what a reader would find half-written: versions, the best, the report."""
    from cnn_mnist.model_folder import best, exports, integrity

    whole = exports.versions(str(alone / exports.FOLDER))
    expected = {_files(pathlib.Path(version)) for version in whole}
    broken = [
        f"{version} is served and half-written"
        for version in exports.versions(str(model_dir / exports.FOLDER))
        if _files(pathlib.Path(version)) not in expected
    ]
    kept = best.read(str(model_dir)) if model_dir.is_dir() else None
    if kept and (damage := integrity.damage(kept.path)):
        broken.append(f"the best checkpoint is {damage}")
    page = model_dir / "report" / "index.html"
    if page.exists() and not page.read_text("utf-8").rstrip().endswith("</html>"):
        broken.append("the report is half-written")
    return broken


def _files(folder: pathlib.Path) -> frozenset[str]:
    return frozenset(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _left_behind(model_dir: pathlib.Path) -> list[str]:
    """Returns the names of temporary files that a command after the kill should have removed."""
    names = [path for path in model_dir.rglob("*") if is_aside(path.name)]
    return [f"{path.relative_to(model_dir)} stays behind" for path in names]


def is_aside(name: str) -> bool:
    """Returns whether a name is that of a file that is being written."""
    return "unfinished" in name or ".tempstate" in name or "_temp" in name


def stop_and_go_on(bench: Bench) -> Found:
    """Sends SIGSTOP and SIGCONT at random moments."""
    chance = random.Random(bench.seed)
    model_dir = bench.folder / "stopped"
    stops, broken = 0, []
    while stops < bench.tries and not broken:
        process = bench.start(model_dir, FORMATS)
        while process.is_alive() and stops < bench.tries:
            process.join(chance.uniform(0, 0.5))
            if process.is_alive():
                os.kill(process.pid, signal.SIGSTOP)
                time.sleep(chance.uniform(0, 0.2))
                os.kill(process.pid, signal.SIGCONT)
                stops += 1
        if status := end_of(process):
            broken.append(f"status {status}: {last_line(model_dir)}")
        else:
            broken += kills.different(bench.alone, model_dir)
        remove(model_dir)
    return Found(stops, "the same bits after each", broken)


def two_in_one_folder(bench: Bench) -> Found:
    """Starts two trainings at once in one folder: one trains, and the other is refused."""
    broken, refused = [], 0
    for number in range(bench.tries):
        model_dir = bench.folder / f"shared-{number}"
        first = bench.start(model_dir)
        log = pathlib.Path(f"{model_dir}.second")
        second = bench.start(model_dir, prepare=(_output_to, (str(log),)))
        ends = sorted((end_of(first), end_of(second)))
        if ends == [0, 2]:
            refused += 1
        elif ends != [0, 0]:
            broken.append(f"they ended with {ends}: {last_line(model_dir)}")
        broken += kills.different(bench.alone, model_dir)
        remove(model_dir)
    return Found(bench.tries, f"one refused {refused} times, else one after the other", broken)


def _output_to(path: str) -> None:
    with open(path, "wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def two_on_fresh_data(bench: Bench) -> Found:
    """Starts two trainings at once whose data are not prepared yet."""
    broken = []
    tries = max(1, bench.tries // 10)
    for number in range(tries):
        data = ("--dataset=mnist", f"--data_dir={bench.folder / f'tfds-{number}'}")
        places = [bench.folder / f"fresh-{number}-{which}" for which in (1, 2)]
        processes = [bench.start(place, *data) for place in places]
        for place, process in zip(places, processes, strict=True):
            if status := end_of(process):
                broken.append(f"status {status}: {last_line(place)}")
        broken += [] if broken else kills.different(*places)
        for place in (*places, bench.folder / f"tfds-{number}"):
            remove(place)
    return Found(tries, "both trained, with the same bits", broken)


ROWS = {
    **{name: lambda bench, phase=phase: kill_in(phase, bench) for name, phase in PHASES.items()},
    "stop_cont": stop_and_go_on,
    "two_in_one_folder": two_in_one_folder,
    "two_on_fresh_data": two_on_fresh_data,
}
"""By name, the functions of this module that make a row."""
