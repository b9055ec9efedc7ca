"""Checks a server's answers, and turns failed requests into errors."""

from __future__ import annotations

import dataclasses
import re
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
    if code == "UNAVAILABLE":
        return ServerUnreachableError(
            f"{given_address(server.address)} cannot be reached ({text}); {_LAUNCHER} starts one"
        )
    if code == "DEADLINE_EXCEEDED":
        return ServerTimeoutError(
            f"{given_address(server.address)} gave no answer within "
            f"{wording('timeout', '--server_timeout')}={server.timeout:g} s"
        )
    if code == "NOT_FOUND":
        return ServerRefusedError(
            f"{given_address(server.address)} has no model {server.model!r} ({text}); give "
            f"{wording('model=NAME', '--server_model')}"
        )
    return ServerRefusedError(
        f"{given_address(server.address)} refuses the request ({code}: {text})"
    )
