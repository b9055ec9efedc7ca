"""The verbs `evaluate` and `predict` for a model server instead of a checkpoint."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from cnn_mnist.config import Config
from cnn_mnist.data import splits
from cnn_mnist.data.framing import constants, numpy_framing
from cnn_mnist.data.loading import Dataset
from cnn_mnist.evaluation import results
from cnn_mnist.evaluation.results import Evaluation, Predictions, check_images
from cnn_mnist.exporting import signatures
from cnn_mnist.networks.architecture import IMAGE_SHAPE
from cnn_mnist.serving import clients, metadata
from cnn_mnist.serving.answers import Answer
from cnn_mnist.serving.clients import Client
from cnn_mnist.serving.server import Server
from cnn_mnist.support.progress import Progress

_PERCENTILES = (50, 95, 99)
_NO_IMAGE = np.empty((0, *IMAGE_SHAPE), np.uint8)


@dataclasses.dataclass(frozen=True)
class ServerEvaluation:
    """What `evaluate` measured of a server.

    Attributes:
      evaluation: accuracy, loss and confusion matrix; its `step` is 0, since a server does not
        tell it.
      version: of the model, as the server numbers it.
      seconds: from the first request to the last answer.
      latencies: milliseconds of each request, in the order they were sent.
    """

    evaluation: Evaluation
    version: int
    seconds: float
    latencies: np.ndarray

    @property
    def images_per_second(self) -> float:
        """Images per second over the whole time, with all concurrent requests."""
        return self.evaluation.total / self.seconds

    def latency(self, percent: float) -> float:
        """Returns the milliseconds within which `percent` % of the requests were answered."""
        return float(np.percentile(self.latencies, percent))

    def as_json(self) -> dict[str, object]:
        """Returns everything as numbers, strings and lists."""
        measured = self.evaluation.as_json()
        del measured["step"]
        return {
            **measured,
            "version": self.version,
            "images_per_second": self.images_per_second,
            "requests": len(self.latencies),
            "latency_ms": {str(p): self.latency(p) for p in _PERCENTILES},
        }


def evaluate(
    config: Config,
    server: Server,
    split: str = "test",
    progress: Progress | None = None,
    dataset: Dataset | None = None,
) -> ServerEvaluation:
    """Measures a server on every image of a split: its accuracy, rate and latency.

    Before the first request the model's signatures are checked. Pixels go to `serving_default`,
    `server.batch_size` images a request, with `server.concurrency` requests under way at a time.

    Args:
      config: says which data.
      server: which, and how it is asked.
      split: one of `config.choices.SPLITS`.
      progress: shows what happens; None for nothing.
      dataset: the data, if it is loaded already.

    Raises:
      UserError: the server cannot be reached, is too slow or refuses a request; its model is not
        an export of this program; or the data cannot be used.
    """
    progress = progress or Progress()
    with _connected(server) as client:
        # Before the data are read, which takes longer.
        client.version()
        version = _check_model(client, server, signatures.DEFAULT_SIGNATURE, _NO_IMAGE)
        dataset = dataset or splits.load_dataset(config, progress)
        examples = splits.examples_of(dataset, split, config)
        images, labels = examples.images, examples.labels
        progress.say(f"Asking {server.address} about {len(examples):,} images")
        # The first request opens the connection.
        _ask_all(client, server, images[:1])
        began = time.perf_counter()
        answers, latencies = _ask_all(client, server, images)
        seconds = time.perf_counter() - began
    evaluation = results.measured(answers, labels, split, dataset.class_names)
    return ServerEvaluation(evaluation, version, seconds, latencies)


def predict(server: Server, images: np.ndarray) -> Predictions:
    """Predicts the class of each image with a server.

    Args:
      server: which, and how it is asked.
      images: uint8 `[count, 28, 28, 1]`, 0 is background.

    Raises:
      UserError: see `evaluate`; or `images` has another shape or dtype.
    """
    check_images(images)
    return _predict(server, signatures.DEFAULT_SIGNATURE, images)


def predict_files(server: Server, contents: list[bytes]) -> Predictions:
    """Predicts the class on each picture with a server, which frames the pictures itself.

    Args:
      server: which, and how it is asked.
      contents: PNG or JPEG files, see `data.images.as_png_or_jpeg`.

    Raises:
      UserError: see `evaluate`.
    """
    values = np.empty(len(contents), object)
    values[:] = contents
    return _predict(server, "image_bytes", values)


def _predict(server: Server, signature: str, values: np.ndarray) -> Predictions:
    if not len(values):
        return Predictions.of_no_image()
    with _connected(server) as client:
        _check_model(client, server, signature, values)
        answers, _ = _ask_all(client, server, values, signature)
    return answers


@contextlib.contextmanager
def _connected(server: Server) -> Iterator[Client]:
    client = clients.connect(server)
    try:
        yield client
    finally:
        client.close()


def _check_model(client: Client, server: Server, signature: str, values: np.ndarray) -> int:
    """Checks that the server's model takes such values; returns the version that answers."""
    found = client.metadata()
    metadata.check(server, found, signature, signatures.INPUTS[signature], values)
    return found.version


def _ask_all(
    client: Client,
    server: Server,
    values: np.ndarray,
    signature: str = signatures.DEFAULT_SIGNATURE,
) -> tuple[Predictions, np.ndarray]:
    """Sends all requests; returns the answers in order, and the milliseconds of each request."""

    def ask(request: slice) -> tuple[Answer, float]:
        began = time.perf_counter()
        answer = client.predict(signature, signatures.INPUTS[signature], values[request])
        return answer, (time.perf_counter() - began) * 1000

    requests, workers = _requests(values, server, signature == "image_bytes")
    with ThreadPoolExecutor(workers) as pool:
        # If one request fails, the remaining ones are not sent.
        found = list(pool.map(ask, requests))
    answers, latencies = zip(*found, strict=True)
    return (
        Predictions(
            np.concatenate([answer.classes for answer in answers]),
            np.concatenate([answer.probabilities for answer in answers]),
        ),
        np.array(latencies),
    )


def _requests(values: np.ndarray, server: Server, are_files: bool) -> tuple[list[slice], int]:
    """Divides the values into requests; returns those, and how many may be under way at a time.

    A server may merge all that are under way, and an export refuses more than some pixels.
    """
    pixels = [numpy_framing.count_pixels(value) if are_files else 0 for value in values]
    most = constants.MOST_PIXELS_IN_ALL // server.concurrency
    starts, total = [0], 0
    for place, count in enumerate(pixels):
        total += count
        if place > starts[-1] and (place - starts[-1] == server.batch_size or total > most):
            starts.append(place)
            total = count
    requests = [slice(*ends) for ends in zip(starts, [*starts[1:], len(values)], strict=True)]
    largest = max(sum(pixels[request]) for request in requests)
    return requests, min(server.concurrency, constants.MOST_PIXELS_IN_ALL // max(largest, 1)) or 1
