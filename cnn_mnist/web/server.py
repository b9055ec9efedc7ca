"""Serves the files of `urls.Site` over HTTP, GET and HEAD, to this machine only."""

from __future__ import annotations

import errno
import http.server
import json
import os
import socketserver
import sys
from typing import Any, BinaryIO

from cnn_mnist.errors import SettingsError, one_line
from cnn_mnist.web.program import PROGRAM
from cnn_mnist.web.urls import TYPES, Site

ADDRESS = "127.0.0.1"

# No inline scripts; otherwise as strict as TensorFlow.js allows.
_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        # tf.min.js and the charts of tfjs-vis create functions from strings; the threads of the
        # wasm backend are workers that load their code from blobs.
        "script-src 'self' 'unsafe-eval' blob:",
        "worker-src 'self' blob:",
        # tfjs-vis inserts its styles with a script.
        "style-src 'self' 'unsafe-inline'",
        # Pictures dropped on the page or drawn there.
        "img-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    # WebAssembly threads need shared memory, which only cross-origin isolated pages get.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The headers of every response."""

_SECONDS_IDLE = 60


class Server(http.server.ThreadingHTTPServer):
    """An HTTP server that listens once it is created; `serve_forever` answers.

    Args:
      port: the port to listen on; 0 for a free one.
      site: the files that are served.

    Raises:
      SettingsError: the port is in use, or this user may not use it.
    """

    # A browser requests many files at once.
    request_queue_size = 64

    def __init__(self, port: int, site: Site) -> None:
        self.site = site
        try:
            super().__init__((ADDRESS, port), _Handler)
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "is in use" if taken else f"cannot be used ({error.strerror})"
            raise SettingsError(
                f"port {port} {why}; choose another with --port=PORT, or a free one with --port=0"
            ) from error
        self.address = f"http://{ADDRESS}:{self.server_port}/"
        self.hosts = _hosts(self.server_port)

    def server_bind(self) -> None:
        # HTTPServer's method would look up this machine's name in the network.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, self.socket.getsockname()[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        # A browser that leaves the page closes its connections.
        if not isinstance(error, ConnectionError):
            _report(error)


def _report(error: BaseException | None) -> None:
    print(f"{PROGRAM}: {type(error).__name__}: {one_line(str(error))}", file=sys.stderr, flush=True)


def _hosts(port: int) -> frozenset[str]:
    """Returns the values of the Host header that are accepted.

    Another site may point its own name to 127.0.0.1 (DNS rebinding). The browser then treats this
    server as that site, but its Host header has that site's name.
    """
    names = (ADDRESS, "localhost", "[::1]")
    return frozenset({f"{name}:{port}" for name in names} | (set(names) if port == 80 else set()))


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS_IDLE
    # With Nagle's algorithm a body would wait until the client has acknowledged the headers.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        # The body of a request is not read, so the next request cannot follow it.
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True
        path = self.path.partition("?")[0]
        if not self._means_this_server():
            self._send_text(403, "This server answers only at its own address.")
        elif path == "/models.json":
            self._send_models()
        else:
            self._send_path(self.server.site.file(path))

    def do_HEAD(self) -> None:
        self.do_GET()

    def _means_this_server(self) -> bool:
        hosts = self.headers.get_all("Host") or []
        return len(hosts) == 1 and hosts[0].strip().lower() in self.server.hosts

    def _send_models(self) -> None:
        content = json.dumps(self.server.site.models()).encode()
        self._start(200, TYPES[".json"], len(content))
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
        tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        if tag in self.headers.get("If-None-Match", ""):
            self._start(304, kind, None, tag)
            return
        self._start(200, kind, status.st_size, tag)
        if self.command != "HEAD" and status.st_size:
            sent = self.connection.sendfile(file, count=status.st_size)
            # If the file was cut off meanwhile, closing the connection tells the browser.
            self.close_connection |= sent < status.st_size

    def _send_text(self, status: int, text: str) -> None:
        content = f"{status}: {text}\n".encode()
        self._start(status, "text/plain; charset=utf-8", len(content))
        self._write(content)

    def _write(self, content: bytes) -> None:
        if self.command != "HEAD":
            self.wfile.write(content)

    def _start(self, status: int, kind: str, length: int | None, tag: str = "") -> None:
        self.send_response(status)
        given = {
            **HEADERS,
            "Content-Type": kind,
            "Content-Length": length,
            "ETag": tag,
            "Allow": "GET, HEAD" if status == 405 else None,
            "Connection": "close" if self.close_connection else None,
        }
        for name, value in given.items():
            if value not in (None, ""):
                self.send_header(name, str(value))
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
