"""Clients of `tensorflow_model_server`: gRPC and REST, with deadlines and retries."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
import threading
from typing import Any, Protocol

import numpy as np

from cnn_mnist.errors import UserError, one_line
from cnn_mnist.serving import server as server_lib
from cnn_mnist.serving.server import Server
from cnn_mnist.tf_compat import tf

_PAUSE = 0.1
"""Seconds before the first request is sent again; each further pause is twice as long."""
# The server's queue is full, or it is loading or restarting; none of these says that the
# request was answered, and answering one twice does no harm.
_STATUS_TO_TRY_AGAIN = (429, 502, 503, 504)


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a server says of a batch.

    Attributes:
      classes: int64 `[batch]`.
      probabilities: float32 `[batch, classes]`.
      version: the model's version, or None where the protocol does not tell.
    """

    classes: np.ndarray
    probabilities: np.ndarray
    version: int | None


class Client(Protocol):
    """A connection to a server; may be used from several threads."""

    def predict(self, signature: str, name: str, values: np.ndarray) -> Answer:
        """Asks for one batch.

        Args:
          signature: of the export, see `export.signatures.INPUTS`.
          name: of the signature's input.
          values: uint8 or float32 pixels, or an object array of bytes, `[batch, ...]`.

        Raises:
          UserError: the server cannot be reached, is too slow, or refuses the request.
        """

    def version(self) -> int:
        """Returns the version of the model that answers.

        Raises:
          UserError: the server cannot be reached, or has no such model.
        """

    def close(self) -> None:
        """Ends the connection."""


def connect(server: Server) -> Client:
    """Returns a client; nothing is sent yet.

    Raises:
      UserError: the address is none, or the package for gRPC is not installed.
    """
    return _RestClient(server) if server_lib.is_rest(server.address) else _GrpcClient(server)


class _GrpcClient:
    def __init__(self, server: Server) -> None:
        try:
            import grpc
            from tensorflow_serving.apis import (
                get_model_status_pb2,
                model_service_pb2_grpc,
                predict_pb2,
                prediction_service_pb2_grpc,
            )
        except ImportError as error:
            raise UserError(
                f"--server={server.address} is asked by gRPC, and {error.name} is missing; pip "
                "install 'cnn-mnist[serving]', or give --server=http://host:port"
            ) from error
        self._server = server
        self._error = grpc.RpcError
        self._request = predict_pb2.PredictRequest
        self._status_request = get_model_status_pb2.GetModelStatusRequest
        self._available = get_model_status_pb2.ModelVersionStatus.AVAILABLE
        self._channel = grpc.insecure_channel(server.address, _channel_options(server))
        self._predictions = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channel)

    def predict(self, signature: str, name: str, values: np.ndarray) -> Answer:
        request = self._request()
        request.model_spec.name = self._server.model
        request.model_spec.signature_name = signature
        request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
        answer = self._call(self._predictions.Predict, request)
        outputs = {key: tf.make_ndarray(tensor) for key, tensor in answer.outputs.items()}
        return _answer(self._server, outputs, len(values), answer.model_spec.version.value)

    def version(self) -> int:
        request = self._status_request()
        request.model_spec.name = self._server.model
        statuses = self._call(self._models.GetModelStatus, request).model_version_status
        return _newest(self._server, [s.version for s in statuses if s.state == self._available])

    def close(self) -> None:
        self._channel.close()

    def _call(self, method: Any, request: Any) -> Any:
        try:
            return method(request, timeout=self._server.timeout)
        except self._error as error:
            raise _refusal(self._server, error.code().name, error.details()) from error


def _channel_options(server: Server) -> list[tuple[str, Any]]:
    """gRPC's own retries (https://github.com/grpc/proposal/blob/master/A6-client-retries.md)."""
    policy = {
        "maxAttempts": server.retries + 1,
        "initialBackoff": f"{_PAUSE}s",
        "maxBackoff": "5s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    config = {"methodConfig": [{"name": [{}], "retryPolicy": policy}]} if server.retries else {}
    return [
        ("grpc.service_config", json.dumps(config)),
        # As with REST below: no proxy that the environment names is asked about a server.
        ("grpc.enable_http_proxy", 0),
        # A thousand pictures are more than the four megabytes that gRPC allows by itself.
        ("grpc.max_send_message_length", -1),
        ("grpc.max_receive_message_length", -1),
    ]


class _RestClient:
    def __init__(self, server: Server) -> None:
        import requests

        self._server = server
        self._address = f"{server.address.rstrip('/')}/v1/models/{server.model}"
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._requests = requests

    def predict(self, signature: str, name: str, values: np.ndarray) -> Answer:
        body = {"signature_name": signature, "inputs": {name: _as_json(values)}}
        found = self._ask("post", f"{self._address}:predict", json.dumps(body))
        return _answer(self._server, found.get("outputs"), len(values), None)

    def version(self) -> int:
        found = self._ask("get", self._address).get("model_version_status")
        if not isinstance(found, list):
            raise self._strange()
        states = [s for s in found if isinstance(s, dict) and s.get("state") == "AVAILABLE"]
        return _newest(self._server, [int(s["version"]) for s in states])

    def close(self) -> None:
        for session in self._sessions:
            session.close()

    def _ask(self, method: str, url: str, body: str | None = None) -> dict[str, Any]:
        errors = self._requests.exceptions
        try:
            answer = self._session().request(method, url, data=body, timeout=self._server.timeout)
            found = answer.json()
        except errors.JSONDecodeError as error:
            raise self._strange() from error
        except errors.RequestException as error:
            last = _last_error(error)
            is_late = type(last).__name__ in ("ReadTimeoutError", "ReadTimeout")
            code = "DEADLINE_EXCEEDED" if is_late else "UNAVAILABLE"
            raise _refusal(self._server, code, str(last).rpartition("): ")[2]) from error
        if not isinstance(found, dict):
            raise self._strange()
        if not answer.ok:
            said = str(found.get("error", "")) or f"HTTP status {answer.status_code}"
            code = "NOT_FOUND" if answer.status_code == 404 else f"HTTP {answer.status_code}"
            raise _refusal(self._server, code, said)
        return found

    def _session(self) -> Any:
        """Returns this thread's session, which keeps its connection open."""
        if not hasattr(self._local, "session"):
            from requests.adapters import HTTPAdapter
            from urllib3.util import Retry

            retry = Retry(
                total=self._server.retries,
                backoff_factor=_PAUSE,
                status_forcelist=_STATUS_TO_TRY_AGAIN,
                allowed_methods=None,
                raise_on_status=False,
            )
            session = self._requests.Session()
            session.trust_env = False
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=retry))
            self._local.session = session
            self._sessions.append(session)
        return self._local.session

    def _strange(self) -> UserError:
        return UserError(
            f"--server={self._server.address} does not answer as tensorflow_model_server does; "
            "its REST address is expected, such as http://localhost:8501"
        )


def _last_error(error: Any) -> Any:
    """Returns what went wrong the last time, where a request was sent again and again."""
    return getattr(error.args[0], "reason", error) if error.args else error


def _as_json(values: np.ndarray) -> list[Any]:
    if values.dtype == object:
        return [{"b64": base64.b64encode(value).decode()} for value in values]
    return values.tolist()


def _answer(server: Server, outputs: Any, count: int, version: int | None) -> Answer:
    """Takes the outputs of an export of ours, and no others."""
    try:
        classes = np.asarray(outputs["classes"], np.int64)
        probabilities = np.asarray(outputs["probabilities"], np.float32)
    except (KeyError, TypeError, ValueError) as error:
        raise _foreign(server) from error
    if classes.shape != (count,) or probabilities.ndim != 2 or len(probabilities) != count:
        raise _foreign(server)
    return Answer(classes, probabilities, version)


def _foreign(server: Server) -> UserError:
    return UserError(
        f"--server={server.address}: the model {server.model!r} does not give classes and "
        "probabilities of each image; expected an export of this program"
    )


def _newest(server: Server, versions: list[int]) -> int:
    if not versions:
        raise UserError(
            f"--server={server.address} has no version of {server.model!r} that can be asked yet"
        )
    return max(versions)


def _refusal(server: Server, code: str, said: str | None) -> UserError:
    text = one_line(said or "no reason given")
    # Where in the graph it was is nothing to whom the line is for.
    text = re.sub(r"\s*\[\[\{\{.*", "", text)[:300]
    if code == "UNAVAILABLE":
        return UserError(
            f"--server={server.address} cannot be reached ({text}); scripts/serve starts one"
        )
    if code == "DEADLINE_EXCEEDED":
        return UserError(
            f"--server={server.address} gave no answer within --server_timeout={server.timeout:g} s"
        )
    if code == "NOT_FOUND":
        return UserError(
            f"--server={server.address} has no model {server.model!r} ({text}); give --server_model"
        )
    return UserError(f"--server={server.address} refuses the request ({code}: {text})")
