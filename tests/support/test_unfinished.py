"""What is written aside is removed if writing fails, or by the next process if its own is killed.

The file of a process that still writes is never removed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys

import pytest

from cnn_mnist.support import unfinished

WRITE = """
import sys, time
from cnn_mnist.support import unfinished
make, *arguments = sys.argv[1:]
with getattr(unfinished, make)(*arguments):
    print("begun", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def begin(subprocess_environment):
    """Returns a process that has begun to write and does not end."""
    begun = []

    def start(*arguments):
        command = [sys.executable, "-c", WRITE, *map(str, arguments)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=subprocess_environment
        )
        begun.append(process)
        assert process.stdout.readline() == "begun\n"
        return process

    yield start
    for process in begun:
        process.kill()
        process.wait()


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("make", ["file", "folder"])
def test_what_a_living_process_writes_is_kept_and_what_a_killed_one_left_is_removed(
    tmp_path, begin, make
):
    target = tmp_path / "x" if make == "file" else tmp_path
    process = begin(make, target)
    unfinished.remove_abandoned(str(tmp_path))
    assert len(os.listdir(tmp_path)) == 1
    kill(process)
    assert len(os.listdir(tmp_path)) == 1
    unfinished.remove_abandoned(str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_the_next_file_written_removes_what_was_abandoned(tmp_path):
    abandoned = tmp_path / f"{unfinished.PREFIX}x"
    abandoned.write_bytes(b"half")
    with unfinished.file(str(tmp_path / "new")) as file:
        file.write(b"whole")
    assert os.listdir(tmp_path) == ["new"]


def _fail(error):
    def failing(*arguments, **named):
        raise error

    return failing


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("step", ["replace", "fchmod"])
def test_a_file_that_cannot_be_finished_leaves_the_old_one_and_nothing_else(
    tmp_path, monkeypatch, step
):
    """A function of the system is replaced by one that fails, as on a full disk."""
    (tmp_path / "x").write_text("old")
    monkeypatch.setattr(unfinished.os, step, _fail(FULL))
    with pytest.raises(OSError, match="No space"), unfinished.file(str(tmp_path / "x")) as file:
        file.write(b"new")
    assert (tmp_path / "x").read_text() == "old" and os.listdir(tmp_path) == ["x"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux's device that is always full")
@pytest.mark.parametrize("size", [10, 1_000_000])
def test_a_full_disk_is_an_error_though_it_shows_only_when_the_file_is_closed(
    tmp_path, monkeypatch, size
):
    """The file is made in the folder, and writes to a device that has no room."""

    def made(descriptor, mode):
        os.dup2(os.open("/dev/full", os.O_WRONLY), descriptor)
        return os.fdopen(descriptor, mode)

    monkeypatch.setattr(unfinished, "open", made, raising=False)
    monkeypatch.setattr(unfinished, "_is_ours", lambda file: True)
    with pytest.raises(OSError, match="No space"), unfinished.file(str(tmp_path / "x")) as file:
        file.write(b"x" * size)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, UnicodeEncodeError("a", "b", 0, 1, "c")])
def test_an_interruption_leaves_nothing(tmp_path, error):
    with pytest.raises((KeyboardInterrupt, UnicodeError)), unfinished.file(str(tmp_path / "x")):
        raise error
    with pytest.raises((KeyboardInterrupt, UnicodeError)), unfinished.folder(str(tmp_path)):
        raise error
    assert os.listdir(tmp_path) == []


def test_without_locks_files_are_written_and_nothing_is_taken_for_abandoned(tmp_path, monkeypatch):
    """The lock is replaced by what some network file systems answer."""
    monkeypatch.setattr(fcntl, "flock", _fail(OSError(errno.ENOLCK, "No locks")))
    (tmp_path / f"{unfinished.PREFIX}other").touch()
    with unfinished.file(str(tmp_path / "x")) as file, unfinished.folder(str(tmp_path)):
        file.write(b"whole")
    assert sorted(os.listdir(tmp_path)) == [f"{unfinished.PREFIX}other", "x"]


@pytest.mark.parametrize("make", ["file", "folder"])
def test_one_that_is_taken_for_abandoned_before_it_is_locked_is_made_again(
    tmp_path, monkeypatch, make
):
    """Another process removes the first one between its making and its lock."""
    flock, taken = fcntl.flock, []

    def late(file, kind):
        if not taken:
            taken.append(file.name)
            found = os.path.join(tmp_path, os.listdir(tmp_path)[0])
            os.unlink(found) if make == "file" else os.unlink(os.path.join(found, "owner.lock"))
        flock(file, kind)

    monkeypatch.setattr(fcntl, "flock", late)
    target = tmp_path / "x" if make == "file" else tmp_path
    with getattr(unfinished, make)(str(target)):
        pass
    assert taken and (os.listdir(tmp_path) == ["x"] if make == "file" else True)


def test_a_link_with_such_a_name_leads_to_no_removal(tmp_path):
    (tmp_path / "kept").write_text("mine")
    (tmp_path / f"{unfinished.PREFIX}link").symlink_to(tmp_path / "kept")
    unfinished.remove_abandoned(str(tmp_path))
    assert (tmp_path / "kept").read_text() == "mine"


def test_a_folder_that_does_not_exist_has_nothing_to_remove(tmp_path):
    unfinished.remove_abandoned(str(tmp_path / "missing"))


def test_an_error_names_the_file_that_was_meant(tmp_path):
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", tmp_path / "gone" / "x"):
        with pytest.raises(OSError, match=str(path)) as caught, unfinished.file(str(path)) as file:
            file.write(b"x")
        assert caught.value.filename == str(path)
    with pytest.raises(FileNotFoundError) as other, unfinished.file(str(tmp_path / "x")):
        os.stat(tmp_path / "another")
    assert other.value.filename == str(tmp_path / "another")
