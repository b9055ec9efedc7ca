"""Gives processes a share of a core, by a control group of Linux."""

from __future__ import annotations

import contextlib
import pathlib
import tempfile
from collections.abc import Iterator

from benchmarks import processes

PERIOD = 20_000
"""Microseconds in which a group gets its share; short beside a training step of 100 ms."""
CONTROL_GROUPS = pathlib.Path("/sys/fs/cgroup")


class Group:
    """Processes that together have a share of a core."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder

    def add(self, pid: int) -> None:
        """Puts a process and all its threads into the group."""
        (self._folder / "cgroup.procs").write_text(str(pid))


@contextlib.contextmanager
def group(share: float, control_groups: pathlib.Path = CONTROL_GROUPS) -> Iterator[Group]:
    """Makes a group for as long as the context lasts. No process may be left in it at the end.

    Args:
      share: of a core; 2 are two whole cores.
      control_groups: the folder of the system's, in version 1 or 2 (cgroups(7)).

    Raises:
      FailedError: this user may not make one here.
    """
    is_version_2 = (control_groups / "cgroup.controllers").exists()
    parent = control_groups if is_version_2 else control_groups / "cpu"
    microseconds = round(share * PERIOD)
    try:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="cnn_mnist_benchmark_", dir=parent))
        if is_version_2:
            (folder / "cpu.max").write_text(f"{microseconds} {PERIOD}")
        else:
            (folder / "cpu.cfs_period_us").write_text(str(PERIOD))
            (folder / "cpu.cfs_quota_us").write_text(str(microseconds))
    except OSError as error:
        reason = f"a share of a core needs root and control groups in {parent}: {error}"
        raise processes.FailedError(reason, 1) from error
    try:
        yield Group(folder)
    finally:
        folder.rmdir()
