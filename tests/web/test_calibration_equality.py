"""The page marks answers as Python does, by the same calibration.json."""

from __future__ import annotations

import json

import javascript
import numpy as np
import pytest

from cnn_mnist.uncertainty import calibration, familiarity


def answers_for(labels, rng):
    """Returns probabilities that are mostly right, float32."""
    powers = np.exp(rng.normal(0, 3, (len(labels), 10)) + 6 * np.eye(10)[labels])
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def test_the_page_gives_the_same_marks_as_python(mnist, tmp_path):
    images, labels = mnist.train.images[:1000], mnist.train.labels[:1000]
    rng = np.random.default_rng(0)
    probabilities = answers_for(labels[:500], rng)
    groups = familiarity.fit(images, labels)
    distances = groups.distances(images[:500])
    made = calibration.fit(3, groups, distances, probabilities, labels[:500])
    asked = np.concatenate([mnist.test.images[:60], rng.integers(0, 256, (5, 28, 28, 1))])
    asked = np.concatenate([asked, np.zeros((1, 28, 28, 1))]).astype(np.uint8)
    probabilities = probabilities[: len(asked)]
    calibration.write(str(tmp_path), made)
    (tmp_path / "images").write_bytes(asked.tobytes())
    (tmp_path / "probabilities").write_bytes(probabilities.astype("<f4").tobytes())
    files = [str(tmp_path / name) for name in (calibration.FILE, "images", "probabilities")]
    ended = javascript.run("tests/web/mark_images.mjs", *files)
    assert ended.returncode == 0, ended.stdout
    found = json.loads(ended.stdout)
    expected = made.marks(asked, probabilities)
    assert 0 < expected.uncertain.sum() < len(asked)
    assert [one["uncertain"] for one in found] == expected.uncertain.tolist()
    assert [one["score"] for one in found] == pytest.approx(expected.scores.tolist(), abs=1e-3)
    confidences = [one["confidence"] for one in found]
    assert confidences == pytest.approx(expected.confidences.tolist(), abs=1e-6)
    distances = made.familiarity.distances(asked).tolist()
    assert [one["distance"] for one in found] == pytest.approx(distances, rel=1e-4, abs=0.05)


def test_the_page_calibrates_a_network_of_its_own_as_python_does(mnist, tmp_path):
    groups = familiarity.fit(mnist.train.images[:1000], mnist.train.labels[:1000])
    images, labels = mnist.test.images[:600], mnist.test.labels[:600]
    distances = groups.distances(images)
    rng = np.random.default_rng(0)
    other = calibration.fit(3, groups, distances, answers_for(labels, rng), labels)
    calibration.write(str(tmp_path), other)
    probabilities = answers_for(labels, rng)
    (tmp_path / "images").write_bytes(images.tobytes())
    (tmp_path / "labels").write_bytes(labels.astype(np.uint8).tobytes())
    (tmp_path / "probabilities").write_bytes(probabilities.astype("<f4").tobytes())
    names = (calibration.FILE, "images", "labels", "probabilities")
    files = [str(tmp_path / name) for name in names]
    ended = javascript.run("tests/web/calibrate_network.mjs", *files)
    assert ended.returncode == 0, ended.stdout
    found = json.loads(ended.stdout)
    expected = calibration.fit(3, groups, distances, probabilities, labels)
    assert expected.temperature != pytest.approx(other.temperature, abs=1e-3)
    assert found["temperature"] == pytest.approx(expected.temperature, abs=1e-4)
    assert found["entropy"] == pytest.approx(expected.entropy, abs=1e-4)
    assert found["distance"] == pytest.approx(expected.distance, rel=1e-4, abs=0.05)
    assert found["threshold"] == pytest.approx(expected.threshold, abs=1e-3)
