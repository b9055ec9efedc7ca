"""Each best checkpoint gets its calibration, whenever a crash comes."""

from __future__ import annotations

import os

import pytest

from cnn_mnist import config, experiment
from cnn_mnist.model_folder import best
from cnn_mnist.uncertainty import calibration


@pytest.fixture
def tiny(tmp_path, data_dir, no_confusion_pictures):
    return config.from_preset(
        str(tmp_path / "model"),
        data_dir=data_dir,
        offline=True,
        architecture="flatten, dense 10",
        train_steps=6,
        batch_size=20,
        validation_examples=300,
        validate_every_steps=2,
        precision="float32",
    )


@pytest.fixture
def recorded_before(tiny, monkeypatch):
    """The steps of each calibration, with the step of the best that was recorded by then."""
    found = []
    write = calibration.write

    def watched(folder, one):
        recorded = best.read(tiny.model_dir)
        found.append((one.step, recorded.validation.step if recorded else 0))
        write(folder, one)

    monkeypatch.setattr(calibration, "LEAST_IMAGES", 300)
    monkeypatch.setattr(calibration, "write", watched)
    return found


def test_a_checkpoint_is_calibrated_before_it_is_the_best(tiny, small, recorded_before):
    """A crash in between then leaves the earlier best, and the validation is repeated."""
    experiment.train(tiny, dataset=small)
    assert recorded_before
    assert all(recorded < step for step, recorded in recorded_before)
    kept = best.read(tiny.model_dir)
    folder = os.path.join(tiny.model_dir, best.FOLDER)
    assert calibration.read(folder, kept.validation.step) is not None


def test_few_validation_images_calibrate_nothing(tiny, small):
    experiment.train(tiny, dataset=small)
    assert not os.path.exists(os.path.join(tiny.model_dir, best.FOLDER, calibration.FILE))
