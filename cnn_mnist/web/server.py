"""HTTP for the site, to this machine only: GET and HEAD of the files that `urls.Site` names."""

from __future__ import annotations

import errno
import http.server
import json
import os
import socketserver
import sys
from typing import Any, BinaryIO

from cnn_mnist.errors import UserError, one_line
from cnn_mnist.web.program import PROGRAM
from cnn_mnist.web.urls import TYPES, Site

ADDRESS = "127.0.0.1"

# Without scripts in the page itself; the rest is as tight as TensorFlow.js lets it be.
_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Both tf.min.js and the charts of tfjs-vis make functions of text, and the threads of the
        # wasm backend are workers that load their code as blobs.
        "script-src 'self' 'unsafe-eval' blob:",
        "worker-src 'self' blob:",
        # tfjs-vis adds its styles by script.
        "style-src 'self' 'unsafe-inline'",
        # Pictures that were dropped on the page or drawn there.
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
    # Threads of WebAssembly share memory, which only an isolated page may.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Of every answer."""

_SECONDS_IDLE = 60


class Server(http.server.ThreadingHTTPServer):
    """Listens from the start, and answers in `serve_forever`.

    Args:
      port: 0 for a free one.
      site: what is served.

    Raises:
      UserError: the port is in use, or not ours to take.
    """

    # A browser asks for many files at once.
    request_queue_size = 64

    def __init__(self, port: int, site: Site) -> None:
        self.site = site
        try:
            super().__init__((ADDRESS, port), _Handler)
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "is in use" if taken else f"cannot be taken ({error.strerror})"
            raise UserError(
                f"port {port} {why}; --port=PORT takes another, --port=0 a free one"
            ) from error
        self.address = f"http://{ADDRESS}:{self.server_port}/"
        self.hosts = _hosts(self.server_port)

    def server_bind(self) -> None:
        # Not HTTPServer's, which asks the network for this machine's name.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, self.socket.getsockname()[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        # A browser that goes elsewhere hangs up.
        if not isinstance(error, ConnectionError):
            _report(error)


def _report(error: BaseException | None) -> None:
    print(f"{PROGRAM}: {type(error).__name__}: {one_line(str(error))}", file=sys.stderr, flush=True)


def _hosts(port: int) -> frozenset[str]:
    """Returns what a browser names as host when it means this server.

    A page from elsewhere may let its own name point to 127.0.0.1 (DNS rebinding); then the
    browser takes what is here for that page's, but still names its host.
    """
    names = (ADDRESS, "localhost", "[::1]")
    return frozenset({f"{name}:{port}" for name in names} | (set(names) if port == 80 else set()))


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS_IDLE
    # Else the body of an answer waits until the client has confirmed its headers.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        # A body that nobody reads would be taken for the next request.
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True
        path = self.path.partition("?")[0]
        if not self._means_this_server():
            self._say(403, "This server answers only to its own address.")
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
        # It may be gone since it was looked for.
        except FileNotFoundError:
            file = None
        except OSError as error:
            _report(error)
            self._say(500, "This file cannot be read.")
            return
        if file is None:
            self._say(404, "There is nothing here.")
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
            # Cut off meanwhile: the browser learns it by the end of the connection.
            self.close_connection |= sent < status.st_size

    def _say(self, status: int, text: str) -> None:
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
        """Answers what the standard library refuses by itself: methods, and what is no HTTP."""
        self.close_connection = True
        if code == 501:
            self._say(405, "This server knows GET and HEAD only.")
        else:
            self._say(code, http.HTTPStatus(code).phrase + ".")

    def version_string(self) -> str:
        return "cnn_mnist"

    def log_message(self, *arguments: Any) -> None:
        pass
