"""A process gets its share of a core, which each version of cgroups wants in its own files."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from benchmarks import core_shares, processes

SPIN = "import time; print(flush=True)\nwhile True: pass"


@pytest.mark.slow
def test_a_busy_process_gets_its_share():
    try:
        context = core_shares.group(0.25)
        group = context.__enter__()
    except processes.FailedError as error:
        pytest.skip(str(error))
    process = subprocess.Popen([sys.executable, "-c", SPIN], stdout=subprocess.PIPE)
    try:
        process.stdout.readline()
        group.add(process.pid)
        before, started = seconds_of(process), time.monotonic()
        time.sleep(3)
        used = (seconds_of(process) - before) / (time.monotonic() - started)
        # Other processes may leave it less, and none more.
        assert 0.05 < used < 0.3
    finally:
        process.kill()
        process.wait()
        context.__exit__(None, None, None)


def seconds_of(process):
    """Returns its processor time, from proc(5)."""
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_version_2_gets_one_line(tmp_path, monkeypatch):
    """A folder stands in for cgroups of version 2, which a machine with version 1 lacks."""
    (tmp_path / "cgroup.controllers").touch()
    monkeypatch.setattr(core_shares.pathlib.Path, "rmdir", lambda folder: None)
    with core_shares.group(0.25, tmp_path) as group:
        group.add(123)
    [folder] = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert (folder / "cpu.max").read_text() == "5000 20000"
    assert (folder / "cgroup.procs").read_text() == "123"


def test_a_system_without_them_is_one_line(tmp_path):
    context = core_shares.group(0.25, tmp_path)
    with pytest.raises(processes.FailedError, match="needs root and control groups in .*/cpu"):
        context.__enter__()
