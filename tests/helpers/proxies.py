"""Reverse proxies before a model server: TLS, a path, and a bearer token, as sites have them."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import http.server
import pathlib
import ssl
import subprocess
import threading
import urllib.parse
from concurrent import futures


@dataclasses.dataclass(frozen=True)
class Certificates:
    """Files in PEM format: an authority, and what it signed for this machine and for a client."""

    ca: str
    server: str
    server_key: str
    client: str
    client_key: str


def certificates(folder: pathlib.Path) -> Certificates:
    """Makes an authority and two certificates, by openssl."""
    _openssl(folder, "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
             "-subj /CN=authority -keyout ca.key -out ca.pem")  # fmt: skip
    for name, subject in (("server", "DNS:localhost,IP:127.0.0.1"), ("client", "DNS:client")):
        _openssl(folder, "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                 f"-subj /CN={name} -keyout {name}.key -out {name}.csr")  # fmt: skip
        (folder / "extensions").write_text(f"subjectAltName={subject}\n")
        _openssl(folder, f"x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial "
                 f"-days 2 -extfile extensions -out {name}.pem")  # fmt: skip
    names = ("ca.pem", "server.pem", "server.key", "client.pem", "client.key")
    return Certificates(*(str(folder / name) for name in names))


def _openssl(folder: pathlib.Path, line: str) -> None:
    subprocess.run(["openssl", *line.split()], cwd=folder, check=True, capture_output=True)


@contextlib.contextmanager
def rest(target, certificates=None, prefix="", token=None, wants_client=False, redirect=None):
    """Yields the address of a proxy before the REST port of a server, and the requests it got.

    Args:
      target: the address of the server behind it.
      certificates: for TLS, or None for plain HTTP.
      prefix: the path that it is below.
      token: the only token that it lets through, or None to let all through.
      wants_client: whether a client must show a certificate of the authority.
      redirect: the address that it redirects every request to, or None.
    """
    got = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            sent = self.headers.get("Authorization")
            got.append((self.path, sent))
            if redirect:
                self.reply(302, b"", Location=redirect + self.path)
            elif token and sent is None:
                self.reply(401, b"<h1>Who are you?</h1>")
            elif token and sent != f"Bearer {token}":
                self.reply(403, b"<h1>Forbidden</h1>")
            elif not self.path.startswith(f"{prefix}/"):
                self.reply(404, b"<h1>Not Found</h1>")
            else:
                self.forward(body)

        do_POST = do_GET  # noqa: N815

        def forward(self, body):
            connection = http.client.HTTPConnection(urllib.parse.urlsplit(target).netloc)
            connection.request(self.command, self.path.removeprefix(prefix), body)
            answer = connection.getresponse()
            self.reply(answer.status, answer.read())
            connection.close()

        def reply(self, status, content, **headers):
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *arguments):
            """A handshake that failed is not to be printed."""

    server = Server(("127.0.0.1", 0), Handler)
    if certificates:
        server.socket = _context(certificates, wants_client).wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    scheme = "https" if certificates else "http"
    try:
        yield f"{scheme}://localhost:{server.server_port}{prefix}", got
    finally:
        server.shutdown()
        server.server_close()


def _context(certificates, wants_client):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server, certificates.server_key)
    if wants_client:
        context.load_verify_locations(certificates.ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@contextlib.contextmanager
def grpc(target, certificates=None, token=None, wants_client=False):
    """Yields `host:port` of a proxy before the gRPC port of a server, and the tokens it got.

    The arguments are those of `rest`.
    """
    import grpc

    got = []
    behind = grpc.insecure_channel(target, [("grpc.enable_http_proxy", 0)])

    class Forward(grpc.GenericRpcHandler):
        def service(self, details):
            sent = dict(details.invocation_metadata).get("authorization")

            def answer(content, context):
                got.append(sent)
                if token and sent is None:
                    context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you?")
                if token and sent != f"Bearer {token}":
                    context.abort(grpc.StatusCode.PERMISSION_DENIED, "not you")
                try:
                    return behind.unary_unary(details.method)(content)
                except grpc.RpcError as error:
                    context.abort(error.code(), error.details())

            return grpc.unary_unary_rpc_method_handler(answer)

    server = grpc.server(futures.ThreadPoolExecutor(4), [Forward()])
    if certificates:
        pair = [pathlib.Path(certificates.server_key), pathlib.Path(certificates.server)]
        port = server.add_secure_port(
            "localhost:0",
            grpc.ssl_server_credentials(
                [tuple(file.read_bytes() for file in pair)],
                pathlib.Path(certificates.ca).read_bytes() if wants_client else None,
                wants_client,
            ),
        )
    else:
        port = server.add_insecure_port("localhost:0")
    server.start()
    try:
        yield f"localhost:{port}", got
    finally:
        server.stop(None)
        behind.close()
