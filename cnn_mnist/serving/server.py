"""The address of a `tensorflow_model_server`, and the settings of requests to it."""

from __future__ import annotations

import dataclasses
import re

from cnn_mnist.errors import SettingsError, wording

RANGES: dict[str, tuple[float, float]] = {
    "server_timeout": (0.001, 3600.0),
    "server_retries": (0, 100),
    "server_concurrency": (1, 1000),
    # The most images that an export takes in one request: exporting.signatures.MOST_IMAGES.
    "server_batch_size": (1, 1000),
}
"""The smallest and the largest value of each numeric flag."""


@dataclasses.dataclass(frozen=True)
class Server:
    """A server, and the settings of requests to it.

    Attributes:
      address: `host:port` for gRPC, or `http://host:port` for REST.
      model: the model's name on the server.
      timeout: seconds to wait for an answer; over REST, for each attempt.
      retries: how often a request is sent again when the server cannot be reached or is busy.
      concurrency: how many requests are sent at the same time.
      batch_size: images in a request.
    """

    address: str
    model: str = "mnist"
    timeout: float = 10.0
    retries: int = 3
    concurrency: int = 4
    batch_size: int = 1


def given_address(address: str) -> str:
    """Returns an address for a message, which names the argument or the flag."""
    return f"{wording('address', '--server')}={address}"


def is_rest(address: str) -> bool:
    """Returns whether an address is for REST rather than gRPC.

    Raises:
      SettingsError: it is neither.
    """
    if re.fullmatch(r"https?://[^/\s]+/?", address):
        return True
    if re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^\s:/@]+):\d{1,5}", address):
        return False
    raise SettingsError(
        f"{given_address(address)} is not an address; allowed: host:port for gRPC, or "
        "http://host:port for REST"
    )
