"""A client of `tensorflow_model_server` over gRPC."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from cnn_mnist.errors import InstallationError, ServerError
from cnn_mnist.serving import credentials
from cnn_mnist.serving import server as server_lib
from cnn_mnist.serving.answers import PAUSE, Answer, checked_answer, newest_version, refusal
from cnn_mnist.serving.credentials import Credentials
from cnn_mnist.serving.metadata import Metadata, Signature, Tensor
from cnn_mnist.serving.server import Server, given_address
from cnn_mnist.tf_compat import tf


class GrpcClient:
    """A `Client` that uses gRPC."""

    def __init__(self, server: Server) -> None:
        # gRPC would write a failed handshake to standard error, beside the error that is raised.
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        try:
            import grpc
            from tensorflow_serving.apis import (
                get_model_metadata_pb2,
                get_model_status_pb2,
                model_service_pb2_grpc,
                predict_pb2,
                prediction_service_pb2_grpc,
            )
        except ImportError as error:
            raise InstallationError(
                f"{given_address(server.address)} needs gRPC, and {error.name} is not installed; "
                "pip install 'cnn-mnist[serving]', or give "
                f"{given_address('http://host:port')} for REST"
            ) from error
        address = server_lib.check(server)
        found = credentials.read(server, address)
        self._server = server
        # Over TLS the token is a part of the channel's credentials.
        self._call_metadata = () if address.is_encrypted else _token_metadata(found)
        self._error = grpc.RpcError
        self._request = predict_pb2.PredictRequest
        self._status_request = get_model_status_pb2.GetModelStatusRequest
        self._metadata_request = get_model_metadata_pb2.GetModelMetadataRequest
        self._signatures = get_model_metadata_pb2.SignatureDefMap
        self._available = get_model_status_pb2.ModelVersionStatus.AVAILABLE
        options = _channel_options(server)
        if address.is_encrypted:
            self._channel = grpc.secure_channel(address.target, _secured(grpc, found), options)
        else:
            self._channel = grpc.insecure_channel(address.target, options)
        self._predictions = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channel)

    def predict(self, signature: str, name: str, values: np.ndarray) -> Answer:
        request = self._with_spec(self._request())
        request.model_spec.signature_name = signature
        request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
        answer = self._call(self._predictions.Predict, request)
        outputs = {key: tf.make_ndarray(tensor) for key, tensor in answer.outputs.items()}
        return checked_answer(self._server, outputs, len(values), answer.model_spec.version.value)

    def metadata(self) -> Metadata:
        request = self._with_spec(self._metadata_request(metadata_field=["signature_def"]))
        answer = self._call(self._predictions.GetModelMetadata, request)
        signatures = self._signatures()
        try:
            answer.metadata["signature_def"].Unpack(signatures)
        except DecodeError as error:
            raise ServerError(
                f"{given_address(self._server.address)} does not answer as "
                "tensorflow_model_server does"
            ) from error
        found = {name: _signature(proto) for name, proto in signatures.signature_def.items()}
        return Metadata(answer.model_spec.version.value, found)

    def version(self) -> int:
        if self._server.label is not None:
            # The server gives the status of every version, whatever the label.
            return self.metadata().version
        request = self._with_spec(self._status_request())
        statuses = self._call(self._models.GetModelStatus, request).model_version_status
        return newest_version(
            self._server, [s.version for s in statuses if s.state == self._available]
        )

    def close(self) -> None:
        self._channel.close()

    def _with_spec(self, request: Any) -> Any:
        request.model_spec.name = self._server.model
        if self._server.label is not None:
            request.model_spec.version_label = self._server.label
        elif self._server.version is not None:
            request.model_spec.version.value = self._server.version
        return request

    def _call(self, method: Any, request: Any) -> Any:
        try:
            return method(request, timeout=self._server.timeout, metadata=self._call_metadata)
        except self._error as error:
            raise refusal(self._server, error.code().name, error.details()) from error


def _secured(grpc: Any, found: Credentials) -> Any:
    """Returns the credentials of a channel over TLS."""
    key = certificate = None
    if found.certificate is not None:
        certificate, key = (pathlib.Path(path).read_bytes() for path in found.certificate)
    channel = grpc.ssl_channel_credentials(found.trusted_certificates(), key, certificate)
    if found.token is None:
        return channel
    call = grpc.access_token_call_credentials(found.token)
    return grpc.composite_channel_credentials(channel, call)


def _token_metadata(found: Credentials) -> tuple[tuple[str, str], ...]:
    return () if found.token is None else (("authorization", f"Bearer {found.token}"),)


def _signature(proto: Any) -> Signature:
    return Signature(
        {name: _tensor(info) for name, info in proto.inputs.items()}, frozenset(proto.outputs)
    )


def _tensor(info: Any) -> Tensor:
    shape = info.tensor_shape
    sizes = None if shape.unknown_rank else tuple(dimension.size for dimension in shape.dim)
    types = info.DESCRIPTOR.fields_by_name["dtype"].enum_type.values_by_number
    return Tensor(types[info.dtype].name if info.dtype in types else str(info.dtype), sizes)


def _channel_options(server: Server) -> list[tuple[str, Any]]:
    """Returns the channel's options: retries, no proxy, and messages of any length.

    The retries are gRPC's own (https://github.com/grpc/proposal/blob/master/A6-client-retries.md).
    """
    policy = {
        "maxAttempts": server.retries + 1,
        "initialBackoff": f"{PAUSE}s",
        "maxBackoff": "5s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    config = {"methodConfig": [{"name": [{}], "retryPolicy": policy}]} if server.retries else {}
    return [
        ("grpc.service_config", json.dumps(config)),
        # Connect directly, whatever proxy the environment names; the REST client does the same.
        ("grpc.enable_http_proxy", 0),
        # A thousand image files can exceed gRPC's default limit of 4 MB.
        ("grpc.max_send_message_length", -1),
        ("grpc.max_receive_message_length", -1),
    ]
