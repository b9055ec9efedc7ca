"""Files and folders that are written aside and moved into place once they are whole.

If writing fails, they are removed. If their process is killed, the next one that writes into the
same folder removes them, once it sees that no living process owns them: the owner holds the
kernel's lock (`flock`), which ends with its process, on whatever machine that shares the folder.
On a file system without locks they are left alone.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from typing import IO

PREFIX = ".unfinished-"
"""What their names begin with; servers ignore such names."""
_LOCK = "owner.lock"
"""The file of an unfinished folder that its owner locks, since a folder on NFS has no locks."""

_SECONDS_UNTIL_ABANDONED = 3600
_NO_LOCKS_HERE = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)


@contextlib.contextmanager
def file(path: str) -> Iterator[IO[bytes]]:
    """Gives a file to write, which takes the place of `path` at the end of the block.

    Raises:
      OSError: it cannot be written; what was at `path` is unchanged. The error names `path`.
    """
    try:
        with _aside(path) as opened:
            yield opened
    except OSError as error:
        # Not the name that the file has meanwhile, which nobody knows.
        if error.errno is None or PREFIX not in str(error.filename or PREFIX):
            raise
        raise OSError(error.errno, error.strerror, path) from error


@contextlib.contextmanager
def _aside(path: str) -> Iterator[IO[bytes]]:
    within = os.path.dirname(path) or "."
    remove_abandoned(within)
    opened, written = _owned_file(within)
    # Some file systems report a full disk only when a file is closed, so it is closed before it is
    # moved. A second descriptor keeps the lock until then.
    lock = os.dup(opened.fileno())
    try:
        yield opened
        os.fchmod(lock, 0o644)
        opened.close()
        os.replace(written, path)
    except BaseException:
        # Closing may fail again, and must not hide the first error.
        with contextlib.suppress(OSError):
            opened.close()
        with contextlib.suppress(OSError):
            os.unlink(written)
        raise
    finally:
        os.close(lock)


@contextlib.contextmanager
def folder(within: str, prefix: str = PREFIX) -> Iterator[str]:
    """Gives a folder below `within` for a block, and removes it with all that is left in it.

    Args:
      within: where to make it.
      prefix: what its name begins with; a place that others use too, such as `/tmp`, needs one
        of its own.
    """
    remove_abandoned(within, prefix)
    place, lock = _owned_folder(within, prefix)
    try:
        inner = os.path.join(place, "written")
        os.mkdir(inner)
        yield inner
    finally:
        shutil.rmtree(place, ignore_errors=True)
        lock.close()


def remove_abandoned(within: str, prefix: str = PREFIX) -> None:
    """Removes what killed processes left unfinished in a folder."""
    try:
        with os.scandir(within) as entries:
            found = [entry for entry in entries if entry.name.startswith(prefix)]
    except OSError:
        return
    for entry in found:
        with contextlib.suppress(OSError):
            _remove_if_abandoned(entry)


def _remove_if_abandoned(entry: os.DirEntry[str]) -> None:
    if entry.stat(follow_symlinks=False).st_uid != os.getuid():
        return
    if not entry.is_dir(follow_symlinks=False):
        with _locked(entry.path):
            os.unlink(entry.path)
        return
    lock = os.path.join(entry.path, _LOCK)
    if os.path.lexists(lock):
        with _locked(lock):
            shutil.rmtree(entry.path, ignore_errors=True)
    # Its process was killed before it made the lock, or is of an older version, which made none.
    elif time.time() - entry.stat().st_mtime > _SECONDS_UNTIL_ABANDONED:
        shutil.rmtree(entry.path, ignore_errors=True)


@contextlib.contextmanager
def _locked(path: str) -> Iterator[None]:
    """Locks a file for a block.

    Raises:
      OSError: it is locked, has no locks, or does not exist.
    """
    # NFS grants such a lock only on a file that is open for writing.
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _owned_file(within: str) -> tuple[IO[bytes], str]:
    """Returns a new file that this process has locked, and its path."""
    while True:
        descriptor, path = tempfile.mkstemp(prefix=PREFIX, dir=within)
        made = open(descriptor, "wb")  # noqa: SIM115
        if _is_ours(made):
            return made, path
        made.close()


def _owned_folder(within: str, prefix: str) -> tuple[str, IO[bytes]]:
    """Returns the path of a new folder, and the open file in it that this process has locked."""
    while True:
        place = tempfile.mkdtemp(prefix=prefix, dir=within)
        lock = open(os.path.join(place, _LOCK), "wb")  # noqa: SIM115
        if _is_ours(lock):
            return place, lock
        lock.close()


def _is_ours(made: IO[bytes]) -> bool:
    """Locks a new file; returns False if another process took it for abandoned meanwhile."""
    try:
        fcntl.flock(made, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS_HERE:
            raise
    return os.fstat(made.fileno()).st_nlink > 0
