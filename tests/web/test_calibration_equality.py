"""The page marks answers as Python does, by the same calibration.json."""

from __future__ import annotations

import json

import javascript
import numpy as np
import pytest

from cnn_mnist.uncertainty import calibration, familiarity


def test_the_page_gives_the_same_marks_as_python(mnist, tmp_path):
    images, labels = mnist.train.images[:1000], mnist.train.labels[:1000]
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, (500, 10)) + 6 * np.eye(10)[labels[:500]]
    powers = np.exp(logits)
    probabilities = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
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
