"""What runs ONNX files gives the checkpoint's answers for all 10,000 test images."""

from __future__ import annotations

import dataclasses
import json
import os

import javascript
import numpy as np
import other_programs
import pytest
from places import REPOSITORY

from cnn_mnist import experiment
from cnn_mnist.exporting import onnx

pytest.importorskip("onnx")
pytest.importorskip("tf2onnx")
onnxruntime = pytest.importorskip("onnxruntime")

pytestmark = pytest.mark.slow

FLOAT32, INT8 = onnx.FILES
ONNXRUNTIME_WEB = REPOSITORY / "tests" / "web" / "node_modules" / "onnxruntime-web"


@pytest.fixture(scope="module")
def exported(trained, small, mnist, tmp_path_factory):
    """The folder of the files, and the checkpoint's answers."""
    config = dataclasses.replace(trained, export_formats=("saved_model", "onnx"))
    version = experiment.export(config, str(tmp_path_factory.mktemp("export")), dataset=small)
    return os.path.join(version, "onnx"), experiment.predict(config, mnist.test.images)


def by_onnxruntime(path, images, tmp_path):
    return tuple(onnxruntime.InferenceSession(path).run(None, {"image": images}))


def by_openvino(path, images, tmp_path):
    openvino = pytest.importorskip("openvino")
    # As docs/onnx.md says: by itself it computes in bfloat16 on some processors.
    precision = {"INFERENCE_PRECISION_HINT": "f32"}
    found = openvino.Core().compile_model(path, "CPU", precision)({"image": images})
    return found["classes"], found["probabilities"]


def by_onnxruntime_web(path, images, tmp_path):
    if not ONNXRUNTIME_WEB.is_dir():
        pytest.skip(f"no {ONNXRUNTIME_WEB}: run npm ci --ignore-scripts in tests/web")
    (tmp_path / "images").write_bytes(images.tobytes())
    arguments = (path, tmp_path / "images", tmp_path / "answers")
    ended = javascript.run("tests/web/onnxruntime_web.mjs", *map(str, arguments))
    assert ended.returncode == 0, ended.stdout
    probabilities = np.frombuffer((tmp_path / "answers").read_bytes(), "<f4")
    return np.array(json.loads(ended.stdout.splitlines()[-1])), probabilities.reshape(-1, 10)


CONSUMERS = {
    "ONNX Runtime": by_onnxruntime,
    "OpenVINO": by_openvino,
    "onnxruntime-web": by_onnxruntime_web,
}


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_the_float32_file_gives_the_checkpoints_answers(exported, mnist, tmp_path, consumer):
    folder, expected = exported
    found = CONSUMERS[consumer](os.path.join(folder, FLOAT32), mnist.test.images, tmp_path)
    other_programs.assert_the_checkpoints_answers(consumer, found, expected)


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_the_file_in_8_bits_is_as_accurate(exported, mnist, tmp_path, consumer):
    folder, expected = exported
    classes, found = CONSUMERS[consumer](os.path.join(folder, INT8), mnist.test.images, tmp_path)
    print(f"{consumer}: {np.mean(classes != expected.classes):.2%} other answers")
    accuracy, here = (np.mean(of == mnist.test.labels) for of in (expected.classes, classes))
    assert here > accuracy - 0.01
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=0.01)
