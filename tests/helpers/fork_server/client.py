"""The client: has the server fork the command, passes signals on, and ends as the command ends.

It imports no slow modules.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import sys

NAMESPACES = ("user", "mnt")
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
LENGTH = struct.Struct("!I")


def main() -> None:
    place, *arguments = sys.argv[1:]
    signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)
    ignored = [number for number in PASSED_ON if signal.getsignal(number) == signal.SIG_IGN]
    files = [number for number in (0, 1, 2) if _is_open(number)]
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(place)
    request = {
        "arguments": arguments,
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "files": files,
        "ignored": [int(number) for number in ignored],
    }
    content = json.dumps(request).encode()
    sent = files + [os.open(f"/proc/self/ns/{name}", os.O_RDONLY) for name in NAMESPACES]
    socket.send_fds(connection, [LENGTH.pack(len(content))], sent)
    connection.sendall(content)
    pid = _received_number(connection)
    for number in set(PASSED_ON) - set(ignored):
        signal.signal(number, lambda number, _: _pass_on(number, pid))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
    _end_as(_received_number(connection))


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _pass_on(number: int, pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _received_number(connection: socket.socket) -> int:
    content = connection.recv(LENGTH.size, socket.MSG_WAITALL)
    if not content:
        sys.exit("the fork server has ended")
    return LENGTH.unpack(content)[0]


def _end_as(status: int) -> None:
    """Ends with the exit status, or by the signal, that `os.wait` reported."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
