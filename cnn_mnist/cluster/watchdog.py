"""Ends every wait of a cluster: no setting of TensorFlow bounds those for a task that is gone."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping

from cnn_mnist.errors import LOST_STATUS, ClusterTimeoutError, argument, one_line

SAY_EVERY = 10.0
"""Seconds between two lines about a wait."""
_ASK_EVERY = 0.5
_PATIENCE = 2.0
_GONE = 15.0
"""Seconds after which a task that answers nobody is gone: it could only begin anew."""

Say = Callable[[str], None]


def wait_for(addresses: Mapping[str, str], timeout: float, say: Say) -> None:
    """Waits until each task takes connections.

    Args:
      addresses: `host:port` by the task's name, such as `ps 0`.
      timeout: seconds for all together.
      say: receives a line every `SAY_EVERY` seconds that names who is waited for.

    Raises:
      ClusterTimeoutError: one did not within `timeout`.
    """
    absence = Absence(addresses, timeout, say)
    while missing := unreachable(addresses):
        absence.check(missing)
        time.sleep(_ASK_EVERY)


def unreachable(addresses: Mapping[str, str]) -> list[str]:
    """Returns the names of the tasks that take no connection."""
    return [name for name, address in addresses.items() if not _is_reachable(address)]


def _is_reachable(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with contextlib.suppress(OSError, ValueError):
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()
        return True
    return False


class Absence:
    """The time for which tasks do not answer: says for whom is waited, and ends the wait.

    Args:
      addresses: `host:port` by the task's name.
      timeout: seconds since it was made, or since `seen`.
      say: receives a line every `SAY_EVERY` seconds that names who is waited for.
      also: what the line says behind the addresses.
    """

    def __init__(
        self, addresses: Mapping[str, str], timeout: float, say: Say, also: str = ""
    ) -> None:
        self._addresses = addresses
        self._timeout = timeout
        self._say = say
        self._also = also
        self.seen()

    def seen(self) -> None:
        """Begins the time anew, since the tasks gave a sign of life."""
        self._since = self._said = time.monotonic()

    def check(self, missing: list[str]) -> None:
        """Says that tasks of these names do not answer, if a line is due.

        Raises:
          ClusterTimeoutError: they have not for `timeout`.
        """
        now = time.monotonic()
        waited = now - self._since
        if waited >= self._timeout:
            raise ClusterTimeoutError(_lost(missing, self._addresses, waited))
        if now - self._said >= SAY_EVERY:
            self._said = now
            whom = _named(missing, self._addresses)
            self._say(f"Waiting for {whom}{self._also} ({waited:.0f} s)")


class Watchdog:
    """Ends this process if it does nothing for too long, because another task is gone.

    TensorFlow waits within a step, where Python runs no code but in other threads. So this is
    one, and it ends the process as it is: nothing that waits would return.

    Args:
      addresses: of the tasks that this one needs, by name.
      timeout: seconds without a sign of life.
      say: receives a line every `SAY_EVERY` seconds of a wait.
      can_return: whether a task that is gone may come back while this one waits.
    """

    def __init__(
        self, addresses: Mapping[str, str], timeout: float, say: Say, can_return: bool = True
    ) -> None:
        self._addresses = addresses
        self._timeout = timeout
        self._timeout_of_the_gone = timeout if can_return else min(timeout, _GONE)
        self._say = say
        self._ended = threading.Event()
        self._paused = 0
        self.alive()

    def alive(self) -> None:
        """Says that something was done, such as a training step."""
        self._last = time.monotonic()
        self._said = self._last

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Does not count the time of a `with` block, such as a validation on this machine."""
        self._paused += 1
        try:
            yield
        finally:
            self._paused -= 1
            self.alive()

    def __enter__(self) -> Watchdog:
        self.alive()
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()

    def _watch(self) -> None:
        while not self._ended.wait(_ASK_EVERY):
            now = time.monotonic()
            if self._paused:
                self.alive()
            elif now - self._last >= self._timeout or (
                now - self._last >= self._timeout_of_the_gone and unreachable(self._addresses)
            ):
                self._give_up(now - self._last)
            elif now - self._said >= SAY_EVERY:
                self._said = now
                missing = unreachable(self._addresses)
                whom = _named(missing, self._addresses) if missing else "the cluster"
                self._say(f"Waiting for {whom}: nothing was done for {now - self._last:.0f} s")

    def _give_up(self, waited: float) -> None:
        missing = unreachable(self._addresses)
        error = ClusterTimeoutError(_lost(missing, self._addresses, waited))
        os.write(2, f"cnn-mnist: {one_line(error)}\n".encode())
        os._exit(LOST_STATUS)


def _lost(missing: list[str], addresses: Mapping[str, str], waited: float) -> str:
    whom = _named(missing, addresses) if missing else "every task answers, but no step was done"
    what = f"{whom} did not answer" if missing else whom
    return (
        f"the cluster is lost: {what} for {waited:.0f} s; start the tasks again, or give "
        f"{argument('cluster_timeout')} more seconds"
    )


def _named(names: list[str], addresses: Mapping[str, str]) -> str:
    return ", ".join(f"{name} at {addresses[name]}" for name in names)
