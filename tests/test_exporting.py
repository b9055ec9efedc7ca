"""The verb `export`: versions whole or not at all, and no more than are kept."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time

import pytest

from cnn_mnist import experiment, exporting, exports
from cnn_mnist.errors import UserError
from cnn_mnist.tf_compat import tf


@pytest.fixture
def copy(trained, tmp_path):
    """A trained model of one's own."""
    folder = tmp_path / "model"
    shutil.copytree(trained.model_dir, folder, ignore=shutil.ignore_patterns("export"))
    return dataclasses.replace(trained, model_dir=str(folder))


@pytest.mark.parametrize("clock", [2_000_000_000, 1_000])
def test_the_export_just_written_is_the_newest_whatever_the_clock_says(copy, monkeypatch, clock):
    """A server takes the highest number."""
    first = experiment.export(copy)
    monkeypatch.setattr(time, "time", lambda: float(clock))
    second = experiment.export(copy)
    assert int(os.path.basename(second)) > int(os.path.basename(first))
    assert exports.versions(os.path.dirname(second)) == [first, second]
    assert os.path.exists(os.path.join(second, "saved_model.pb"))


def test_no_more_versions_are_kept_than_asked_for(copy, tmp_path):
    two = dataclasses.replace(copy, keep_exports=2)
    made = [experiment.export(two) for _ in range(3)]
    folder = os.path.join(copy.model_dir, "export")
    assert exports.versions(folder) == made[1:]
    assert sorted(os.listdir(folder)) == [os.path.basename(path) for path in made[1:]]


def test_in_a_folder_of_ones_own_every_version_stays(copy, tmp_path):
    one = dataclasses.replace(copy, keep_exports=1)
    made = [experiment.export(one, str(tmp_path / "elsewhere")) for _ in range(2)]
    assert exports.versions(str(tmp_path / "elsewhere")) == made


def test_an_export_that_fails_half_way_leaves_nothing(copy, monkeypatch):
    """A double that fails as a signal or a fault in the last step would."""

    def fail(folder):
        assert os.path.exists(os.path.join(folder, "saved_model.pb"))
        raise KeyboardInterrupt

    monkeypatch.setattr(exporting.warm_up, "write", fail)
    with pytest.raises(KeyboardInterrupt):
        experiment.export(copy)
    assert os.listdir(os.path.join(copy.model_dir, "export")) == []


def test_a_disk_that_runs_full_is_one_line(copy, monkeypatch):
    """A double: Estimator's own error where a file of the variables cannot be written."""

    def full(self, folder, *rest, **options):
        raise tf.errors.ResourceExhaustedError(None, None, f"{folder}/1; No space left on device")

    monkeypatch.setattr(tf.estimator.Estimator, "export_saved_model", full)
    with pytest.raises(UserError) as error:
        experiment.export(copy)
    assert str(error.value).startswith(
        f"--model_dir={copy.model_dir}: the export cannot be written ({copy.model_dir}/export/"
    )
    assert str(error.value).endswith(
        "No space left on device); make room or mend that, and --mode=export writes it again"
    )
