"""The networks of an export on the same images: accuracy, differences, time."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.metadata
import os
import pathlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from cnn_mnist.exporting import tflite
from cnn_mnist.tf_compat import tf

Network = Callable[[np.ndarray], Mapping[str, np.ndarray]]
"""Of uint8 `[batch, 28, 28, 1]`: `classes` `[batch]`, `probabilities` float32 `[batch, 10]`."""

_BATCH = 100
_ROUNDS = 5
_IMAGES_IN_A_ROUND = 200


@dataclasses.dataclass(frozen=True)
class Measured:
    """The figures of one network.

    Attributes:
      name: the file, or `SavedModel`.
      bytes: its size on disk.
      correct: how many images it classified as their label says.
      other_answers: how many it classified otherwise than the SavedModel.
      largest_difference: of any image's probability of any class, from the SavedModel's.
      milliseconds: the median time of one image in a call of its own, on one thread.
    """

    name: str
    bytes: int
    correct: int
    other_answers: int
    largest_difference: float
    milliseconds: float


def compare(version: str, images: np.ndarray, labels: np.ndarray) -> list[Measured]:
    """Measures the SavedModel first, then each of `exporting.tflite.FILES`.

    Args:
      version: the export's folder.
      images: uint8 `[count, 28, 28, 1]`.
      labels: integers `[count]`.
    """
    places = {name: os.path.join(version, "tflite", name) for name in tflite.FILES}
    networks = {"SavedModel": saved_model(version)}
    networks |= {name: interpreter(path) for name, path in places.items()}
    sizes = {"SavedModel": saved_model_bytes(version)}
    sizes |= {name: os.path.getsize(path) for name, path in places.items()}
    answers = {name: answer(network, images) for name, network in networks.items()}
    times = milliseconds(networks, images)
    classes, probabilities = answers["SavedModel"]
    return [
        Measured(
            name,
            sizes[name],
            int(np.sum(answers[name][0] == labels)),
            int(np.sum(answers[name][0] != classes)),
            float(np.max(np.abs(answers[name][1] - probabilities))),
            times[name],
        )
        for name in networks
    ]


def saved_model(version: str) -> Network:
    """Returns an export's `serving_default`, on one thread."""
    one = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    session = tf.Session(graph=tf.Graph(), config=one)
    with session.graph.as_default(), _only_errors():
        meta = tf.saved_model.loader.load(session, ["serve"], version)
    signature = meta.signature_def["serving_default"]
    names = {key: info.name for key, info in signature.outputs.items()}
    ask: Any = session.make_callable(list(names.values()), [signature.inputs["image"].name])
    return lambda images: dict(zip(names, ask(images), strict=True))


@contextlib.contextmanager
def _only_errors() -> Iterator[None]:
    """Without TensorFlow's warning that the loader is deprecated."""
    before = tf.logging.get_verbosity()
    tf.logging.set_verbosity(tf.logging.ERROR)
    yield
    tf.logging.set_verbosity(before)


def interpreter(path: str) -> Network:
    """Returns a TensorFlow Lite file's `serving_default`, on one thread."""
    ask: Any = Interpreter(path, num_threads=1).get_signature_runner("serving_default")
    return lambda images: ask(image=images)


def saved_model_bytes(version: str) -> int:
    """Returns the size of graph and variables, without assets and other formats."""
    variables = pathlib.Path(version, "variables").iterdir()
    return sum(p.stat().st_size for p in (pathlib.Path(version, "saved_model.pb"), *variables))


def answer(network: Network, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns classes `[count]` and probabilities `[count, 10]`, computed in batches."""
    starts = range(0, len(images), _BATCH)
    batches = [network(images[start : start + _BATCH]) for start in starts]
    classes, probabilities = (
        np.concatenate([batch[name] for batch in batches]) for name in ("classes", "probabilities")
    )
    return classes, probabilities


def milliseconds(networks: Mapping[str, Network], images: np.ndarray) -> dict[str, float]:
    """Returns the median time of one image by the network's name; networks take turns."""
    times: dict[str, list[float]] = {name: [] for name in networks}
    for _ in range(_ROUNDS):
        for name, network in networks.items():
            network(images[:1])  # A batch of another size lays the memory out anew.
            times[name] += [_seconds(network, images, n) for n in range(_IMAGES_IN_A_ROUND)]
    return {name: 1000 * float(np.median(values)) for name, values in times.items()}


def versions() -> str:
    """Returns what measured."""
    names = ("tensorflow", "ai-edge-litert", "numpy")
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)


def _seconds(network: Network, images: np.ndarray, number: int) -> float:
    image = images[number % len(images)][np.newaxis]
    began = time.perf_counter()
    network(image)
    return time.perf_counter() - began
