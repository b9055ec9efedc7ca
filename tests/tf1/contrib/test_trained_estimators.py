"""The Estimators of tf.contrib.learn train, evaluate and predict as those of TensorFlow 1.15.5."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import tf1_trained
from tf1_in_process import old_names, version_1

NUMBERS = json.loads((tf1_trained.RECORDED / "numbers.json").read_text(encoding="utf-8"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning"),
]


def assert_equal(found, recorded):
    """Compares dicts of numbers, for the same keys."""
    assert sorted(found) == sorted(recorded)
    for key, wanted in recorded.items():
        np.testing.assert_allclose(found[key], wanted, rtol=2e-5, atol=2e-6, err_msg=key)


@pytest.mark.parametrize("name", NUMBERS)
def test_training_from_the_same_weights_ends_at_the_same(name, tmp_path):
    with version_1():
        found = tf1_trained.trained(old_names(), name, str(tmp_path))
    for kind, recorded in NUMBERS[name].items():
        assert_equal(found[kind], recorded)


@pytest.mark.parametrize("name", tf1_trained.KEPT)
def test_a_checkpoint_of_tensorflow_1_gives_the_same_answers(name, tmp_path):
    folder = shutil.copytree(tf1_trained.RECORDED / name, tmp_path / "model")
    with version_1():
        estimator, labels = tf1_trained.estimators(old_names(), name, str(folder))
        found = tf1_trained.answers(old_names(), estimator, labels)
    for kind in ("metrics", "predictions"):
        assert_equal(found[kind], NUMBERS[name][kind])


def test_every_estimator_is_recorded():
    assert sorted(tf1_trained.estimators(old_names(), None, None)) == sorted(NUMBERS)
