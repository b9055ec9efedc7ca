"""A client of `tensorflow_model_server` over gRPC."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from cnn_mnist.errors import InstallationError
from cnn_mnist.serving.answers import PAUSE, Answer, checked_answer, newest_version, refusal
from cnn_mnist.serving.server import Server, given_address
from cnn_mnist.tf_compat import tf


class GrpcClient:
    """A `Client` that uses gRPC."""

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
            raise InstallationError(
                f"{given_address(server.address)} needs gRPC, and {error.name} is not installed; "
                "pip install 'cnn-mnist[serving]', or give "
                f"{given_address('http://host:port')} for REST"
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
        return checked_answer(self._server, outputs, len(values), answer.model_spec.version.value)

    def version(self) -> int:
        request = self._status_request()
        request.model_spec.name = self._server.model
        statuses = self._call(self._models.GetModelStatus, request).model_version_status
        return newest_version(
            self._server, [s.version for s in statuses if s.state == self._available]
        )

    def close(self) -> None:
        self._channel.close()

    def _call(self, method: Any, request: Any) -> Any:
        try:
            return method(request, timeout=self._server.timeout)
        except self._error as error:
            raise refusal(self._server, error.code().name, error.details()) from error


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
