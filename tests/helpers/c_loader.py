"""Loads and runs a SavedModel through TensorFlow's C API, without TensorFlow's Python.

The C API calls the same C++ loader and session that tensorflow_model_server is built on. Run as a
program, this module reads requests from stdin and answers on stdout, one line of JSON each, until
stdin ends; see `Client`.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import enum
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

import numpy as np

LIBRARIES = ("libtensorflow_cc.so.2", "libtensorflow_cc.2.dylib")
"""In the folder of TensorFlow's package; they find `libtensorflow_framework` there."""

_STRING = 7
_DTYPES = {1: np.float32, 2: np.float64, 3: np.int32, 4: np.uint8, 9: np.int64}
"""NumPy's type by the number of `TF_DataType`."""
_STRING_SIZE = 24
"""Bytes of a `TF_TString`."""
_PATIENCE = 120
"""Seconds to wait for the answer to one request."""


class Code(enum.IntEnum):
    """`TF_Code`."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class RefusedError(Exception):
    """A TensorFlow status other than OK."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = Code(code)
        self.message = message


def library_path() -> str | None:
    """Returns the path of the installed TensorFlow's C API, or None if it has no such file."""
    spec = importlib.util.find_spec("tensorflow")
    for folder in (spec and spec.submodule_search_locations) or ():
        for name in LIBRARIES:
            if os.path.isfile(path := os.path.join(folder, name)):
                return path
    return None


class _Output(ctypes.Structure):
    _fields_ = (("operation", ctypes.c_void_p), ("index", ctypes.c_int))


class _Buffer(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("length", ctypes.c_size_t),
        ("deallocator", ctypes.c_void_p),
    )


_POINTER, _INT, _SIZE, _TEXT = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t, ctypes.c_char_p
_POINTERS, _OUTPUTS = ctypes.POINTER(_POINTER), ctypes.POINTER(_Output)
_SIZES = ctypes.POINTER(ctypes.c_int64)
_FUNCTIONS: Mapping[str, tuple[Any, Sequence[Any]]] = {
    "TF_Version": (_TEXT, []),
    "TF_NewStatus": (_POINTER, []),
    "TF_DeleteStatus": (None, [_POINTER]),
    "TF_GetCode": (_INT, [_POINTER]),
    "TF_Message": (_TEXT, [_POINTER]),
    "TF_NewGraph": (_POINTER, []),
    "TF_DeleteGraph": (None, [_POINTER]),
    "TF_GraphOperationByName": (_POINTER, [_POINTER, _TEXT]),
    "TF_NewBuffer": (ctypes.POINTER(_Buffer), []),
    "TF_DeleteBuffer": (None, [ctypes.POINTER(_Buffer)]),
    "TF_NewSessionOptions": (_POINTER, []),
    "TF_DeleteSessionOptions": (None, [_POINTER]),
    "TF_LoadSessionFromSavedModel": (
        _POINTER,
        [
            *(_POINTER, _POINTER),
            *(_TEXT, ctypes.POINTER(_TEXT), _INT),
            *(_POINTER, ctypes.POINTER(_Buffer), _POINTER),
        ],
    ),
    "TF_SessionRun": (
        None,
        [
            *(_POINTER, _POINTER),
            *(_OUTPUTS, _POINTERS, _INT),
            *(_OUTPUTS, _POINTERS, _INT),
            *(_POINTERS, _INT),
            *(_POINTER, _POINTER),
        ],
    ),
    "TF_CloseSession": (None, [_POINTER, _POINTER]),
    "TF_DeleteSession": (None, [_POINTER, _POINTER]),
    "TF_AllocateTensor": (_POINTER, [_INT, _SIZES, _INT, _SIZE]),
    "TF_DeleteTensor": (None, [_POINTER]),
    "TF_TensorType": (_INT, [_POINTER]),
    "TF_NumDims": (_INT, [_POINTER]),
    "TF_Dim": (ctypes.c_int64, [_POINTER, _INT]),
    "TF_TensorByteSize": (_SIZE, [_POINTER]),
    "TF_TensorData": (_POINTER, [_POINTER]),
    "TF_StringInit": (None, [_POINTER]),
    "TF_StringCopy": (None, [_POINTER, _TEXT, _SIZE]),
    "TF_StringDealloc": (None, [_POINTER]),
}


def open_library(path: str) -> Any:
    """Returns the C API with its functions declared."""
    api = ctypes.CDLL(path)
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(api, name)
        function.restype, function.argtypes = result, arguments
    return api


class Model:
    """A SavedModel loaded into a session.

    Raises:
      RefusedError: it cannot be loaded.
    """

    def __init__(self, api: Any, folder: str, tags: Sequence[str]) -> None:
        self._api = api
        with contextlib.ExitStack() as made:
            self._graph = api.TF_NewGraph()
            made.callback(api.TF_DeleteGraph, self._graph)
            self._session, description = self._load(folder, tags)
            made.callback(self._close_session)
            self.signatures = signatures_in(description)
            self._made = made.pop_all()

    def close(self) -> None:
        """Frees the session and the graph."""
        self._made.close()

    def ask(self, signature: str, values: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """Runs a signature.

        Args:
          signature: its name.
          values: an array, or a list of bytes, by the name of the input.

        Raises:
          RefusedError: TensorFlow refuses the values.
        """
        inputs, outputs = self.signatures[signature]
        with contextlib.ExitStack() as made:
            tensors = [made.enter_context(_tensor(self._api, v)) for v in values.values()]
            fed = (_POINTER * len(tensors))(*tensors)
            fetched = (_POINTER * len(outputs))()
            made.callback(self._delete, fetched)
            self._run([inputs[name] for name in values], fed, [*outputs.values()], fetched)
            arrays = [_array(self._api, tensor) for tensor in fetched]
        return dict(zip(outputs, arrays, strict=True))

    def _load(self, folder: str, tags: Sequence[str]) -> tuple[Any, bytes]:
        """Returns the session and the serialized MetaGraphDef."""
        api = self._api
        encoded = (_TEXT * len(tags))(*(tag.encode() for tag in tags))
        with contextlib.ExitStack() as made:
            options = api.TF_NewSessionOptions()
            made.callback(api.TF_DeleteSessionOptions, options)
            buffer = api.TF_NewBuffer()
            made.callback(api.TF_DeleteBuffer, buffer)
            with _checked(api) as status:
                session = api.TF_LoadSessionFromSavedModel(
                    *(options, None),
                    *(os.fsencode(folder), encoded, len(tags)),
                    *(self._graph, buffer, status),
                )
            return session, ctypes.string_at(buffer.contents.data, buffer.contents.length)

    def _run(self, inputs: list[str], fed: Any, outputs: list[str], fetched: Any) -> None:
        with _checked(self._api) as status:
            self._api.TF_SessionRun(
                *(self._session, None),
                *(self._places(inputs), fed, len(inputs)),
                *(self._places(outputs), fetched, len(outputs)),
                *(None, 0),
                *(None, status),
            )

    def _places(self, names: list[str]) -> Any:
        """Returns the `TF_Output`s of tensors with names like `image:0`."""
        places = (_Output * len(names))()
        for place, name in zip(places, names, strict=True):
            operation, index = name.rsplit(":", 1)
            found = self._api.TF_GraphOperationByName(self._graph, operation.encode())
            place.operation, place.index = found, int(index)
        return places

    def _delete(self, tensors: Any) -> None:
        for tensor in filter(None, tensors):
            self._api.TF_DeleteTensor(tensor)

    def _close_session(self) -> None:
        for free in (self._api.TF_CloseSession, self._api.TF_DeleteSession):
            with _checked(self._api) as status:
                free(self._session, status)


@contextlib.contextmanager
def _checked(api: Any) -> Iterator[Any]:
    """Yields a status for one call, and raises an error if the call sets it."""
    status = api.TF_NewStatus()
    try:
        yield status
        if code := api.TF_GetCode(status):
            raise RefusedError(code, api.TF_Message(status).decode(errors="replace"))
    finally:
        api.TF_DeleteStatus(status)


@contextlib.contextmanager
def _tensor(api: Any, value: Any) -> Iterator[Any]:
    """Yields a tensor that holds a copy of an array or of a list of bytes."""
    with contextlib.ExitStack() as made:
        if isinstance(value, list):
            tensor = _allocated(api, _STRING, (len(value),), len(value) * _STRING_SIZE)
            made.callback(api.TF_DeleteTensor, tensor)
            for index, content in enumerate(value):
                string = api.TF_TensorData(tensor) + index * _STRING_SIZE
                api.TF_StringInit(string)
                # Deleting a tensor does not free the memory of its strings.
                made.callback(api.TF_StringDealloc, string)
                api.TF_StringCopy(string, content, len(content))
        else:
            tensor = _allocated(api, _number_of(value.dtype), value.shape, value.nbytes)
            made.callback(api.TF_DeleteTensor, tensor)
            packed = np.ascontiguousarray(value)
            ctypes.memmove(api.TF_TensorData(tensor), packed.ctypes.data, value.nbytes)
        yield tensor


def _allocated(api: Any, kind: int, shape: Sequence[int], size: int) -> Any:
    return api.TF_AllocateTensor(kind, (ctypes.c_int64 * len(shape))(*shape), len(shape), size)


def _number_of(dtype: np.dtype) -> int:
    return next(number for number, known in _DTYPES.items() if dtype == known)


def _array(api: Any, tensor: Any) -> np.ndarray:
    """Returns a numeric tensor as an array; the data are copied."""
    shape = [api.TF_Dim(tensor, axis) for axis in range(api.TF_NumDims(tensor))]
    content = ctypes.string_at(api.TF_TensorData(tensor), api.TF_TensorByteSize(tensor))
    return np.frombuffer(content, _DTYPES[api.TF_TensorType(tensor)]).reshape(shape)


def signatures_in(meta_graph: bytes) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """Returns the tensors of each signature's inputs and outputs, by name.

    Args:
      meta_graph: a serialized MetaGraphDef. The field numbers are those of
        tensorflow/core/protobuf/meta_graph.proto.
    """
    found = {}
    for entry in _fields(meta_graph, 5):
        name, signature = _entry(entry)
        found[name] = (_tensor_names(signature, 1), _tensor_names(signature, 2))
    return found


def _tensor_names(signature: bytes, field: int) -> dict[str, str]:
    entries = (_entry(entry) for entry in _fields(signature, field))
    return {name: _fields(tensor, 1)[0].decode() for name, tensor in entries}


def _entry(entry: bytes) -> tuple[str, bytes]:
    """Returns the key and the value of an entry of a map from names to messages."""
    return _fields(entry, 1)[0].decode(), _fields(entry, 2)[0]


def _fields(message: bytes, wanted: int) -> list[bytes]:
    """Returns the contents of each length-delimited field with the wanted number."""
    found, position = [], 0
    while position < len(message):
        key, position = _varint(message, position)
        length = {1: 8, 5: 4}.get(key & 7, 0)
        if key & 7 in (0, 2):
            value, position = _varint(message, position)
            length = value if key & 7 == 2 else 0
        if key == wanted << 3 | 2:
            found.append(message[position : position + length])
        position += length
    return found


def _varint(message: bytes, position: int) -> tuple[int, int]:
    """Returns a varint's value and the position after it."""
    value = shift = 0
    while True:
        byte = message[position]
        value |= (byte & 127) << shift
        position, shift = position + 1, shift + 7
        if byte < 128:
            return value, position


class Client:
    """A process that loads and runs SavedModels, and never imports TensorFlow.

    Raises:
      RuntimeError: by every method, if the process died or took too long.
    """

    def __init__(self, errors: IO[str], variables: Mapping[str, str]) -> None:
        """Starts the process with these environment variables added.

        Its stderr goes to `errors`, which must be readable too.
        """
        self._errors = errors
        self._process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **variables},
        )

    def load(self, folder: str, tags: Sequence[str]) -> Any:
        """Loads a SavedModel in place of the one before.

        Returns:
          The signatures, as `signatures_in` returns them.

        Raises:
          RefusedError: it cannot be loaded; the one before stays loaded.
        """
        return self._request(load=folder, tags=list(tags))

    def ask(self, signature: str, **values: Any) -> dict[str, np.ndarray]:
        """See `Model.ask`."""
        encoded = {name: _encoded(value) for name, value in values.items()}
        answers = self._request(ask=signature, values=encoded)
        return {name: _decoded(answer) for name, answer in answers.items()}

    def about(self) -> dict[str, Any]:
        """Returns TensorFlow's `version` and the `modules` that the process has imported."""
        return self._request()

    def close(self) -> None:
        """Ends the process, which frees its model."""
        self._process.stdin.close()
        if self._process.wait(timeout=_PATIENCE):
            raise self._death()
        self._process.stdout.close()

    def _request(self, **request: Any) -> Any:
        killer = threading.Timer(_PATIENCE, self._process.kill)
        killer.start()
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            raise self._death() from None
        finally:
            killer.cancel()
        if answer["code"]:
            raise RefusedError(answer["code"], answer["message"])
        return answer["result"]

    def _death(self) -> RuntimeError:
        status = self._process.wait(timeout=_PATIENCE)
        self._errors.seek(0)
        return RuntimeError(
            f"the process ended with status {status}: {self._errors.read()[-2000:]}"
        )


def _encoded(value: Any) -> Any:
    if isinstance(value, list):
        return [base64.b64encode(content).decode() for content in value]
    data = base64.b64encode(np.ascontiguousarray(value)).decode()
    return {"dtype": value.dtype.name, "shape": value.shape, "data": data}


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [base64.b64decode(content) for content in value]
    data = base64.b64decode(value["data"])
    return np.frombuffer(data, value["dtype"]).reshape(value["shape"])


class _Server:
    """Answers the requests of a `Client`."""

    def __init__(self, api: Any) -> None:
        self._api, self._model = api, None

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return {"code": Code.OK, "result": self._result(request)}
        except RefusedError as error:
            return {"code": error.code, "message": error.message}

    def close(self) -> None:
        if self._model:
            self._model.close()

    def _result(self, request: Mapping[str, Any]) -> Any:
        if "load" in request:
            loaded = Model(self._api, request["load"], request["tags"])
            self.close()
            self._model = loaded
            return loaded.signatures
        if "ask" in request:
            values = {name: _decoded(value) for name, value in request["values"].items()}
            found = self._model.ask(request["ask"], values)
            return {name: _encoded(value) for name, value in found.items()}
        return {"version": self._api.TF_Version().decode(), "modules": sorted(sys.modules)}


def main() -> None:
    """Answers until stdin ends."""
    server = _Server(open_library(library_path()))
    for line in sys.stdin:
        print(json.dumps(server.answer(json.loads(line))), flush=True)
    server.close()
    assert "tensorflow" not in sys.modules


if __name__ == "__main__":
    main()
