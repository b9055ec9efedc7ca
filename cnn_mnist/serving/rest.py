"""A client of `tensorflow_model_server` over REST."""

from __future__ import annotations

import base64
import json
import re
import threading
import urllib.parse
from typing import Any

import numpy as np

from cnn_mnist.errors import ServerError, ServerRefusedError, wording
from cnn_mnist.serving import credentials
from cnn_mnist.serving import metadata as metadata_lib
from cnn_mnist.serving import server as server_lib
from cnn_mnist.serving.answers import PAUSE, Answer, checked_answer, newest_version, refusal
from cnn_mnist.serving.metadata import Metadata
from cnn_mnist.serving.server import Server, given_address
from cnn_mnist.support.files import parsed_json

# The server's queue is full, or the server is loading or restarting. Predictions have no side
# effects, so a request may be sent twice.
_STATUS_TO_TRY_AGAIN = (429, 502, 503, 504)

# Bytes. An answer has a hundred probabilities for each image at most.
_LARGEST_ANSWER = 1_000_000
_LARGEST_PER_IMAGE = 10_000


class RestClient:
    """A `Client` that uses REST."""

    def __init__(self, server: Server) -> None:
        import requests
        from urllib3.exceptions import ReadTimeoutError

        address = server_lib.check(server)
        self._server = server
        self._credentials = credentials.read(server, address)
        self._read_timeout = ReadTimeoutError
        model = _quoted(server.model)
        self._address = f"{address.target}/v1/models/{model}{_choice(server)}"
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._requests = requests

    def predict(self, signature: str, name: str, values: np.ndarray) -> Answer:
        body = {"signature_name": signature, "inputs": {name: _as_json(values)}}
        most = _LARGEST_ANSWER + _LARGEST_PER_IMAGE * len(values)
        found = self._ask("post", f"{self._address}:predict", json.dumps(body), most)
        return checked_answer(self._server, found.get("outputs"), len(values), None)

    def metadata(self) -> Metadata:
        found = self._ask("get", f"{self._address}/metadata")
        try:
            return metadata_lib.from_json(found)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._strange() from error

    def version(self) -> int:
        if self._server.label is not None:
            # The server gives the status of every version, whatever the label.
            return self.metadata().version
        found = self._ask("get", self._address).get("model_version_status")
        if not isinstance(found, list):
            raise self._strange()
        states = [s for s in found if isinstance(s, dict) and s.get("state") == "AVAILABLE"]
        versions = [str(state.get("version")) for state in states]
        if not all(re.fullmatch("[0-9]{1,20}", version) for version in versions):
            raise self._strange()
        return newest_version(self._server, [int(version) for version in versions])

    def close(self) -> None:
        for session in self._sessions:
            session.close()

    def _ask(
        self, method: str, url: str, body: str | None = None, most: int = _LARGEST_ANSWER
    ) -> dict[str, Any]:
        errors = self._requests.exceptions
        timeout = self._server.timeout
        try:
            with self._session().request(
                method, url, data=body, timeout=timeout, stream=True, allow_redirects=False
            ) as answer:
                content = self._content(answer, most)
        except errors.RequestException as error:
            last = _last_error(error)
            is_late = isinstance(last, (errors.ReadTimeout, self._read_timeout))
            code = "DEADLINE_EXCEEDED" if is_late else "UNAVAILABLE"
            raise refusal(self._server, code, str(last).rpartition("): ")[2]) from error
        except ValueError as error:
            raise self._strange() from error
        if 300 <= answer.status_code < 400:
            raise self._redirected(answer.headers.get("Location", "nowhere"))
        return self._found(answer, content)

    def _found(self, answer: Any, content: str) -> dict[str, Any]:
        """Returns the JSON of a response; raises the error that its status means."""
        try:
            found = parsed_json(content)
        except ValueError:
            found = None
        if isinstance(found, dict) and answer.ok:
            return found
        status = answer.status_code
        # A proxy answers by a page of its own.
        has_reason = isinstance(found, dict) and "error" in found
        if answer.ok or (status in (400, 404) and not has_reason):
            raise self._strange()
        reason = str(found["error"]) if has_reason else f"{status} {answer.reason}"
        raise refusal(self._server, f"HTTP {status}", reason)

    def _redirected(self, location: str) -> ServerError:
        # Following it would send the images, and perhaps the token, to wherever it says.
        place = re.sub(r"/v1/models/.*", "", urllib.parse.urljoin(self._address, location))
        return ServerRefusedError(
            f"{given_address(self._server.address)} redirects to {place}, and redirects are not "
            f"followed; if that is right, give {wording('address', '--server')}={place}"
        )

    def _content(self, answer: Any, most: int) -> str:
        """Returns a response's text; raises a ValueError if it is not UTF-8 or far too long."""
        content = bytearray()
        for part in answer.iter_content(65_536):
            content += part
            if len(content) > most:
                raise ValueError("too long")
        return content.decode()

    def _session(self) -> Any:
        """Returns this thread's session, which keeps its connection open."""
        if not hasattr(self._local, "session"):
            from requests.adapters import HTTPAdapter
            from urllib3.util import Retry

            retry = Retry(
                total=self._server.retries,
                backoff_factor=PAUSE,
                status_forcelist=_STATUS_TO_TRY_AGAIN,
                allowed_methods=None,
                raise_on_status=False,
                # A certificate that does not fit will not fit the next time.
                other=0,
            )
            session = self._requests.Session()
            session.trust_env = False
            session.verify = self._credentials.trusted or True
            session.cert = self._credentials.certificate
            if self._credentials.token is not None:
                session.headers["Authorization"] = f"Bearer {self._credentials.token}"
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=retry))
            self._local.session = session
            self._sessions.append(session)
        return self._local.session

    def _strange(self) -> ServerError:
        return ServerError(
            f"{given_address(self._server.address)} does not answer as tensorflow_model_server "
            "does; its REST address is expected, such as http://localhost:8501"
        )


def _choice(server: Server) -> str:
    if server.label is not None:
        return f"/labels/{_quoted(server.label)}"
    return "" if server.version is None else f"/versions/{server.version}"


def _quoted(name: str) -> str:
    return urllib.parse.quote(name, safe="")


def _last_error(error: Any) -> Any:
    """Returns the error of the last attempt of a request that was retried."""
    return getattr(error.args[0], "reason", error) if error.args else error


def _as_json(values: np.ndarray) -> list[Any]:
    if values.dtype == object:
        return [{"b64": base64.b64encode(value).decode()} for value in values]
    return values.tolist()
