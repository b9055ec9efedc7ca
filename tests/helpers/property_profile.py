"""Sets how many examples the property tests try.

By default they try few, the same on every run. CNN_MNIST_EXAMPLES=50 tries fifty times as many,
different ones on each run:

    CNN_MNIST_EXAMPLES=50 scripts/run pytest tests/data/test_idx_properties.py
"""

from __future__ import annotations

import os
import tempfile

import hypothesis
from hypothesis import configuration

TIMES = float(os.environ.get("CNN_MNIST_EXAMPLES", "1"))

# By default hypothesis writes a folder .hypothesis wherever the tests are started.
configuration.set_hypothesis_home_dir(os.path.join(tempfile.gettempdir(), "cnn_mnist_hypothesis"))


def tries(count: int) -> hypothesis.settings:
    """Returns settings for `count` examples, times CNN_MNIST_EXAMPLES."""
    return hypothesis.settings(
        max_examples=max(1, round(count * TIMES)),
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
