"""Where a `tensorflow_model_server` is, and how it is asked."""

from __future__ import annotations

import dataclasses
import re

from cnn_mnist.errors import SettingsError

RANGES: dict[str, tuple[float, float]] = {
    "server_timeout": (0.001, 3600.0),
    "server_retries": (0, 100),
    "server_concurrency": (1, 1000),
    # As many images as an export takes in one request, see exporting.signatures.MOST_IMAGES.
    "server_batch_size": (1, 1000),
}
"""The smallest and the largest value of each flag that is a number."""


@dataclasses.dataclass(frozen=True)
class Server:
    """A server, and how it is asked.

    Attributes:
      address: `host:port` for gRPC, or `http://host:port` for REST.
      model: the name that the server knows the model by.
      timeout: seconds until an answer must be there; over REST, each time it is asked for.
      retries: how often a request is sent again that the server could not take.
      concurrency: requests that are under way at a time.
      batch_size: images in a request.
    """

    address: str
    model: str = "mnist"
    timeout: float = 10.0
    retries: int = 3
    concurrency: int = 4
    batch_size: int = 1


def is_rest(address: str) -> bool:
    """Whether an address is one for REST, and not for gRPC.

    Raises:
      SettingsError: it is neither.
    """
    if re.fullmatch(r"https?://[^/\s]+/?", address):
        return True
    if re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^\s:/@]+):\d{1,5}", address):
        return False
    raise SettingsError(
        f"--server={address} is no address; allowed: host:port for gRPC, or http://host:port for "
        "REST"
    )
