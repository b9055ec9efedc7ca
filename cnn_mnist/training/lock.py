"""A lock that allows one training at a time in a `model_dir` and ends with its process."""

from __future__ import annotations

import contextlib
import datetime
import errno
import fcntl
import os
import platform
from typing import Any

from cnn_mnist.errors import CheckpointError, argument, given

LOCK_FILE = "training.lock"

# Some network file systems have no locks; training runs there without one.
_NO_LOCKS_HERE = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)


class TrainingLock:
    """Holds the lock of a folder for a `with` block.

    It is the kernel's lock on an open file (`flock`), not the file itself: it ends with its
    process, however that ends, and the file that stays behind locks nothing.

    It also remembers the folder, so that `check_folder` tells one that was put in its place.

    Args:
      model_dir: a folder that exists and can be written.

    Raises:
      CheckpointError: another training holds the lock; the message names its process.
    """

    def __init__(self, model_dir: str) -> None:
        self._model_dir = model_dir
        self._path = os.path.join(model_dir, LOCK_FILE)

    def __enter__(self) -> TrainingLock:
        # While it is open, its inode's number is not given to another folder.
        self._folder = os.open(self._model_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            return self._take()
        except BaseException:
            os.close(self._folder)
            raise

    def _take(self) -> TrainingLock:
        self._file = open(self._path, "a+", encoding="utf-8", errors="replace")  # noqa: SIM115
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = self._holder()
            self._file.close()
            raise CheckpointError(
                f"{given(model_dir=self._model_dir)} is being trained in by {holder}; wait for "
                f"it, stop it, or give another {argument('model_dir')}"
            ) from error
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:
                self._file.close()
                raise
        self._write(
            f"process {os.getpid()} on {platform.node()} since "
            f"{datetime.datetime.now():%Y-%m-%d %H:%M:%S}\n"
        )
        return self

    def __exit__(self, *exception: Any) -> None:
        # Whose process it was no longer matters; a folder that is gone or full may refuse it.
        with contextlib.suppress(OSError):
            self._write("")
        with contextlib.suppress(OSError):
            self._file.close()
        os.close(self._folder)

    def check_folder(self) -> None:
        """Checks that the folder is still the one that was locked.

        Raises:
          CheckpointError: it was removed, moved, or replaced by another one.
        """
        try:
            if os.path.samestat(os.stat(self._model_dir), os.fstat(self._folder)):
                return
            what = "replaced by another folder"
        except OSError as error:
            what = f"removed or moved ({error.strerror})"
        raise CheckpointError(
            f"{given(model_dir=self._model_dir)} was {what} during training, so training ends and "
            "nothing more is written; bring the folder back to go on, or train anew"
        )

    def _holder(self) -> str:
        self._file.seek(0)
        return self._file.read(200).strip() or "another process"

    def _write(self, text: str) -> None:
        self._file.truncate(0)
        self._file.write(text)
        self._file.flush()
