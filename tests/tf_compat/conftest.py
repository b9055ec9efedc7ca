"""One process that imports `cnn_mnist.tf_compat` as a user's own file does."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from cnn_mnist.tf_compat import kernels

_VARIABLES = (kernels.VARIABLE, "TF_CPP_MIN_LOG_LEVEL")

USERS_FILE = """\
import cnn_mnist.tf_compat
print("imported")
import json, os, sys
print("imported", file=sys.stderr)
import tensorflow as tf
import tensorflow.compat.v1 as tf1
with tf1.Graph().as_default():
    tf1.train.string_input_producer(["a"])
with tf1.Session(graph=tf1.Graph()) as session, session.graph.as_default():
    session.run(tf1.constant(1) + 1)
kernels = cnn_mnist.tf_compat.KERNELS
loaders = {
    "keras": tf.keras,
    "compat.v1.keras": tf1.keras,
    "compat.v2.keras": tf.compat.v2.keras,
    "compat.v1.layers": tf1.layers,
    "compat.v1.nn.rnn_cell": tf1.nn.rnn_cell,
}
print(json.dumps({
    "estimators": [tf.estimator.Estimator.__name__, tf1.estimator.Estimator.__name__],
    "input function": tf1.estimator.inputs.numpy_input_fn.__name__,
    "waiting loaders": [n for n, v in loaders.items() if not vars(v).get("_tfll_initialized", 1)],
    "kernels": [kernels.library, kernels.chosen_by, os.environ.get("TF_ENABLE_ONEDNN_OPTS")],
}))
"""


@pytest.fixture(scope="session")
def users_process():
    """A function that runs `USERS_FILE` without TensorFlow's variables but with those given."""

    def run(folder, **variables) -> dict:
        (folder / "users_file.py").write_text(USERS_FILE)
        kept = {k: v for k, v in os.environ.items() if k not in _VARIABLES}
        ran = subprocess.run(
            [sys.executable, str(folder / "users_file.py")],
            env={**kept, "PYTHONPATH": os.pathsep.join(sys.path), **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert ran.returncode == 0, ran.stderr
        imports, _, found = ran.stdout.partition("imported\n")
        import_errors, _, errors = ran.stderr.partition("imported\n")
        return {
            **json.loads(found),
            "printed by the import": imports + import_errors,
            "errors": errors,
        }

    return run


@pytest.fixture(scope="session")
def users_file(users_process, made_once):
    """What `USERS_FILE` found in a process of its own."""

    def make(folder):
        folder.mkdir()
        (folder / "found.json").write_text(json.dumps(users_process(folder)))

    return json.loads((made_once("users_file", make) / "found.json").read_text())
