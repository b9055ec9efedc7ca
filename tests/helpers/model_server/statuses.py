"""Errors with a status code, for both protocols."""

from __future__ import annotations

from typing import Any

import grpc

Code = grpc.StatusCode

_HTTP = {
    Code.OK: 200,
    Code.CANCELLED: 499,
    Code.INVALID_ARGUMENT: 400,
    Code.DEADLINE_EXCEEDED: 504,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.PERMISSION_DENIED: 403,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.FAILED_PRECONDITION: 400,
    Code.ABORTED: 409,
    Code.OUT_OF_RANGE: 400,
    Code.UNIMPLEMENTED: 501,
    Code.UNAVAILABLE: 503,
    Code.UNAUTHENTICATED: 401,
}
_CODES = {code.value[0]: code for code in Code}


class StatusError(Exception):
    """A status other than OK; TensorFlow's codes are gRPC's."""

    def __init__(self, code: grpc.StatusCode, message: str):
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message


def invalid(message: str) -> StatusError:
    return StatusError(Code.INVALID_ARGUMENT, message)


def not_found(message: str) -> StatusError:
    return StatusError(Code.NOT_FOUND, message)


def of_tensorflow(error: Any) -> StatusError:
    """Returns a tf.errors.OpError as a StatusError with the same code and message."""
    return StatusError(_CODES.get(error.error_code, Code.UNKNOWN), error.message)


def http(code: grpc.StatusCode) -> int:
    return _HTTP.get(code, 500)
