"""Measures how long a persistent predictor takes for one image.

Takes the command's flags, of a trained run. Prints one JSON object with
milliseconds: of the first call, and the median and 95th percentile of the calls after it;
and of `experiment.predict`, which builds a graph at each call.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from cnn_mnist import experiment
from cnn_mnist.cli import command_line
from cnn_mnist.evaluation import predictor

CALLS = 300
WHOLE_CALLS = 3


def milliseconds(predict: Callable[[np.ndarray], object], image: np.ndarray) -> float:
    began = time.perf_counter()
    predict(image)
    return 1000 * (time.perf_counter() - began)


config = command_line.parse(sys.argv[1:]).config
images = experiment.load_dataset(config).test.images
with predictor.Predictor(config) as predict:
    first = milliseconds(predict, images[:1])
    after = [milliseconds(predict, images[i : i + 1]) for i in range(1, CALLS + 1)]
whole = [
    milliseconds(lambda image: experiment.predict(config, image), images[:1])
    for _ in range(WHOLE_CALLS)
]
figures = {
    "first_milliseconds": first,
    "median_milliseconds": statistics.median(after),
    "p95_milliseconds": statistics.quantiles(after, n=20)[-1],
    "experiment_predict_milliseconds": statistics.median(whole),
}
print(json.dumps(figures))
