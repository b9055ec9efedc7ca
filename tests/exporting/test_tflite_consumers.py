"""What runs TensorFlow Lite files gives the checkpoint's answers for all 10,000 test images."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil

import javascript
import numpy as np
import other_programs
import pytest
from places import REPOSITORY

from cnn_mnist import experiment
from cnn_mnist.config import presets
from cnn_mnist.exporting import tflite
from cnn_mnist.tf_compat import tf

pytestmark = pytest.mark.slow

FLOAT32, _, DYNAMIC_INT8, INT8 = tflite.FILES
NETWORKS = {
    "browser": presets.get("browser").architecture,
    "modern": presets.get("modern").architecture,
    "strides and averages": "conv 5x5x6 stride 2, batch_norm, conv 3x3x8 linear, batch_norm, "
    "relu, avgpool 2 same, pool 2 same stride 1, flatten, dense 16 linear, batch_norm, relu, "
    "dropout 0.2, dense 10",
}
FIRST = (("layers", "browser"), ("nn", "strides and averages"))
"""Have both variants and every kind of layer; the others run before a release."""
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
LITERTJS = REPOSITORY / "tests" / "web" / "node_modules" / "@litertjs" / "core"


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            network, id=" ".join(network), marks=() if network in FIRST else pytest.mark.long
        )
        for network in (
            *(("layers", name) for name in NETWORKS),
            *(("nn", name) for name in ("browser", "strides and averages")),
        )
    ],
)
def network(request, trained, small, mnist, tmp_path_factory):
    """The folder of a trained network's files, and the checkpoint's answers."""
    variant, name = request.param
    config = dataclasses.replace(
        trained,
        model_dir=str(tmp_path_factory.mktemp("model")),
        architecture=NETWORKS[name],
        variant=variant,
        export_formats=("saved_model", "tflite"),
    )
    experiment.train(config, dataset=small)
    version = experiment.export(config, dataset=small)
    return os.path.join(version, "tflite"), experiment.predict(config, mnist.test.images)


def by_litert(path, images, tmp_path):
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    return in_batches(litert.Interpreter(path).get_signature_runner("serving_default"), images)


def by_tensorflow(path, images, tmp_path):
    return in_batches(tf.lite.Interpreter(path).get_signature_runner("serving_default"), images)


def in_batches(run, images):
    batches = [run(image=images[start : start + 500]) for start in range(0, len(images), 500)]
    return tuple(
        np.concatenate([batch[name] for batch in batches]) for name in ("classes", "probabilities")
    )


def by_litertjs(path, images, tmp_path):
    chromium = os.environ.get("CNN_MNIST_CHROMIUM") or next(
        filter(None, map(shutil.which, PROGRAMS)), None
    )
    if chromium is None:
        pytest.skip("no Chromium: apt-get install chromium")
    if not LITERTJS.is_dir():
        pytest.skip(f"no LiteRT.js in {LITERTJS}: run npm ci --ignore-scripts in tests/web")
    (tmp_path / "images").write_bytes(images.tobytes())
    arguments = (chromium, path, tmp_path / "images", tmp_path / "answers")
    ended = javascript.run("tests/web/litertjs.mjs", *map(str, arguments))
    assert ended.returncode == 0, ended.stdout
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["inputs"] == [{"name": "image", "dtype": "uint8", "shape": [1, 28, 28, 1]}]
    assert [(one["name"], one["dtype"]) for one in found["outputs"]] == [
        ("classes", "int32"),
        ("probabilities", "float32"),
    ]
    probabilities = np.frombuffer((tmp_path / "answers").read_bytes(), "<f4")
    return np.array(found["classes"]), probabilities.reshape(len(images), -1)


CONSUMERS = {
    "ai-edge-litert": by_litert,
    "tf.lite.Interpreter": by_tensorflow,
    "LiteRT.js": by_litertjs,
}


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_the_float32_file_gives_the_checkpoints_answers(network, mnist, tmp_path, consumer):
    folder, expected = network
    found = CONSUMERS[consumer](os.path.join(folder, FLOAT32), mnist.test.images, tmp_path)
    other_programs.assert_the_checkpoints_answers(consumer, found, expected)


@pytest.mark.parametrize("file", [DYNAMIC_INT8, INT8])
@pytest.mark.parametrize("consumer", CONSUMERS)
def test_the_files_in_8_bits_are_as_accurate(network, mnist, tmp_path, consumer, file):
    """After 40 steps the probabilities of classes are close, and more answers differ than later."""
    folder, expected = network
    classes, found = CONSUMERS[consumer](os.path.join(folder, file), mnist.test.images, tmp_path)
    print(f"{consumer}, {file}: {np.mean(classes != expected.classes):.2%} other answers")
    accuracy, here = (np.mean(of == mnist.test.labels) for of in (expected.classes, classes))
    assert here > accuracy - 0.01
    assert np.mean(classes != expected.classes) < 0.03
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=0.03)
