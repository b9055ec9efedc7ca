"""Measures how long answers take, of one engine or of a server under load.

latencies.py ENGINE IMAGES SECONDS [FLAG]...

Takes the command's flags, of a run that is exported in every format. Each request has IMAGES
images. An engine is asked by one caller; a server over gRPC, and a SavedModel in a session as a
server has it, by `CALLERS` at once. Each caller sends its next request when it has the answer, for
SECONDS, and `LEAST_REQUESTS` are sent in any case.
Prints one JSON object: requests and images per second, the number of requests, and milliseconds
within which 50, 95 and 99 % were answered.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from cnn_mnist import experiment
from cnn_mnist.cli import command_line
from cnn_mnist.config import Config
from cnn_mnist.model_folder import exports
from cnn_mnist.serving import launch_options

CALLERS = 16
LEAST_REQUESTS = 20
_WARM_UP = 3
_TIMEOUT = 300.0
_TEST_HELPERS = pathlib.Path(__file__).resolve().parents[2] / "tests" / "helpers"

Ask = Callable[[np.ndarray], Any]
"""Takes uint8 `[batch, 28, 28, 1]`, and returns when classes and probabilities are there."""


@contextlib.contextmanager
def _tensorflow(config: Config) -> Iterator[Ask]:
    with experiment.Predictor(config) as predict:
        yield predict


@contextlib.contextmanager
def _lite(config: Config, file: str = "float32") -> Iterator[Ask]:
    from cnn_mnist.evaluation.lite_model import LitePredictor

    yield LitePredictor(config, file)


@contextlib.contextmanager
def _onnx(config: Config) -> Iterator[Ask]:
    from cnn_mnist.evaluation.onnx_model import OnnxPredictor

    yield OnnxPredictor(config)


@contextlib.contextmanager
def _onnx_int8(config: Config) -> Iterator[Ask]:
    import onnxruntime

    session = onnxruntime.InferenceSession(_onnx_path(config, "model_int8.onnx"))
    yield lambda images: session.run(None, {"image": images})


@contextlib.contextmanager
def _openvino(config: Config) -> Iterator[Ask]:
    import openvino

    # Its own default for one caller; without it, it takes half of the threads a request. And with
    # float32 it gives the answers of the others, also where the processor has bfloat16.
    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    path = _onnx_path(config, exports.ONNX_FILE)
    model = openvino.Core().compile_model(path, "CPU", settings)
    yield lambda images: model({"image": images})


@contextlib.contextmanager
def _saved_model(config: Config, *flags: str) -> Iterator[Ask]:
    sys.path.append(str(_TEST_HELPERS))
    from model_server import options, servable, text_protos

    chosen = options.parse([*flags])
    folder = exports.newest(config.model_dir)
    loaded = servable.Servable(str(folder), chosen, text_protos.batching_parameters(chosen))
    signature = loaded.signatures["serving_default"]
    outputs = [info.name for info in signature.outputs.values()]
    with contextlib.closing(loaded):
        yield lambda images: loaded.run({signature.inputs["image"].name: images}, outputs)


@contextlib.contextmanager
def _server(config: Config, *flags: str) -> Iterator[Ask]:
    # The real server if it is on PATH, else the test double, whose program is not installed.
    sys.path.append(str(_TEST_HELPERS))
    import serving_process

    from cnn_mnist.exporting import signatures
    from cnn_mnist.serving import clients
    from cnn_mnist.serving.server import Server

    signature = signatures.DEFAULT_SIGNATURE
    with serving_process.started(os.path.join(config.model_dir, exports.FOLDER), *flags) as server:
        client = clients.connect(Server(server.grpc, timeout=_TIMEOUT))
        with contextlib.closing(client):
            yield lambda images: client.predict(signature, signatures.INPUTS[signature], images)


_MERGING = (
    "--enable_batching",
    f"--batching_parameters_file={launch_options.SETTINGS / 'batching_parameters.txt'}",
)


ENGINES: Mapping[str, Callable[[Config], contextlib.AbstractContextManager[Ask]]] = {
    "tensorflow": _tensorflow,
    "lite": _lite,
    "lite_int8": lambda config: _lite(config, "int8"),
    "onnx": _onnx,
    "onnx_int8": _onnx_int8,
    "openvino": _openvino,
    "saved_model": _saved_model,
    "saved_model_merged": lambda config: _saved_model(config, *_MERGING),
    "server": _server,
    "server_merged": lambda config: _server(config, *_MERGING),
}
_BY_MANY = ("saved_model", "saved_model_merged", "server", "server_merged")


def _onnx_path(config: Config, file: str) -> str:
    return os.path.join(exports.newest_with_onnx(config.model_dir), "onnx", file)


def main(engine: str, count: int, seconds: float, arguments: list[str]) -> None:
    """Measures, and prints the figures."""
    config = command_line.parse(arguments).config
    images = experiment.load_dataset(config).test.images
    requests = [images[at : at + count] for at in range(0, len(images) - count + 1, count)]
    callers = CALLERS if engine in _BY_MANY else 1
    with ENGINES[engine](config) as ask:
        for request in requests[:_WARM_UP]:
            ask(request)
        began = time.perf_counter()
        milliseconds = _ask_for(seconds, ask, requests, callers)
        took = time.perf_counter() - began
    figures = {
        "requests": len(milliseconds),
        "requests_per_second": len(milliseconds) / took,
        "images_per_second": len(milliseconds) / took * count,
    }
    for percent in (50, 95, 99):
        figures[f"p{percent}_milliseconds"] = float(np.percentile(milliseconds, percent))
    print(json.dumps(figures))


def _ask_for(seconds: float, ask: Ask, requests: list[np.ndarray], callers: int) -> list[float]:
    """Returns the milliseconds of each request."""
    end = time.perf_counter() + seconds
    least = -(-LEAST_REQUESTS // callers)

    def run(caller: int) -> list[float]:
        found: list[float] = []
        while time.perf_counter() < end or len(found) < least:
            request = requests[(caller + callers * len(found)) % len(requests)]
            began = time.perf_counter()
            ask(request)
            found.append(1000 * (time.perf_counter() - began))
        return found

    with ThreadPoolExecutor(callers) as pool:
        return [time for times in pool.map(run, range(callers)) for time in times]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])
