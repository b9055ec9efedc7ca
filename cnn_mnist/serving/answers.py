"""What a server answers, checked; and what becomes of a request that it refuses."""

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
)
from cnn_mnist.serving.server import Server

PAUSE = 0.1
"""Seconds before the first request is sent again; each further pause is twice as long."""


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


def checked_answer(server: Server, outputs: Any, count: int, version: int | None) -> Answer:
    """Takes the outputs of an export of ours, and no others."""
    try:
        classes = np.asarray(outputs["classes"], np.int64)
        probabilities = np.asarray(outputs["probabilities"], np.float32)
    except (KeyError, TypeError, ValueError) as error:
        raise _foreign(server) from error
    if classes.shape != (count,) or probabilities.ndim != 2 or len(probabilities) != count:
        raise _foreign(server)
    return Answer(classes, probabilities, version)


def _foreign(server: Server) -> ServerError:
    return ServerError(
        f"--server={server.address}: the model {server.model!r} does not give classes and "
        "probabilities of each image; expected an export of this program"
    )


def newest_version(server: Server, versions: list[int]) -> int:
    """Returns the newest of the versions that a server answers with."""
    if not versions:
        raise ServerRefusedError(
            f"--server={server.address} has no version of {server.model!r} that can be asked yet"
        )
    return max(versions)


def refusal(server: Server, code: str, said: str | None) -> ServerError:
    """Returns what the user can do about a request that was not answered."""
    text = one_line(said or "no reason given")
    # Without the place in the graph, which does not help the reader.
    text = re.sub(r"\s*\[\[\{\{.*", "", text)[:300]
    if code == "UNAVAILABLE":
        return ServerUnreachableError(
            f"--server={server.address} cannot be reached ({text}); scripts/serve starts one"
        )
    if code == "DEADLINE_EXCEEDED":
        return ServerTimeoutError(
            f"--server={server.address} gave no answer within --server_timeout={server.timeout:g} s"
        )
    if code == "NOT_FOUND":
        return ServerRefusedError(
            f"--server={server.address} has no model {server.model!r} ({text}); give --server_model"
        )
    return ServerRefusedError(f"--server={server.address} refuses the request ({code}: {text})")
