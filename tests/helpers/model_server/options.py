"""Parses the flags, `--name=value`; `--name` alone sets a boolean flag to true."""

from __future__ import annotations

import dataclasses
import os
from typing import Any


class FlagError(Exception):
    """A flag that is unknown, not imitated or has a value of the wrong kind."""


@dataclasses.dataclass
class Options:
    """The flags that have an effect, with the real server's defaults."""

    port: int = 8500
    rest_api_port: int = 0
    model_name: str = "default"
    model_base_path: str = ""
    model_config_file: str = ""
    model_config_file_poll_wait_seconds: int = 0
    allow_version_labels_for_unavailable_models: bool = False
    ssl_config_file: str = ""
    enable_signature_method_name_check: bool = False
    saved_model_tags: str = ""
    enable_batching: bool = False
    batching_parameters_file: str = ""
    monitoring_config_file: str = ""
    file_system_poll_wait_seconds: int = 1
    max_num_load_retries: int = 5
    load_retry_interval_micros: int = 60_000_000
    enable_model_warmup: bool = True
    num_request_iterations_for_warmup: int = 0
    grpc_max_threads: int = 4 * (os.cpu_count() or 1)
    tensorflow_session_parallelism: int = 0
    tensorflow_intra_op_parallelism: int = 0
    tensorflow_inter_op_parallelism: int = 0


_WITHOUT_EFFECT = {
    "rest_api_num_threads": int,
    "rest_api_timeout_in_ms": int,
    "num_load_threads": int,
    "num_unload_threads": int,
    "flush_filesystem_caches": bool,
    "per_process_gpu_memory_fraction": float,
    "enable_profiler": bool,
    "remove_unused_fields_from_bundle_metagraph": bool,
    "xla_cpu_compilation_enabled": bool,
    "xla_gpu_compilation_enabled": bool,
    "grpc_channel_arguments": str,
}
"""Flags that change the real server's speed, or behavior that the double does not imitate."""

_NOT_IMITATED = {
    "grpc_socket_path",
    "rest_api_enable_cors_support",
    "enable_per_model_batching_parameters",
    "tensorflow_session_config_file",
    "platform_config_file",
    "prefer_tflite_model",
    "num_tflite_pools",
    "num_tflite_interpreters_per_pool",
    "thread_pool_factory_config_file",
    "mixed_precision",
    "skip_initialize_tpu",
    "enable_grpc_healthcheck_service",
    "enable_serialization_as_tensor_content",
    "version",
}


def parse(arguments: list[str]) -> Options:
    """Returns the flags' values; raises FlagError."""
    kinds = {**_kinds(), **_WITHOUT_EFFECT}
    found = {}
    for argument in arguments:
        name, equals, text = argument.removeprefix("--").partition("=")
        if argument.startswith("--") and name in _NOT_IMITATED:
            raise FlagError(f"not imitated by the double: --{name}")
        if not argument.startswith("--") or name not in kinds:
            raise FlagError(f"unknown argument: {argument}")
        found[name] = _value(name, kinds[name], text if equals else None)
    return Options(**{name: found[name] for name in _kinds() if name in found})


def usage() -> str:
    lines = [f"\t--{name}={default!r}" for name, default in dataclasses.asdict(Options()).items()]
    return "\n".join(["usage: python tests/helpers/model_server", "Flags:", *lines])


def _kinds() -> dict[str, type]:
    return {name: type(default) for name, default in dataclasses.asdict(Options()).items()}


def _value(name: str, kind: type, text: str | None) -> Any:
    try:
        if kind is bool:
            return {None: True, "true": True, "1": True, "false": False, "0": False}[text]
        if text is None:
            raise ValueError
        return kind(text)
    except (KeyError, ValueError):
        raise FlagError(f"Couldn't interpret value {text} for flag {name}.") from None
