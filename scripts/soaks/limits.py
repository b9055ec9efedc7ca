"""Rows of `places` about what runs out or is wrong: disk, memory, output, clock, event files."""

from __future__ import annotations

import contextlib
import os
import pathlib
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from soaks import kills
from soaks.phases import is_aside
from soaks.trainings import FORMATS, Bench, Found, is_one_line, last_line, remove

_KIB = 1024


def full_disk(bench: Bench) -> Found:
    """Trains on file systems of a growing size; each time, the same command then ends well."""
    if os.geteuid():
        return _by_file_size(bench)
    return _small_file_systems(bench, [f"size={kib}k" for kib in _steps(40, 3000, bench.tries)])


def no_inodes(bench: Bench) -> Found:
    """Trains on file systems that take few files."""
    if os.geteuid():
        return Found(0, "skipped: only root mounts a file system with few inodes", [])
    counts = [f"nr_inodes={count}" for count in _steps(2, 60, bench.tries)]
    return _small_file_systems(bench, counts)


def _steps(lowest: int, highest: int, count: int) -> list[int]:
    ratio = (highest / lowest) ** (1 / max(1, count - 1))
    return sorted({round(lowest * ratio**number) for number in range(count)})


def _small_file_systems(bench: Bench, limits: Sequence[str]) -> Found:
    broken, refused = [], 0
    for number, limit in enumerate(limits):
        place = bench.folder / f"small-{number}"
        with _mounted(place, limit):
            model_dir = place / "model"
            # The log lies beside the mounted folder, where there is room.
            status = bench.run(model_dir, log=place)
            refused += status == 2
            if status not in (0, 2) or (status and not is_one_line(place)):
                broken.append(f"{limit}: status {status}: {last_line(place)}")
            _mount("remount,size=200m,nr_inodes=10k", place)
            broken += [f"{limit}: {found}" for found in bench.go_on(model_dir, log=place)]
            aside = [path.name for path in model_dir.rglob("*") if is_aside(path.name)]
            broken += [f"{limit}: {name} stays behind" for name in aside]
    return Found(len(limits), f"{refused} refused in one line, then the same bits", broken)


def _by_file_size(bench: Bench) -> Found:
    broken, refused = [], 0
    sizes = _steps(1, 400, bench.tries)
    for number, kib in enumerate(sizes):
        model_dir = bench.folder / f"short-{number}"
        limit = (resource.RLIMIT_FSIZE, kib * _KIB)
        status = bench.run(model_dir, prepare=(_limit, limit))
        refused += status == 2
        if status not in (0, 2) or (status and not is_one_line(model_dir)):
            broken.append(f"{kib} KiB: status {status}: {last_line(model_dir)}")
        broken += [f"{kib} KiB: {found}" for found in bench.go_on(model_dir)]
        remove(model_dir)
    return Found(len(sizes), f"by RLIMIT_FSIZE: {refused} refused, then the same bits", broken)


@contextlib.contextmanager
def _mounted(place: pathlib.Path, options: str) -> Iterator[None]:
    place.mkdir()
    _mount(options, place)
    try:
        yield
    finally:
        subprocess.run(["umount", place], check=True)


def _mount(options: str, place: pathlib.Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], check=True)


def _limit(which: int, value: int) -> None:
    resource.setrlimit(which, (value, value))


def bounded_memory(bench: Bench) -> Found:
    """Trains with bounded address space. TensorFlow may abort, but nothing is lost."""
    broken, ends = [], {}
    for number, mib in enumerate(_steps(2, 2000, bench.tries)):
        model_dir = bench.folder / f"narrow-{number}"
        status = bench.run(model_dir, prepare=(_limit_more_memory, (mib,)))
        ends[status] = ends.get(status, 0) + 1
        if status in (1, 124):
            broken.append(f"{mib} MiB more: status {status}: {last_line(model_dir)}")
        broken += [f"{mib} MiB more: {found}" for found in bench.go_on(model_dir)]
        remove(model_dir)
    ended = ", ".join(f"status {status} {count} times" for status, count in sorted(ends.items()))
    return Found(sum(ends.values()), f"{ended}; then the same bits", broken)


def _limit_more_memory(mib: int) -> None:
    """Allows so much more address space than the process has already."""
    pages = int(pathlib.Path("/proc/self/statm").read_text("ascii").split()[0])
    _limit(resource.RLIMIT_AS, pages * os.sysconf("SC_PAGE_SIZE") + mib * _KIB * _KIB)


def unwritable_output(bench: Bench) -> Found:
    """Trains with its output closed, full or given up by its reader."""
    cases = [(how, stream) for how in ("closed", "full", "pipe") for stream in (1, 2)]
    broken = []
    for how, stream in cases:
        model_dir = bench.folder / f"{how}-{stream}"
        status = bench.run(model_dir, FORMATS, prepare=(_spoil, (how, stream)))
        said = pathlib.Path(f"{model_dir}.err").read_text("utf-8", errors="replace")
        if status not in (0, 2) or "Traceback" in said:
            broken.append(f"stream {stream} {how}: status {status}: {last_line(model_dir)}")
        broken += [f"stream {stream} {how}: {f}" for f in bench.go_on(model_dir, FORMATS)]
        remove(model_dir)
    return Found(len(cases), "trained, or ended in one line, with the same bits", broken)


def _spoil(how: str, stream: int) -> None:
    if how == "closed":
        os.close(stream)
    elif how == "full":
        os.dup2(os.open("/dev/full", os.O_WRONLY), stream)
    else:
        reading, writing = os.pipe()
        os.close(reading)
        os.dup2(writing, stream)
    # As Python does where it starts so; the earlier object has noted that its file can seek.
    opened = None if how == "closed" else os.fdopen(stream, "w", closefd=False)
    setattr(sys, "stdout" if stream == 1 else "stderr", opened)


def damaged_events(bench: Bench) -> Found:
    """Damages the event files of half a training, which then goes on, and draws its report."""
    chance = random.Random(bench.seed)
    broken = []
    for number in range(bench.tries):
        model_dir = bench.folder / f"events-{number}"
        bench.run(model_dir, "--train_steps=12", "--mode=train")
        for path in model_dir.rglob("*tfevents*"):
            content = bytearray(path.read_bytes())
            how = chance.randrange(4)
            if how == 0:
                content = content[: chance.randrange(len(content) + 1)]
            elif how == 1:
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            elif how == 2:
                content = bytearray(chance.randbytes(1000))
            else:
                content += chance.randbytes(100)
            path.write_bytes(content)
        # The schedule of a training of 12 steps is another one, so its bits are not compared.
        for flags in ((), ("--mode=report",)):
            if status := bench.run(model_dir, *flags):
                broken.append(f"{flags}: status {status}: {last_line(model_dir)}")
        remove(model_dir)
    return Found(bench.tries, "cut, flipped, replaced, prolonged: trained on, and reported", broken)


def clock_set_back(bench: Bench) -> Found:
    """Trains, and exports again with a clock that is a day behind (a double of `time.time`)."""
    from cnn_mnist.model_folder import exports

    broken = []
    tries = max(1, bench.tries // 5)
    for number in range(tries):
        model_dir = bench.folder / f"clock-{number}"
        broken += bench.go_on(model_dir)
        before = exports.newest(str(model_dir))
        status = bench.run(model_dir, "--mode=export", prepare=(_set_back, (86_400,)))
        after = exports.newest(str(model_dir))
        if status or not before or not after or before == after:
            broken.append(f"status {status}: {before} was followed by {after}")
        elif int(os.path.basename(after)) <= int(os.path.basename(before)):
            broken.append(f"the new version {after} is not above {before}")
        broken += kills.different(bench.alone, model_dir)
        remove(model_dir)
    return Found(tries, "the new version has the higher number (time.time replaced)", broken)


def _set_back(seconds: float) -> None:
    real = time.time
    time.time = lambda: real() - seconds


ROWS = {
    "disk_full": full_disk,
    "no_inodes": no_inodes,
    "memory": bounded_memory,
    "output": unwritable_output,
    "events": damaged_events,
    "clock": clock_set_back,
}
"""By name, the functions of this module that make a row."""
