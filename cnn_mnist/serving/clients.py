"""Clients of `tensorflow_model_server`: gRPC and REST, with deadlines and retries."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from cnn_mnist.serving import server as server_lib
from cnn_mnist.serving.answers import Answer
from cnn_mnist.serving.grpc import GrpcClient
from cnn_mnist.serving.metadata import Metadata
from cnn_mnist.serving.rest import RestClient
from cnn_mnist.serving.server import Server


class Client(Protocol):
    """A connection to a server; may be used from several threads."""

    def predict(self, signature: str, name: str, values: np.ndarray) -> Answer:
        """Returns the classes and probabilities of one batch.

        Args:
          signature: the name of a signature of the export; see `exporting.signatures.INPUTS`.
          name: the name of the signature's input.
          values: uint8 or float32 pixels, or an object array of bytes, `[batch, ...]`.

        Raises:
          ServerUnreachableError: no server answers at the address.
          ServerTimeoutError: the server does not answer in time.
          ServerRefusedError: the server refuses the request, or does not have the model.
          ServerError: the answer does not come from an export of this program.
        """

    def metadata(self) -> Metadata:
        """Returns the signatures of the model, and the version that answers.

        Raises:
          ServerError: the server cannot be reached, or does not have the model.
        """

    def version(self) -> int:
        """Returns the version that answers: the one chosen, else the newest that is loaded.

        Raises:
          ServerError: the server cannot be reached, or does not have the model.
        """

    def close(self) -> None:
        """Closes the connection."""


def connect(server: Server) -> Client:
    """Returns a client; nothing is sent yet.

    Raises:
      SettingsError: a setting is not allowed, a file of certificates or of a token cannot be
        used, or the token would be sent unencrypted.
      InstallationError: the package for gRPC is not installed.
    """
    return RestClient(server) if server_lib.parsed(server.address).is_rest else GrpcClient(server)
