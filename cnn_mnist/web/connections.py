"""Bounds how many connections a server has, and how long each may take.

A limit for each read or write would not do: a client that sends or takes one byte a second
never reaches it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import resource
import socket
import threading
import time

SECONDS_TO_ASK = 60
"""A connection is closed if it has not sent a whole request, or no further one, for so long."""

_SECONDS_TO_CLOSE = 2
_SECONDS_TO_ANSWER = 60
_SLOWEST = 10_000
"""Bytes a second; how long an answer may take grows with its size."""

# What is younger is not closed to make place for others.
_SHORTEST_TO_ASK = 1
_SHORTEST_TO_ANSWER = 5

_MOST = 100
# Standard streams, the listening socket, the modules that Python imports late.
_FILES_OF_THE_SERVER = 16
_FILES_OF_A_CONNECTION = 2


def most() -> int:
    """Returns how many connections fit below the limit of open files, from 1 to 100."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return _MOST
    return max(1, min(_MOST, (files - _FILES_OF_THE_SERVER) // _FILES_OF_A_CONNECTION))


@dataclasses.dataclass(frozen=True)
class _Phase:
    """A connection asks (sends its next request) or is answered."""

    asks: bool
    begin: float
    end: float

    def may_be_cut(self, now: float) -> bool:
        return now - self.begin > (_SHORTEST_TO_ASK if self.asks else _SHORTEST_TO_ANSWER)


class Connections:
    """The open connections of a server; used by the thread that accepts and by theirs.

    Args:
      places: how many there may be.
    """

    def __init__(self, places: int) -> None:
        self._places = threading.BoundedSemaphore(places)
        # Nothing is shut down whose number another file may have by now.
        self._lock = threading.Lock()
        self._phases: dict[socket.socket, _Phase] = {}

    def take_place(self, seconds: float) -> bool:
        """Takes a place for a connection to be accepted; returns False if none was free in time.

        If all are taken, the connection ends that has been asking for longest.
        """
        if self._places.acquire(blocking=False):
            return True
        self._end_one()
        return self._places.acquire(timeout=seconds)

    def give_back_place(self) -> None:
        """Gives back a place for which no connection was accepted."""
        self._places.release()

    def asks(self, connection: socket.socket) -> None:
        """Notes that a connection was accepted or answered, and may send its next request."""
        self._note(connection, True, SECONDS_TO_ASK)

    def is_answered(self, connection: socket.socket, size: int) -> None:
        """Notes that an answer of so many bytes begins."""
        self._note(connection, False, _SECONDS_TO_ANSWER + size / _SLOWEST)

    def ends(self, connection: socket.socket) -> None:
        """Notes that the server has nothing more to send."""
        self._note(connection, True, _SECONDS_TO_CLOSE)

    def close(self, connection: socket.socket) -> None:
        """Closes a connection and frees its place."""
        with self._lock:
            known = self._phases.pop(connection, None)
            connection.close()
        if known:
            self._places.release()

    def end_overdue(self) -> None:
        """Ends the connections whose time is over; their threads then close them."""
        now = time.monotonic()
        with self._lock:
            for connection, phase in self._phases.items():
                if phase.end < now:
                    _end(connection)

    def _note(self, connection: socket.socket, asks: bool, seconds: float) -> None:
        now = time.monotonic()
        with self._lock:
            self._phases[connection] = _Phase(asks, now, now + seconds)

    def _end_one(self) -> None:
        now = time.monotonic()
        with self._lock:
            ended = [item for item in self._phases.items() if item[1].may_be_cut(now)]
            if ended:
                _end(min(ended, key=lambda item: (not item[1].asks, item[1].begin))[0])


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
