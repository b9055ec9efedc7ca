"""gRPC: PredictionService and ModelService."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent import futures
from typing import Any

import grpc
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from model_server import examples, metrics, models, options, statuses, text_protos


def start(
    chosen: options.Options, served: models.Models, counted: metrics.Metrics
) -> threading.Thread:
    """Opens the port, and returns the server's thread."""
    server = grpc.server(
        futures.ThreadPoolExecutor(chosen.grpc_max_threads),
        # With port reuse, two servers on one port would answer in turns.
        options=[("grpc.max_receive_message_length", -1), ("grpc.so_reuseport", 0)],
    )
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        _PredictionService(served, counted), server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(_ModelService(served), server)
    secured = text_protos.server_credentials(chosen)
    try:
        if secured:
            server.add_secure_port(f"127.0.0.1:{chosen.port}", secured)
        else:
            server.add_insecure_port(f"127.0.0.1:{chosen.port}")
    except RuntimeError as error:
        raise statuses.invalid("Failed to BuildAndStart gRPC server") from error
    server.start()
    thread = threading.Thread(target=server.wait_for_termination)
    thread.start()
    return thread


def predict(served: models.Models, request: Any) -> predict_pb2.PredictResponse:
    """Answers a PredictRequest; raises StatusError."""
    with served.use(request.model_spec) as version:
        assert version.loaded
        response = version.loaded.predict(request)
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = version.number
        return response


def metadata(
    served: models.Models, request: Any
) -> get_model_metadata_pb2.GetModelMetadataResponse:
    """Answers a GetModelMetadataRequest; raises StatusError."""
    if not request.metadata_field:
        raise statuses.invalid("GetModelMetadataRequest must specify at least one metadata_field")
    for field in request.metadata_field:
        if field != "signature_def":
            raise statuses.invalid(f"Metadata field {field} is not supported")
    response = get_model_metadata_pb2.GetModelMetadataResponse()
    with served.use(request.model_spec) as version:
        assert version.loaded
        signatures = get_model_metadata_pb2.SignatureDefMap()
        for name, signature in version.loaded.signatures.items():
            signatures.signature_def[name].CopyFrom(signature)
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = version.number
    response.metadata["signature_def"].Pack(signatures)
    return response


def status(served: models.Models, request: Any) -> get_model_status_pb2.GetModelStatusResponse:
    """Answers a GetModelStatusRequest; raises StatusError."""
    response = get_model_status_pb2.GetModelStatusResponse()
    for version in served.states(request.model_spec):
        added = response.model_version_status.add(version=version.number)
        added.state = get_model_status_pb2.ModelVersionStatus.State.Value(version.state)
        # Set the status even if it is OK, which is an empty message.
        added.status.SetInParent()
        if version.error:
            added.status.error_code = version.error.code.value[0]
            added.status.error_message = version.error.message
    return response


class _PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, served: models.Models, counted: metrics.Metrics):
        self._served = served
        self._counted = counted

    def Predict(self, request: Any, context: Any) -> Any:  # noqa: N802
        model, started = request.model_spec.name, time.monotonic()
        try:
            answer = _checked(predict, self._served, request)
        except statuses.StatusError as error:
            self._counted.count(model, error.code.name)
            context.abort(error.code, error.message)
        self._counted.count(model, "OK")
        self._counted.took(model, "Predict", "GRPC", time.monotonic() - started)
        return answer

    def GetModelMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802
        return _answer(metadata, self._served, request, context)

    def Classify(self, request: Any, context: Any) -> Any:  # noqa: N802
        return _answer(_refused("classify"), self._served, request, context)

    def Regress(self, request: Any, context: Any) -> Any:  # noqa: N802
        return _answer(_refused("regress"), self._served, request, context)


def _refused(verb: str) -> Callable[..., Any]:
    return lambda served, request: examples.refuse(served, request, verb)


class _ModelService(model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, served: models.Models):
        self._served = served

    def GetModelStatus(self, request: Any, context: Any) -> Any:  # noqa: N802
        return _answer(status, self._served, request, context)


def _answer(verb: Callable[..., Any], served: models.Models, request: Any, context: Any) -> Any:
    try:
        return _checked(verb, served, request)
    except statuses.StatusError as error:
        context.abort(error.code, error.message)


def _checked(verb: Callable[..., Any], served: models.Models, request: Any) -> Any:
    if not request.HasField("model_spec"):
        raise statuses.invalid("Missing ModelSpec")
    return verb(served, request)
