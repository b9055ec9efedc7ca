"""Reads the settings files, also those for which `tensorflow-serving-api` has no messages.

The fields are those of monitoring_config.proto, ssl_config.proto, and of BatchingParameters in
session_bundle_config.proto.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    text_format,
    wrappers_pb2,
)

from model_server import batching, options, statuses

_PROMETHEUS_PATH = "/monitoring/prometheus/metrics"

_FIELDS = {
    "PrometheusConfig": [("enable", 1, "bool"), ("path", 2, "string")],
    "MonitoringConfig": [("prometheus_config", 1, ".model_server.PrometheusConfig")],
    "SSLConfig": [
        ("server_key", 1, "string"),
        ("server_cert", 2, "string"),
        ("custom_ca", 3, "string"),
        ("client_verify", 4, "bool"),
    ],
    "BatchingParameters": [
        ("max_batch_size", 1, ".google.protobuf.Int64Value"),
        ("batch_timeout_micros", 2, ".google.protobuf.Int64Value"),
        ("max_enqueued_batches", 3, ".google.protobuf.Int64Value"),
        ("num_batch_threads", 4, ".google.protobuf.Int64Value"),
        ("thread_pool_name", 5, ".google.protobuf.StringValue"),
        ("allowed_batch_sizes", 6, "repeated int64"),
        ("pad_variable_length_inputs", 7, "bool"),
        ("enable_large_batch_splitting", 8, ".google.protobuf.BoolValue"),
        ("max_execution_batch_size", 9, ".google.protobuf.Int64Value"),
    ],
}


def prometheus_path(chosen: options.Options) -> str | None:
    """Returns the path of the metrics, or None if they are off."""
    if not chosen.monitoring_config_file:
        return None
    config = _read("MonitoringConfig", chosen.monitoring_config_file).prometheus_config
    return (config.path or _PROMETHEUS_PATH) if config.enable else None


def batching_parameters(chosen: options.Options) -> batching.Parameters | None:
    """Returns how waiting requests are merged, or None if they are not."""
    if not chosen.enable_batching:
        if chosen.batching_parameters_file:
            raise statuses.invalid("batching_parameters_file is set without enable_batching")
        return None
    if not chosen.batching_parameters_file:
        return batching.Parameters()
    message = _read("BatchingParameters", chosen.batching_parameters_file)
    # The server would split a larger request; here it runs whole.
    if message.enable_large_batch_splitting.value:
        return None
    names = [field.name for field in dataclasses.fields(batching.Parameters)]
    given = {
        name: getattr(message, name).value
        for name in names
        if name != "allowed_batch_sizes" and message.HasField(name)
    }
    allowed = tuple(message.allowed_batch_sizes)
    parameters = batching.Parameters(**given, allowed_batch_sizes=allowed)
    _check_sizes(list(allowed), parameters.max_batch_size)
    return parameters


def _check_sizes(allowed: list[int], largest: int) -> None:
    if allowed != sorted(set(allowed)):
        raise statuses.invalid("allowed_batch_sizes entries must be monotonically increasing")
    if allowed and allowed[-1] != largest:
        raise statuses.invalid(
            "Last entry in allowed_batch_sizes must match max_batch_size; last entry was "
            f"{allowed[-1]}; expected {largest}"
        )


def server_credentials(chosen: options.Options) -> Any:
    """Returns gRPC's credentials of the server by `ssl_config_file`, or None without TLS."""
    if not chosen.ssl_config_file:
        return None
    import grpc

    # The file holds the keys and certificates themselves, not their paths.
    config = _read("SSLConfig", chosen.ssl_config_file)
    return grpc.ssl_server_credentials(
        [(config.server_key.encode(), config.server_cert.encode())],
        config.custom_ca.encode() or None,
        config.client_verify,
    )


def read(message: Any, path: str) -> Any:
    """Reads a message's text form from a file, and returns the message; raises StatusError."""
    try:
        with open(path, encoding="utf-8") as file:
            return text_format.Parse(file.read(), message)
    except OSError as error:
        raise statuses.not_found(f"{path}: {error.strerror}") from error
    except text_format.ParseError as error:
        raise statuses.invalid(f"Invalid protobuf file: {path}: {error}") from error


def _read(name: str, path: str) -> Any:
    return read(_messages()[name](), path)


def _messages() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="model_server/settings.proto",
        package="model_server",
        syntax="proto3",
        dependency=[wrappers_pb2.DESCRIPTOR.name],
    )
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            _add_field(message, field, number, kind)
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"model_server.{name}"))
        for name in _FIELDS
    }


def _add_field(message: Any, name: str, number: int, kind: str) -> None:
    label = "LABEL_REPEATED" if kind.startswith("repeated ") else "LABEL_OPTIONAL"
    kind = kind.removeprefix("repeated ")
    field = message.field.add(name=name, number=number)
    field.label = descriptor_pb2.FieldDescriptorProto.Label.Value(label)
    if kind.startswith("."):
        field.type = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = kind
    else:
        field.type = descriptor_pb2.FieldDescriptorProto.Type.Value(f"TYPE_{kind.upper()}")
