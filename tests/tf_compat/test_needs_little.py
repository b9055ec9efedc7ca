"""`tf_compat` needs only tensorflow, tf-keras, tensorflow-estimator, and what these need."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys

import pytest
from places import REPOSITORY

NEEDED = ("tensorflow", "tf-keras", "tensorflow-estimator")

PROGRAM = """
import importlib.machinery, json, sys

class Finder(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] not in blocked:
            return super().find_spec(name, path, target)

blocked = set(json.loads(sys.argv[1]))
sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = Finder
from cnn_mnist.tf_compat import estimator, tf

def model_fn(features, labels, mode):
    loss = tf.reduce_mean(tf.square(tf.layers.dense(features, 1) - labels))
    step = tf.train.get_or_create_global_step()
    train_op = tf.train.GradientDescentOptimizer(0.1).minimize(loss, step)
    return estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)

def input_fn():
    return tf.data.Dataset.from_tensors((tf.ones([4, 2]), tf.ones([4, 1]))).repeat()

bare = estimator.Estimator(model_fn, sys.argv[2]).train(input_fn, max_steps=2)
import cnn_mnist.tf_compat.best_exporter
import cnn_mnist.tf_compat.early_stopping
import cnn_mnist.tf_compat.profiler_hook
print(json.dumps({
    "step": int(bare.get_variable_value("global_step")),
    "loaded": sorted(name for name in sys.modules if name.partition(".")[0] == "cnn_mnist"),
}))
"""


def normal(name) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def with_requirements(distributions) -> set[str]:
    """Returns these distributions and, without extras, all that they need."""
    found: set[str] = set()
    waiting = [normal(name) for name in distributions]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        try:
            requirements = importlib.metadata.requires(name) or ()
        except importlib.metadata.PackageNotFoundError:
            continue  # Of another platform.
        waiting += [
            normal(re.match(r"[\w.-]+", text)[0]) for text in requirements if "extra ==" not in text
        ]
    return found


def modules_of_others() -> list[str]:
    needed = with_requirements(NEEDED)
    return [
        module
        for module, distributions in importlib.metadata.packages_distributions().items()
        if not needed & {normal(name) for name in distributions} and module != "cnn_mnist"
    ]


@pytest.mark.slow
def test_it_trains_without_all_other_packages(tmp_path):
    blocked = modules_of_others()
    assert {"matplotlib", "tensorflow_datasets", "tqdm", "pytest"} <= set(blocked)
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(blocked), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["step"] == 2
    others = [
        name
        for name in found["loaded"]
        if name not in ("cnn_mnist", "cnn_mnist.errors")
        and not re.match(r"cnn_mnist\.(tf_compat|support)\b", name)
    ]
    assert others == []
