"""The verb `export`: it writes complete versions or none, and removes old ones."""

from __future__ import annotations

import dataclasses
import errno
import os
import shutil
import time

import pytest

from cnn_mnist import experiment
from cnn_mnist.config import choices
from cnn_mnist.errors import UserError
from cnn_mnist.exporting import exporter, warm_up
from cnn_mnist.model_folder import exports
from cnn_mnist.tf_compat import tf


@pytest.fixture
def copy(trained, tmp_path):
    """A copy of the trained model that a test may change."""
    folder = tmp_path / "model"
    shutil.copytree(trained.model_dir, folder, ignore=shutil.ignore_patterns("export"))
    return dataclasses.replace(trained, model_dir=str(folder))


@pytest.fixture
def earlier(exported):
    """A function that puts complete versions into a folder; it returns their paths."""

    def put(folder, *numbers):
        paths = [os.path.join(folder, str(number)) for number in numbers]
        for path in paths:
            shutil.copytree(exported, path)
        return paths

    return put


@pytest.mark.parametrize("clock", [2_000_000_000, 1_000])
def test_a_new_export_has_the_highest_number_whatever_the_clock_says(
    copy, earlier, monkeypatch, clock
):
    """Servers load the highest number."""
    (first,) = earlier(os.path.join(copy.model_dir, "export"), 1_700_000_000)
    monkeypatch.setattr(time, "time", lambda: float(clock))
    second = experiment.export(copy)
    assert int(os.path.basename(second)) > int(os.path.basename(first))
    assert exports.versions(os.path.dirname(second)) == [first, second]
    assert os.path.exists(os.path.join(second, "saved_model.pb"))


def test_old_versions_beyond_keep_exports_are_removed(copy, earlier):
    folder = os.path.join(copy.model_dir, "export")
    before = earlier(folder, 1_000, 1_001)
    kept = [before[1], experiment.export(dataclasses.replace(copy, keep_exports=2))]
    assert exports.versions(folder) == kept
    assert sorted(os.listdir(folder)) == [os.path.basename(path) for path in kept]


def test_in_another_export_dir_every_version_stays(copy, earlier, tmp_path):
    elsewhere = str(tmp_path / "elsewhere")
    before = earlier(elsewhere, 1_000)
    made = experiment.export(dataclasses.replace(copy, keep_exports=1), elsewhere)
    assert exports.versions(elsewhere) == [*before, made]


def test_an_export_that_fails_half_way_leaves_nothing(copy, monkeypatch):
    """A double that raises KeyboardInterrupt in the last step."""

    def fail(folder):
        assert os.path.exists(os.path.join(folder, "saved_model.pb"))
        raise KeyboardInterrupt

    monkeypatch.setattr(warm_up, "write", fail)
    with pytest.raises(KeyboardInterrupt):
        experiment.export(copy)
    assert os.listdir(os.path.join(copy.model_dir, "export")) == []


# Other formats beside the SavedModel.


def test_every_format_but_the_saved_model_has_a_writer():
    assert ("saved_model", *exporter.BESIDE) == choices.EXPORT_FORMATS


def test_a_format_is_written_to_a_folder_with_its_name_in_the_version(copy, monkeypatch):
    """A double that records its arguments."""
    calls = []
    monkeypatch.setitem(exporter.BESIDE, "tflite", lambda *arguments: calls.append(arguments))
    alone = experiment.export(copy)
    assert not calls and exports.formats_of(alone) == ("saved_model",)
    both = dataclasses.replace(copy, export_formats=("tflite", "saved_model", "tflite"))
    version = experiment.export(both, checkpoint="last")
    ((config, checkpoint, folder, dataset),) = calls
    assert (
        config == both
        and len(dataset.train) == 60_000
        and checkpoint == os.path.join(copy.model_dir, "model.ckpt-40")
    )
    assert os.path.basename(folder) == "tflite" and "unfinished" in folder
    assert exports.formats_of(version) == ("saved_model", "tflite")


@pytest.mark.parametrize("formats", [("tflite",), (), ("saved_model", "onxx")])
def test_unknown_formats_or_no_saved_model_are_refused_before_anything_is_written(copy, formats):
    with pytest.raises(UserError, match="^export_formats="):
        experiment.export(dataclasses.replace(copy, export_formats=formats))
    assert not os.path.exists(os.path.join(copy.model_dir, "export"))


def test_a_format_that_cannot_be_written_leaves_no_version(copy, monkeypatch):
    """A double that fails as a full disk does."""

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setitem(exporter.BESIDE, "tflite", full)
    both = dataclasses.replace(copy, export_formats=("saved_model", "tflite"))
    with pytest.raises(UserError, match="the export cannot be written .*No space left on device"):
        experiment.export(both)
    assert os.listdir(os.path.join(copy.model_dir, "export")) == []


def test_a_full_disk_is_one_line(copy, monkeypatch):
    """A double that raises TensorFlow's own error for variables that cannot be written."""

    def full(self, session, path, *rest, **options):
        raise tf.errors.ResourceExhaustedError(None, None, f"{path}; No space left on device")

    monkeypatch.setattr(tf.train.Saver, "save", full)
    with pytest.raises(UserError) as error:
        experiment.export(copy)
    assert str(error.value).startswith(
        f"model_dir={copy.model_dir}: the export cannot be written ({copy.model_dir}/export/"
    )
    assert str(error.value).endswith(
        "No space left on device); make room or fix that, then run cnn_mnist.export again"
    )
