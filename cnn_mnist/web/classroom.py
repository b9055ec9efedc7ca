"""Says how others reach a server that was opened to them with `--host`."""

from __future__ import annotations

import socket

from cnn_mnist.support import terminal
from cnn_mnist.web.program import PROGRAM
from cnn_mnist.web.server import EVERY_ADDRESS

_ELSEWHERE = ("192.0.2.1", 9)
"""An address for documentation (RFC 5737) and the port `discard`: nothing is sent there."""


def announce(host: str, port: int) -> None:
    """Prints the address for others as a line and a QR code, and what opening it means.

    Args:
      host: what the server listens at, `EVERY_ADDRESS` or an address or name of this machine.
      port: the server's port.
    """
    terminal.note(
        f"{PROGRAM}: --host={host} opens pages, models and images to everybody in that network; "
        "nothing can be changed from there, and drawings stay in each browser"
    )
    known = own_address() if host == EVERY_ADDRESS else host
    if known is None:
        terminal.note(f"{PROGRAM}: this machine has no network; others cannot reach it")
        return
    address = f"http://{known}:{port}/"
    terminal.show(f"for others: {address}", flush=True)
    code = qr_code(address)
    if code:
        terminal.show(code, flush=True)
    else:
        terminal.note(f"{PROGRAM}: the Python package segno prints the address as a QR code too")


def own_address() -> str | None:
    """Returns this machine's IPv4 address in the network of its default route, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as chosen:
        try:
            # For UDP this only chooses a route.
            chosen.connect(_ELSEWHERE)
            return str(chosen.getsockname()[0])
        except OSError:
            return None


def qr_code(address: str) -> str | None:
    """Returns a QR code in characters for a terminal, or None without the package segno."""
    try:
        import segno
    except ImportError:
        return None
    code = segno.make_qr(address, error="m")
    rows = [[*row] for row in code.matrix_iter(scale=1, border=2)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    return "\n".join(
        "".join(_HALVES[bool(upper), bool(lower)] for upper, lower in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    )


# Two rows in one: light squares are printed, since most terminals are dark. Phones read both.
_HALVES = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
