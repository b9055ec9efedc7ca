"""Serves the files of `urls.Site` over HTTP, GET and HEAD, by default to this machine only."""

from __future__ import annotations

import contextlib
import errno
import http.server
import io
import json
import os
import re
import socket
import socketserver
import sys
import time
from collections.abc import Mapping
from typing import Any, BinaryIO

from cnn_mnist.errors import SettingsError, one_line
from cnn_mnist.support import terminal
from cnn_mnist.web import compression, conditions, connections, heads
from cnn_mnist.web.connections import Connections
from cnn_mnist.web.program import PROGRAM
from cnn_mnist.web.urls import TYPES, Site

ADDRESS = "127.0.0.1"
EVERY_ADDRESS = "0.0.0.0"

# No inline scripts; otherwise as strict as TensorFlow.js allows.
_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        # tf.min.js creates functions from strings; the threads of the wasm backend are workers that
        # load their code from blobs.
        "script-src 'self' 'unsafe-eval' blob:",
        "worker-src 'self' blob:",
        # Pictures dropped on the page or drawn there.
        "img-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

_ISOLATING = {
    # WebAssembly threads need shared memory, which only cross-origin isolated pages get. Browsers
    # isolate pages of this machine, and from elsewhere only those over HTTPS.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    **_ISOLATING,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The headers of every response to this machine."""

_SECONDS_BETWEEN_TRIES = 0.5
_PIECE = 65_536
_ABSOLUTE = re.compile("http://([^/?]*)(.*)", re.IGNORECASE)


class Server(http.server.ThreadingHTTPServer):
    """An HTTP server that listens once it is created; `serve_forever` answers.

    Args:
      port: the port to listen on; 0 for a free one.
      site: the files that are served.
      host: the address of this machine to listen at, or `EVERY_ADDRESS`.

    Raises:
      SettingsError: the port is in use, or this user may not use it; the host is not this machine.
    """

    # A browser requests many files at once.
    request_queue_size = 64

    def __init__(self, port: int, site: Site, host: str = ADDRESS) -> None:
        self.site = site
        self.connections = Connections(connections.most())
        self.copies = compression.Copies()
        self._host = host
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            # A name that is not found has an error of its own kind, whose number means nothing.
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise SettingsError(
                    f"--host={terminal.visible(host)} is not an address of this machine; "
                    f"--host={EVERY_ADDRESS} listens at all of them"
                ) from error
            taken = error.errno == errno.EADDRINUSE
            why = "is in use" if taken else f"cannot be used ({error.strerror})"
            raise SettingsError(
                f"port {port} {why}; choose another with --port=PORT, or a free one with --port=0"
            ) from error
        shown = ADDRESS if host == EVERY_ADDRESS else host
        self.address = f"http://{shown}:{self.server_port}/"

    def server_bind(self) -> None:
        # HTTPServer's method would look up this machine's name in the network.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self._host, self.socket.getsockname()[1]

    def hosts(self, own_address: str) -> frozenset[str]:
        """Returns the values of the Host header that are accepted on a connection.

        Another site may point its own name to this machine (DNS rebinding). The browser then
        treats this server as that site, but its Host header has that site's name.

        Args:
          own_address: this machine's address on that connection.
        """
        names = {ADDRESS, "localhost", "[::1]", own_address, self._host.lower()}
        port = self.server_port
        return frozenset({f"{name}:{port}" for name in names} | (names if port == 80 else set()))

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accepts a connection if there is a place for it; others stay in the system's queue."""
        if not self.connections.take_place(_SECONDS_BETWEEN_TRIES):
            raise TimeoutError
        try:
            connection, address = super().get_request()
        except OSError:
            self.connections.give_back_place()
            # If the system is out of files, the next try fails at once too.
            time.sleep(_SECONDS_BETWEEN_TRIES)
            raise
        self.connections.asks(connection)
        return connection, address

    def close_request(self, request: Any) -> None:
        self.connections.close(request)

    def service_actions(self) -> None:
        self.connections.end_overdue()

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        # A browser that leaves the page closes its connections.
        if not isinstance(error, ConnectionError):
            _report(error)


def _report(error: BaseException | None) -> None:
    terminal.note(f"{PROGRAM}: {type(error).__name__}: {one_line(str(error))}")


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    raw_requestline: bytes
    protocol_version = "HTTP/1.1"
    # Also the answer to a malformed request has a status line.
    default_request_version = protocol_version
    timeout = connections.SECONDS_TO_ASK
    # With Nagle's algorithm a body would wait until the client has acknowledged the headers.
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        self.server.connections.asks(self.connection)
        super().handle_one_request()

    def parse_request(self) -> bool:
        """Parses the head of a request, once it is whole and clear."""
        # For the answer to a head that is refused.
        self.command, self.requestline, self.request_version = "", "", self.protocol_version
        stream = self.rfile
        try:
            # The standard library reads the fields from there.
            self.rfile = io.BytesIO(heads.read(self.raw_requestline, stream))
            is_parsed = super().parse_request()
            if is_parsed:
                heads.check(self.headers)
                self.close_connection |= heads.asks_to_close(self.headers)
        except heads.RefusedError as refused:
            self.send_error(refused.status)
            return False
        finally:
            self.rfile = stream
        return is_parsed

    def handle_expect_100(self) -> bool:
        # The body is not read.
        return True

    def finish(self) -> None:
        super().finish()
        # A connection that is closed before all was read is reset, which may cost the answer.
        self.server.connections.ends(self.connection)
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            while self.connection.recv(65_536):
                pass

    def do_GET(self) -> None:
        # The body of a request is not read, so the next request cannot follow it.
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True
        hosts, path = [self.headers["Host"].strip()], self.path
        if absolute := _ABSOLUTE.fullmatch(path):
            hosts.append(absolute[1])
            path = absolute[2]
        if not self.server.hosts(self._own_address).issuperset(host.lower() for host in hosts):
            self._send_text(403, "This server answers only at its own address.")
            return
        path = path.partition("?")[0] or "/"
        if path == "/models.json":
            self._send_models()
        else:
            self._send_path(self.server.site.file(path))

    def do_HEAD(self) -> None:
        self.do_GET()

    @property
    def _own_address(self) -> str:
        return str(self.connection.getsockname()[0])

    def _send_models(self) -> None:
        try:
            content = json.dumps(self.server.site.models()).encode()
        except OSError as error:
            _report(error)
            self._send_text(500, "The models cannot be listed.")
            return
        self._start(200, TYPES[".json"], len(content), {})
        self._write(content)

    def _send_path(self, path: str | None) -> None:
        try:
            file = open(path, "rb") if path else None  # noqa: SIM115
        # The file may have been removed since it was found.
        except FileNotFoundError:
            file = None
        except OSError as error:
            _report(error)
            self._send_text(500, "This file cannot be read.")
            return
        if file is None:
            self._send_text(404, "There is nothing here.")
            return
        with file:
            self._send_file(file, TYPES[os.path.splitext(file.name)[1]])

    def _send_file(self, file: BinaryIO, kind: str) -> None:
        status = os.fstat(file.fileno())
        size, tag = status.st_size, f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        fields = {"Accept-Ranges": "bytes"}
        copy = None
        if compression.is_for(file.name, size):
            fields["Vary"] = "Accept-Encoding"
            if compression.is_accepted(self.headers):
                copy = self.server.copies.of(file, tag)
                size, tag = len(copy), f'{tag[:-1]}-{compression.CODING}"'
        fields["ETag"] = tag
        answer = conditions.answer(self.headers, tag, size, has_body=self.command != "HEAD")
        if copy is not None and answer.count:
            fields["Content-Encoding"] = compression.CODING
        if answer.status == 206:
            last = answer.start + answer.count - 1
            fields["Content-Range"] = f"bytes {answer.start}-{last}/{size}"
        elif answer.status == 416:
            fields["Content-Range"] = f"bytes */{size}"
        length = None if answer.status == 304 else answer.count
        self._start(answer.status, kind, length, fields)
        if copy is not None:
            self._write(copy[answer.start : answer.start + answer.count])
        elif self.command != "HEAD" and answer.count:
            sent = self.connection.sendfile(file, answer.start, answer.count)
            # If the file was cut off meanwhile, closing the connection tells the browser.
            self.close_connection |= sent < answer.count

    def _send_text(self, status: int, text: str) -> None:
        content = f"{status}: {text}\n".encode()
        allowed = {"Allow": "GET, HEAD"} if status == 405 else {}
        self._start(status, "text/plain; charset=utf-8", len(content), allowed)
        self._write(content)

    def _write(self, content: bytes) -> None:
        if self.command == "HEAD":
            return
        # The time limit of the socket is that of one write.
        for start in range(0, len(content), _PIECE):
            self.wfile.write(content[start : start + _PIECE])

    def _start(self, status: int, kind: str, length: int | None, fields: Mapping[str, str]) -> None:
        self.server.connections.is_answered(self.connection, length or 0)
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Type": kind, **fields}.items():
            # Elsewhere than on this machine, browsers would only complain about them.
            if name not in _ISOLATING or self._own_address == ADDRESS:
                self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answers the requests that the standard library refuses: other methods, malformed HTTP."""
        self.close_connection = True
        if code == 501:
            self._send_text(405, "This server supports only GET and HEAD.")
        else:
            self._send_text(code, http.HTTPStatus(code).phrase + ".")

    def version_string(self) -> str:
        return "cnn_mnist"

    def log_message(self, *arguments: Any) -> None:
        pass
