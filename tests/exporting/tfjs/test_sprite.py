"""The data of an export for the browser: the first images of the data set, as a page reads them."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import os
import shutil
import struct

import numpy as np
import pytest
from PIL import Image

from cnn_mnist import experiment
from cnn_mnist.data import splits
from cnn_mnist.errors import UserError
from cnn_mnist.exporting.tfjs import sprite
from cnn_mnist.model_folder import exports

NAMES = ["data.json", "images.png", "labels.bin", "samples.png"]


@pytest.fixture
def few(small):
    """The first 30 training and 20 test images."""
    return dataclasses.replace(
        small, train=small.train.take(slice(30)), test=small.test.take(slice(20))
    )


@pytest.fixture
def copy(trained, tmp_path):
    """A copy of the trained model, to be exported for the browser."""
    folder = tmp_path / "model"
    shutil.copytree(trained.model_dir, folder, ignore=shutil.ignore_patterns("export"))
    return dataclasses.replace(
        trained, model_dir=str(folder), export_formats=("saved_model", "tfjs"), keep_exports=1
    )


def facts_of(data):
    with open(os.path.join(data, "data.json"), encoding="utf-8") as file:
        return json.load(file)


def pixels_of(data, name="images.png"):
    with Image.open(os.path.join(data, name)) as picture:
        return np.asarray(picture)


def labels_of(data):
    return np.fromfile(os.path.join(data, "labels.bin"), np.uint8)


def stamps(data):
    """Returns the files' inode numbers, which change when a file is written again."""
    return {name: os.stat(os.path.join(data, name)).st_ino for name in NAMES}


def test_each_row_is_an_image_training_images_first(trained, few, tmp_path):
    data = sprite.write(str(tmp_path), few)
    assert data == str(tmp_path / "data") and sorted(os.listdir(data)) == NAMES
    rows = pixels_of(data)
    assert rows.shape == (50, 784)
    np.testing.assert_array_equal(rows[:30].reshape(30, 28, 28, 1), few.train.images)
    np.testing.assert_array_equal(rows[30:].reshape(20, 28, 28, 1), few.test.images)
    np.testing.assert_array_equal(labels_of(data), [*few.train.labels, *few.test.labels])


def test_the_png_has_the_format_that_a_page_decodes(trained, few, tmp_path):
    data = sprite.write(str(tmp_path), few)
    with open(os.path.join(data, "images.png"), "rb") as file:
        content = file.read()
    # Width, height, bits, colour type (grey), compression, filter, interlacing (none).
    assert struct.unpack(">IIBBBBB", content[16:29]) == (784, 50, 8, 0, 0, 0, 0)


def test_data_json_describes_the_data(trained, few, tmp_path):
    data = sprite.write(str(tmp_path), few)
    content = labels_of(data).tobytes() + pixels_of(data).tobytes()
    assert facts_of(data) == {
        "dataset": "mnist",
        "train": 30,
        "test": 20,
        "samples": 20,
        "classes": list("0123456789"),
        "digits": True,
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def test_mnist_is_cut_to_the_tutorials_counts(trained, mnist, tmp_path):
    data = sprite.write(str(tmp_path), mnist)
    rows, labels = pixels_of(data), labels_of(data)
    assert rows.shape == (65_000, 784) and labels.shape == (65_000,)
    for row, part, index in (
        (54_999, mnist.train, 54_999),
        (55_000, mnist.test, 0),
        (64_999, mnist.test, 9_999),
    ):
        np.testing.assert_array_equal(rows[row], part.images[index].ravel())
        assert labels[row] == part.labels[index]
    facts = facts_of(data)
    assert [facts[name] for name in ("train", "test", "samples")] == [55_000, 10_000, 240]
    assert os.path.getsize(os.path.join(data, "images.png")) < 11e6
    np.testing.assert_array_equal(pixels_of(data, "samples.png"), rows[55_000:55_240])
    assert os.path.getsize(os.path.join(data, "samples.png")) < 50_000


def test_the_same_data_are_not_written_again(trained, few, tmp_path):
    data = sprite.write(str(tmp_path), few)
    before = stamps(data)
    assert sprite.write(str(tmp_path), few) == data
    assert stamps(data) == before


def other_images(few):
    return dataclasses.replace(few, test=dataclasses.replace(few.test, images=few.test.images ^ 1))


def other_labels(few):
    return dataclasses.replace(
        few, train=dataclasses.replace(few.train, labels=few.train.labels[::-1])
    )


def fewer_images(few):
    return dataclasses.replace(few, train=few.train.take(slice(29)))


def other_names(few):
    return dataclasses.replace(few, class_names=tuple("abcdefghij"))


@pytest.mark.parametrize("changed", [other_images, other_labels, fewer_images, other_names])
def test_other_data_of_the_same_name_replace_it(trained, few, tmp_path, changed):
    sprite.write(str(tmp_path), few)
    other = changed(few)
    data = sprite.write(str(tmp_path), other)
    np.testing.assert_array_equal(
        pixels_of(data).reshape(-1, 28, 28, 1),
        np.concatenate([other.train.images, other.test.images]),
    )
    np.testing.assert_array_equal(labels_of(data), [*other.train.labels, *other.test.labels])
    assert facts_of(data)["classes"] == list(other.class_names)
    assert os.listdir(tmp_path) == ["data"]


@pytest.mark.parametrize("names", ["0123456789", "abcdefghij"])
def test_the_images_say_whether_pictures_are_framed_as_digits(trained, few, tmp_path, names):
    named = dataclasses.replace(few, name="handwriting", class_names=tuple(names))
    assert facts_of(sprite.write(str(tmp_path), named))["digits"] is True
    light = np.full_like(few.train.images, 90)
    whole = dataclasses.replace(named, train=dataclasses.replace(few.train, images=light))
    assert facts_of(sprite.write(str(tmp_path), whole))["digits"] is False


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b"\xff", b"[]", b'{"train": 30}'])
def test_a_description_that_cannot_be_read_is_written_again(trained, few, tmp_path, content):
    data = sprite.write(str(tmp_path), few)
    (tmp_path / "data" / "data.json").write_bytes(content)
    sprite.write(str(tmp_path), few)
    assert facts_of(data)["train"] == 30


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_was_removed_is_written_again(trained, few, tmp_path, name):
    data = sprite.write(str(tmp_path), few)
    os.unlink(os.path.join(data, name))
    sprite.write(str(tmp_path), few)
    assert sorted(os.listdir(data)) == NAMES


def test_a_failure_half_way_leaves_the_old_data(trained, few, tmp_path, monkeypatch):
    """A double that fails as a full disk does, once the images are written."""
    data = sprite.write(str(tmp_path), few)
    before = stamps(data)

    def full(value, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sprite.json, "dumps", full)
    with pytest.raises(OSError, match="No space left"):
        sprite.write(str(tmp_path), fewer_images(few))
    assert stamps(data) == before and os.listdir(tmp_path) == ["data"]


def test_another_process_may_write_the_same_data_first(trained, few, tmp_path, monkeypatch):
    """A double that writes them just before this process does."""
    rename = os.rename

    def beaten(source, target):
        if os.path.basename(target) == "data" and not os.path.exists(target):
            shutil.copytree(source, target)
        rename(source, target)

    monkeypatch.setattr(sprite.os, "rename", beaten)
    data = sprite.write(str(tmp_path), few)
    assert sorted(os.listdir(data)) == NAMES and os.listdir(tmp_path) == ["data"]


# In an export.


def test_an_export_for_the_browser_writes_the_data_once_and_keeps_them(copy, few):
    folder = os.path.join(copy.model_dir, "export")
    data = os.path.join(folder, "data")
    experiment.export(copy, dataset=few)
    before = stamps(data)
    second = experiment.export(copy, dataset=few)
    assert exports.versions(folder) == [second] and exports.newest(copy.model_dir) == second
    assert sorted(os.listdir(folder)) == [os.path.basename(second), "data"]
    assert stamps(data) == before


def test_an_export_in_other_formats_writes_no_data(copy, few):
    version = experiment.export(
        dataclasses.replace(copy, export_formats=("saved_model",)), dataset=few
    )
    assert os.listdir(os.path.dirname(version)) == [os.path.basename(version)]


def test_an_export_loads_the_data_if_they_are_not_given(copy, few, monkeypatch):
    monkeypatch.setattr(splits, "load_dataset", lambda config: few)
    version = experiment.export(copy)
    assert facts_of(os.path.join(os.path.dirname(version), "data"))["train"] == 30


def test_data_that_cannot_be_loaded_end_in_one_line_before_anything_is_written(copy, tmp_path):
    gone = str(tmp_path / "gone")
    with pytest.raises(UserError) as error:
        experiment.export(dataclasses.replace(copy, dataset=gone))
    assert str(error.value) == (
        "export_formats=tfjs also writes the images that the page trains on and tests with, but "
        f"those of dataset={gone} cannot be loaded: dataset={gone} does not exist; expected a "
        "folder of IDX files, a folder of pictures for each class, or a .csv, .npz or .parquet "
        "file; fix that, or leave out tfjs"
    )
    assert not os.path.exists(os.path.join(copy.model_dir, "export"))


def test_a_full_disk_is_one_line(copy, few, monkeypatch):
    """A double that fails as a full disk does."""

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sprite, "_write", full)
    with pytest.raises(UserError, match="the export cannot be written .*No space left on device"):
        experiment.export(copy, dataset=few)
    assert os.listdir(os.path.join(copy.model_dir, "export")) == []


def test_a_training_that_exports_writes_its_own_data_beside_the_versions(
    small_config, few, monkeypatch
):
    """The data are not loaded a second time."""
    config = dataclasses.replace(
        small_config,
        export_best=True,
        export_formats=("saved_model", "tfjs"),
        validation_examples=10,
        batch_size=5,
        train_steps=4,
        validate_every_steps=2,
    )
    monkeypatch.setattr(splits, "load_dataset", None)
    experiment.train(config, dataset=few)
    assert facts_of(os.path.join(config.model_dir, "export", "data"))["train"] == 30
