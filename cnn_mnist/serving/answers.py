"""Checks a server's answers, and turns failed requests into errors."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from cnn_mnist.errors import (
    ServerError,
    ServerRefusedError,
    ServerTimeoutError,
    ServerUnreachableError,
    one_line,
    wording,
)
from cnn_mnist.serving.credentials import TOKEN
from cnn_mnist.serving.server import Server, given_address
from cnn_mnist.support import shell

PAUSE = 0.1
"""Seconds before the first retry; each further pause is twice as long."""

_LAUNCHER = shell.name_of("serve", "cnn_mnist.serving")


@dataclasses.dataclass(frozen=True)
class Answer:
    """A server's answer for a batch.

    Attributes:
      classes: int64 `[batch]`.
      probabilities: float32 `[batch, classes]`.
      version: the model's version, or None if the protocol does not return it.
    """

    classes: np.ndarray
    probabilities: np.ndarray
    version: int | None


def checked_answer(server: Server, outputs: Any, count: int, version: int | None) -> Answer:
    """Returns the outputs of a prediction as an `Answer`.

    Args:
      server: names the server in the error.
      outputs: `classes` and `probabilities`, by name.
      count: images in the request.
      version: the model's version, or None.

    Raises:
      ServerError: the outputs are not those of an export of this program.
    """
    try:
        classes = np.asarray(outputs["classes"])
        with np.errstate(over="ignore"):
            probabilities = np.asarray(outputs["probabilities"], np.float32)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise _foreign(server) from error
    if not _fit(classes, probabilities, count):
        raise _foreign(server)
    return Answer(classes.astype(np.int64), probabilities, version)


def _fit(classes: np.ndarray, probabilities: np.ndarray, count: int) -> bool:
    if classes.shape != (count,) or classes.dtype.kind not in "iu":
        return False
    if probabilities.ndim != 2 or len(probabilities) != count:
        return False
    known = (classes >= 0) & (classes < probabilities.shape[1])
    # Not a number fails every comparison. Rounding may exceed 1 a little.
    return bool(known.all() and ((probabilities >= 0) & (probabilities < 1.001)).all())


def _foreign(server: Server) -> ServerError:
    return ServerError(
        f"{given_address(server.address)}: the model {server.model!r} does not give classes "
        "and probabilities for each image; expected an export of this program"
    )


def newest_version(server: Server, versions: list[int]) -> int:
    """Returns the newest of the versions that a server has loaded.

    Raises:
      ServerRefusedError: it has not loaded any.
    """
    if not versions:
        raise ServerRefusedError(
            f"{given_address(server.address)} has no version of {server.model!r} that is ready yet"
        )
    return max(versions)


def refusal(server: Server, code: str, reason: str | None) -> ServerError:
    """Returns the error for a request that failed; its message says what to do next.

    Args:
      server: the server.
      code: a gRPC status code by name, or `HTTP` and a status.
      reason: the server's message, if it sent one.
    """
    text = one_line(reason or "no reason given")
    # Drop the graph location; it does not help the reader.
    text = re.sub(r"\s*\[\[\{\{.*", "", text)[:300]
    address = given_address(server.address)
    if code == "UNAVAILABLE":
        if advice := _advice_on_tls(text):
            return ServerUnreachableError(f"{address} cannot be reached by TLS ({text}); {advice}")
        return ServerUnreachableError(
            f"{address} cannot be reached ({text}); {_LAUNCHER} starts one"
        )
    if code == "DEADLINE_EXCEEDED":
        return ServerTimeoutError(
            f"{address} gave no answer within "
            f"{wording('timeout', '--server_timeout')}={server.timeout:g} s"
        )
    if code in ("NOT_FOUND", "HTTP 404") or _UNKNOWN_LABEL in text:
        return ServerRefusedError(f"{address} {_missing(server, text)}")
    if "larger than max" in text:
        # gRPC's own limit of a message; the status is that of a server with too much to do.
        code = "HTTP 413"
    for codes, state, what_to_do in _STATES:
        if code in codes:
            return ServerRefusedError(f"{address} {state} ({code}: {text}); {what_to_do()}")
    return ServerRefusedError(f"{address} refuses the request ({code}: {text})")


_UNKNOWN_LABEL = "Unrecognized servable version label"
"""The server's message for a label that it does not have; its status is INVALID_ARGUMENT."""


def _missing(server: Server, text: str) -> str:
    model = f"model {server.model!r}"
    if server.version is not None:
        choice = wording("version", "--server_version")
        return (
            f"has not loaded version {server.version} of the {model} ({text}); leave out {choice} "
            "for the newest"
        )
    if server.label is not None:
        choice = wording("label=LABEL", "--server_label")
        return (
            f"has no loaded version with the label {server.label!r} of the {model} ({text}); give "
            f"another {choice}"
        )
    return f"has no {model} ({text}); give {wording('model=NAME', '--server_model')}"


def _give_a_token() -> str:
    flag = wording("token_file", "--server_token_file")
    return f"give a valid token by {flag} or in {TOKEN}"


def _smaller() -> str:
    return f"give a smaller {wording('batch_size', '--server_batch_size')}"


def _fewer() -> str:
    fewer = wording("concurrency", "--server_concurrency")
    more = wording("retries", "--server_retries")
    return f"try again later, or give a lower {fewer} or more {more}"


def _ask_for_access() -> str:
    return "whoever runs it can allow this; another token may have the right"


_STATES: tuple[tuple[tuple[str, ...], str, Callable[[], str]], ...] = (
    (("HTTP 401", "UNAUTHENTICATED"), "does not know who asks", _give_a_token),
    (("HTTP 403", "PERMISSION_DENIED"), "does not allow this request", _ask_for_access),
    (("HTTP 413",), "takes no request of this size", _smaller),
    (("HTTP 429", "RESOURCE_EXHAUSTED"), "has too much to do", _fewer),
    (("HTTP 502", "HTTP 503", "HTTP 504"), "is not ready or has too much to do", _fewer),
)
"""What a status code says of the server, and what to do then."""


def _advice_on_tls(text: str) -> str:
    """Returns what to do about a failed TLS handshake, or nothing for another failure."""
    plain = text.upper().replace("_", " ").replace("-", " ")
    if "CERTIFICATE REQUIRED" in plain or ("ALERT" in plain and "CERTIFICATE" in plain):
        return f"it wants {wording('client_certificate', '--server_client_certificate')}"
    if "HOSTNAME" in plain or "IP ADDRESS MISMATCH" in plain or "PEER NAME" in plain:
        return "its certificate is for another name; give the name that it is for"
    if "EXPIRED" in plain:
        return "its certificate has expired"
    if "CERTIFICATE VERIFY FAILED" in plain:
        ca = wording("ca_file", "--server_ca_file")
        return f"if you trust it, give the certificate of its authority as {ca}"
    if "WRONG VERSION NUMBER" in plain or "RECORD LAYER" in plain:
        return "it does not speak TLS there; give the address without the s of https or grpcs"
    return "its TLS does not fit" if "SSL" in plain or "TLS" in plain else ""
