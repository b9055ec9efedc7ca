"""REST: JSON over HTTP/1.1 with kept-alive connections."""

from __future__ import annotations

import gzip
import http.server
import inspect
import json
import re
import socketserver
import threading
import time
import urllib.parse
import zlib
from typing import Any

from google.protobuf import json_format
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    predict_pb2,
    regression_pb2,
)

from model_server import examples, json_tensors, metrics, models, services, statuses

_WHICH = r"(?:/versions/(?P<version>\d+)|/labels/(?P<label>[^/:]+))?"
_POST = re.compile(rf"(?i)/v1/models/(?P<name>[^/:]+){_WHICH}:(?P<verb>classify|regress|predict)")
_GET = re.compile(rf"(?i)/v1/models(?:/(?P<name>[^/:]+))?{_WHICH}(?:/(?P<verb>metadata))?")
# Before protobuf 5.26 the option has another name.
_DEFAULTS = next(
    name
    for name in ("always_print_fields_with_no_presence", "including_default_value_fields")
    if name in inspect.signature(json_format.MessageToDict).parameters
)


def start(
    port: int,
    served: models.Models,
    counted: metrics.Metrics,
    prometheus_path: str | None,
) -> threading.Thread:
    """Opens the port, and returns the server's thread."""
    try:
        server = _Server(("127.0.0.1", port), _Handler)
    except OSError as error:
        message = f"Failed to start HTTP Server at localhost:{port}: {error.strerror}"
        raise statuses.StatusError(statuses.Code.UNAVAILABLE, message) from error
    server.served, server.counted, server.prometheus_path = served, counted, prometheus_path
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    return thread


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    served: models.Models
    counted: metrics.Metrics
    prometheus_path: str | None

    def server_bind(self) -> None:
        # HTTPServer would look up its own host name.
        socketserver.TCPServer.server_bind(self)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Send headers and body in one packet; a second packet would wait for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._handle()

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815

    def log_message(self, format: str, *values: Any) -> None:
        """The real one is silent too."""

    def _handle(self) -> None:
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self._send(501, "text/plain", "The double reads no chunked bodies")
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "gzip" in self.headers.get("Content-Encoding", ""):
            body = _unzipped(body)
        path = urllib.parse.urlsplit(self.path).path
        if path == self.server.prometheus_path:
            self._send(200, "text/plain", self.server.counted.page())
        elif re.match(r"(?i)/v1/", path):
            self._answer(path, body)
        else:
            self._send(404, "text/html", "<h1>Not Found</h1>")

    def _answer(self, path: str, body: bytes) -> None:
        started = time.monotonic()
        pattern = {"POST": _POST, "GET": _GET}.get(self.command)
        match = pattern.fullmatch(path) if pattern else None
        name = urllib.parse.unquote((match["name"] if match else None) or "")
        verb = (match["verb"] if match else None) or ""
        code = statuses.Code.OK
        try:
            if not match:
                raise statuses.invalid(f"Malformed request: {self.command} {path}")
            answer = _answer(self.server.served, name, match, body)
        except statuses.StatusError as error:
            code, answer = error.code, {"error": error.message}
        if code is statuses.Code.OK:
            self.server.counted.took(name, verb.lower(), "REST", time.monotonic() - started)
        self.server.counted.count(name, code.name)
        self._send(statuses.http(code), "application/json", json.dumps(answer, indent=4))

    def _send(self, status: int, kind: str, text: str) -> None:
        content = text.encode("utf-8", "surrogateescape")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _unzipped(body: bytes) -> bytes:
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        # The real server goes on with an empty body.
        return b""


def _answer(served: models.Models, name: str, match: Any, body: bytes) -> dict[str, Any]:
    verb = (match["verb"] or "status").lower()
    if not name:
        raise statuses.invalid("Missing model name in request.")
    if verb == "predict":
        request = _with_spec(predict_pb2.PredictRequest(), name, match)
        return _predict(served, request, body)
    if verb == "metadata":
        request = _with_spec(get_model_metadata_pb2.GetModelMetadataRequest(), name, match)
        request.metadata_field.append("signature_def")
        return _metadata(services.metadata(served, request))
    if verb == "status":
        request = _with_spec(get_model_status_pb2.GetModelStatusRequest(), name, match)
        return _status(services.status(served, request))
    kind = {
        "classify": classification_pb2.ClassificationRequest,
        "regress": regression_pb2.RegressionRequest,
    }[verb]
    request = _with_spec(kind(), name, match)
    examples.from_json(request, body)
    examples.refuse(served, request, verb)
    return {}


def _with_spec(request: Any, name: str, match: Any) -> Any:
    request.model_spec.name = name
    if match["version"]:
        number = int(match["version"])
        if number >= 2**63:
            raise statuses.invalid(f"Failed to convert version: {number} to numeric.")
        request.model_spec.version.value = number
    if match["label"]:
        request.model_spec.version_label = urllib.parse.unquote(match["label"])
    return request


def _predict(served: models.Models, request: Any, body: bytes) -> dict[str, Any]:
    document = json_tensors.parsed(body)
    request.model_spec.signature_name = document.get("signature_name", "")
    with served.use(request.model_spec) as version:
        assert version.loaded
        name = request.model_spec.signature_name or "serving_default"
        if name not in version.loaded.signatures:
            raise statuses.invalid(f'Serving signature name: "{name}" not found in signature def')
        json_tensors.fill(document, version.loaded.signatures[name].inputs, request)
    return json_tensors.answer(services.predict(served, request), "instances" in document)


def _metadata(response: Any) -> dict[str, Any]:
    signatures = get_model_metadata_pb2.SignatureDefMap()
    response.metadata["signature_def"].Unpack(signatures)
    return {
        "model_spec": _as_json(response.model_spec),
        "metadata": {"signature_def": _as_json(signatures)},
    }


def _status(response: Any) -> dict[str, Any]:
    return {"model_version_status": [_as_json(v) for v in response.model_version_status]}


def _as_json(message: Any) -> dict[str, Any]:
    return json_format.MessageToDict(message, preserving_proto_field_name=True, **{_DEFAULTS: True})
