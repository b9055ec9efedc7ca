"""Loads one version of a model, warms it up, and runs it."""

from __future__ import annotations

import functools
import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from cnn_mnist.tf_compat import tf
from model_server import batching, options, statuses

_LOG = logging.getLogger("model_server")
_WARM_UP_FILE = os.path.join("assets.extra", "tf_serving_warmup_requests")
_MOST_WARM_UP_RECORDS = 1000

VALUES = {
    tf.float32: "float_val",
    tf.float64: "double_val",
    tf.int32: "int_val",
    tf.int16: "int_val",
    tf.int8: "int_val",
    tf.uint8: "int_val",
    tf.string: "string_val",
    tf.int64: "int64_val",
    tf.bool: "bool_val",
    tf.uint32: "uint32_val",
    tf.uint64: "uint64_val",
}
"""The field of a TensorProto for each type that JSON values can be converted to."""


class Servable:
    """A SavedModel in a session."""

    def __init__(self, folder: str, chosen: options.Options, merging: batching.Parameters | None):
        self._folder = folder
        self._batcher = merging and batching.Batcher(merging, self._run)
        self._graph = tf.Graph()
        self._session = tf.Session(graph=self._graph, config=_session_config(chosen))
        tags = chosen.saved_model_tags.split(",") if chosen.saved_model_tags else ["serve"]
        try:
            with self._graph.as_default():
                meta = tf.saved_model.loader.load(self._session, tags, folder)
            self.signatures = dict(meta.signature_def)
            if chosen.enable_model_warmup:
                self._warm_up(max(chosen.num_request_iterations_for_warmup, 1))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._batcher:
            self._batcher.close()
        self._session.close()

    def predict(self, request: Any) -> predict_pb2.PredictResponse:
        """Returns the response without the model's name and version; raises StatusError."""
        name = request.model_spec.signature_name or "serving_default"
        if name not in self.signatures:
            raise statuses.StatusError(
                statuses.Code.FAILED_PRECONDITION, f'Serving signature key "{name}" not found.'
            )
        signature = self.signatures[name]
        inputs = _inputs(signature, request.inputs)
        fetched = _fetched(signature, list(request.output_filter))
        # The real server merges only requests that have every output of the signature.
        run = self.run if len(fetched) == len(signature.outputs) else self._run
        outputs = run(inputs, [signature.outputs[alias].name for alias in fetched])
        response = predict_pb2.PredictResponse()
        response.model_spec.signature_name = name
        for alias, value in zip(fetched, outputs, strict=True):
            response.outputs[alias].CopyFrom(_encoded(value))
        return response

    def run(self, inputs: Mapping[str, np.ndarray], fetches: list[str]) -> list[Any]:
        """Returns the outputs, computed with those of other requests if they are merged."""
        return (self._batcher.run if self._batcher else self._run)(inputs, fetches)

    def _run(self, inputs: Mapping[str, np.ndarray], fetches: list[str]) -> list[Any]:
        feeds = {self._output(name): value for name, value in inputs.items()}
        try:
            # Python's Session.run would check shapes and convert types first; the real server
            # calls the runtime directly and does neither.
            return self._session._call_tf_sessionrun(
                None, feeds, [self._output(name) for name in fetches], [], None
            )
        except tf.errors.OpError as error:
            raise statuses.of_tensorflow(error) from error

    def _output(self, name: str) -> Any:
        return self._graph.get_tensor_by_name(name)._as_tf_output()

    def _warm_up(self, times: int) -> None:
        path = os.path.join(self._folder, _WARM_UP_FILE)
        if not os.path.exists(path):
            _LOG.info("No warmup data file found at %s", path)
            return
        _LOG.info("Starting to read warmup data for model at %s", path)
        started, count = time.monotonic(), 0
        try:
            for count, record in enumerate(tf.io.tf_record_iterator(path), start=1):
                self._replay(record, path, times)
                if count > _MOST_WARM_UP_RECORDS:
                    raise statuses.invalid(
                        "Number of warmup records exceeds the maximum "
                        f"({_MOST_WARM_UP_RECORDS}) at {path}"
                    )
        except tf.errors.DataLossError as error:
            raise statuses.StatusError(
                statuses.Code.DATA_LOSS,
                f"{error.message}. Please verify your warmup data is in TFRecord format.",
            ) from error
        _LOG.info(
            "Finished reading warmup data for model at %s. Number of warmup records read: %d. "
            "Elapsed time (microseconds): %d.",
            path,
            count,
            (time.monotonic() - started) * 1e6,
        )

    def _replay(self, record: bytes, path: str, times: int) -> None:
        log = prediction_log_pb2.PredictionLog()
        try:
            log.ParseFromString(record)
        except DecodeError as error:
            raise statuses.invalid(
                f"Failed to parse warmup record: {record!r} from {path}"
            ) from error
        kind = log.WhichOneof("log_type")
        if kind not in (None, "predict_log"):
            raise statuses.StatusError(
                statuses.Code.UNIMPLEMENTED, f"Unsupported log_type for warmup: {kind}"
            )
        for _ in range(times if kind else 0):
            self.predict(log.predict_log.request)


def _session_config(chosen: options.Options) -> Any:
    both = chosen.tensorflow_session_parallelism
    return tf.ConfigProto(
        intra_op_parallelism_threads=chosen.tensorflow_intra_op_parallelism or both,
        inter_op_parallelism_threads=chosen.tensorflow_inter_op_parallelism or both,
    )


def _inputs(signature: Any, given: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Returns the input arrays by the names of the graph's tensors."""
    expected = set(signature.inputs)
    extra, missing = sorted(set(given) - expected), sorted(expected - set(given))
    if extra or missing:
        raise statuses.invalid(
            f"input size does not match signature: {len(given)}!={len(expected)}. "
            f"Sent extra: {{{','.join(extra)}}}. "
            f"Missing but required: {{{','.join(missing)}}}."
        )
    return {
        signature.inputs[alias].name: _decoded(alias, tensor) for alias, tensor in given.items()
    }


def _fetched(signature: Any, output_filter: list[str]) -> list[str]:
    for index, alias in enumerate(output_filter):
        if alias not in signature.outputs:
            raise statuses.invalid(
                f"output tensor alias not found in signature: {alias} Outputs expected to be in "
                f"the set {{{','.join(sorted(signature.outputs))}}}."
            )
        if alias in output_filter[:index]:
            raise statuses.invalid(f"duplicate output tensor alias: {alias}")
    return output_filter or sorted(signature.outputs)


def _decoded(alias: str, tensor: Any) -> np.ndarray:
    """Decodes a TensorProto with TensorFlow's runtime, whose checks differ from Python's."""
    try:
        return np.asarray(_decoder(tensor.dtype)(tensor.SerializeToString()))
    except (TypeError, ValueError, tf.errors.OpError) as error:
        raise statuses.invalid(f"tensor parsing error: {alias}") from error


@functools.cache
def _decoder(dtype: int) -> Callable[[bytes], Any]:
    with tf.Graph().as_default():
        serialized = tf.placeholder(tf.string, [])
        tensor = tf.io.parse_tensor(serialized, tf.as_dtype(dtype))
        return tf.Session().make_callable(tensor, [serialized])


def _encoded(value: Any) -> Any:
    """Returns a TensorProto with the values in the typed field, as the real server sends them."""
    value = np.asarray(value)
    tensor = tf.make_tensor_proto(value)
    field = VALUES.get(tf.as_dtype(tensor.dtype))
    if field and tensor.tensor_content:
        tensor.ClearField("tensor_content")
        getattr(tensor, field).extend(value.ravel().tolist())
    return tensor
