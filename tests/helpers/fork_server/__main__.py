"""The server: imports the command's modules, and forks a process for each request."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import io
import json
import os
import selectors
import signal
import socket
import sys
from typing import Any

from fork_server.client import LENGTH, NAMESPACES

# https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
_PR_SET_PDEATHSIG = 1

PRELOADED = (
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "cnn_mnist.main",
    "cnn_mnist.experiment",
    "cnn_mnist.cli.output",
    "cnn_mnist.reports.report",
    "cnn_mnist.reports.inspection",
    "cnn_mnist.cli.server_modes",
    "tensorflow_datasets.image_classification.mnist",
    "tf_keras",
)


def serve(place: str, *preloaded: str) -> list[str]:
    """Forks a process for each request; returns only there, with the request's arguments."""
    # OpenBLAS stops its threads before a fork and starts them again; other threads would be lost.
    importlib.import_module("numpy")
    threads = _threads()
    for name in preloaded or PRELOADED:
        importlib.import_module(name)
    assert _threads() == threads, "a thread that an import started would be missing after a fork"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{place}.new")
    listener.listen()
    os.rename(f"{place}.new", place)
    server = _Server(listener)
    while True:
        request = server.next_request()
        pid = os.fork()
        if not pid:
            server.close()
            return _become(request)
        server.forked(request, pid)


def _threads() -> int:
    return len(os.listdir("/proc/self/task"))


class _Server:
    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._running: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._child_ended, self._wake_up = socket.socketpair()
        for each in (self._child_ended, self._wake_up):
            each.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_up.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._child_ended, selectors.EVENT_READ)

    def next_request(self) -> dict:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    return self._accepted()
                if key.fileobj is self._child_ended:
                    self._child_ended.recv(4096)
                    self._reap()
                else:
                    self._kill_for(key.fileobj)

    def _accepted(self) -> dict:
        connection, _ = self._listener.accept()
        content, files, _, _ = socket.recv_fds(connection, LENGTH.size, 3 + len(NAMESPACES))
        length = LENGTH.unpack(content)[0]
        request = json.loads(connection.recv(length, socket.MSG_WAITALL))
        return {**request, "connection": connection, "received": files}

    def forked(self, request: dict, pid: int) -> None:
        for file in request["received"]:
            os.close(file)
        connection = request["connection"]
        self._running[pid] = connection
        self._selector.register(connection, selectors.EVENT_READ)
        self._send(connection, pid)

    def _reap(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            connection = self._running.pop(pid)
            self._selector.unregister(connection)
            self._send(connection, status)
            connection.close()

    def _kill_for(self, connection: socket.socket) -> None:
        """Kills the forked process whose client was killed, as its test expects."""
        for pid, other in self._running.items():
            if other is connection:
                os.kill(pid, signal.SIGKILL)

    def _send(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(LENGTH.pack(number))

    def close(self) -> None:
        """Closes the server's files and signal handlers in the forked process."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for each in (self._listener, self._child_ended, self._wake_up, *self._running.values()):
            each.close()


def _become(request: dict) -> list[str]:
    """Takes on the files, namespaces, environment and folder of the client."""
    request["connection"].close()
    for name, file in zip(NAMESPACES, request["received"][-len(NAMESPACES) :], strict=True):
        _enter(name, file)
    # After the namespaces, since a change of user clears it.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in (0, 1, 2):
        if number in request["files"]:
            os.dup2(request["received"][request["files"].index(number)], number)
        else:
            os.close(number)
    for file in request["received"]:
        if file > 2:
            os.close(file)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in request["ignored"]:
        signal.signal(number, signal.SIG_IGN)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.stdin = _stream(request, 0)
    sys.stdout = _stream(request, 1)
    sys.stderr = _stream(request, 2, buffering=1, errors="backslashreplace")
    return request["arguments"]


def _stream(request: dict, number: int, **options: Any) -> io.TextIOWrapper | None:
    if number not in request["files"]:
        return None
    return open(number, "w" if number else "r", closefd=False, **options)


def _enter(name: str, file: int) -> None:
    """Enters the client's namespace, which differs if `unshare` started the client."""
    if os.fstat(file).st_ino == os.stat(f"/proc/self/ns/{name}").st_ino:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(file, 0):
        raise OSError(ctypes.get_errno(), f"setns {name}")


if __name__ == "__main__":
    place, command, *preloaded = sys.argv[1:]
    sys.argv = [command, *serve(place, *preloaded)]
    importlib.import_module(command).run()
