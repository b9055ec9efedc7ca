"""The record of the data that a model was trained on."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from cnn_mnist import config as config_lib
from cnn_mnist.data import class_names, data_record
from cnn_mnist.data.loading import Dataset, Examples


@pytest.fixture
def tiny():
    """Twelve random images in ten classes."""
    images = np.random.RandomState(7).randint(0, 256, (12, 28, 28, 1)).astype(np.uint8)
    examples = Examples(images, np.arange(12, dtype=np.int32) % 10)
    return Dataset("tiny", examples, examples.take(slice(3)), tuple("abcdefghij"))


@pytest.fixture
def config(tmp_path):
    (tmp_path / "model").mkdir()
    return config_lib.from_preset(str(tmp_path / "model"), dataset="tiny")


@pytest.fixture
def record(config, tiny):
    return data_record.record_of(config, tiny, tiny.train.take(slice(4)))


def test_a_record_is_read_back(config, record):
    assert data_record.read(config.model_dir) is None
    data_record.write(config.model_dir, record)
    assert data_record.read(config.model_dir) == record
    assert data_record.read_or_infer(config.model_dir) == record
    assert (record.dataset, record.name, record.validation_examples) == ("tiny", "tiny", 4)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "{}", '{"class_names": ["a"]}'])
def test_a_damaged_record_is_taken_for_none(config, record, content, tmp_path):
    data_record.write(config.model_dir, record)
    (tmp_path / "model" / config_lib.DATASET_FILE).write_text(content, "utf-8")
    assert data_record.read(config.model_dir) is None


def test_a_field_of_another_version_is_no_record(config, record, tmp_path):
    data_record.write(config.model_dir, record)
    path = tmp_path / "model" / config_lib.DATASET_FILE
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "more": 1}), "utf-8")
    assert data_record.read(config.model_dir) is None


def test_an_older_folder_tells_the_data_set_and_its_split(config):
    assert data_record.read_or_infer(config.model_dir) is None
    config_lib.save(config)
    found = data_record.read_or_infer(config.model_dir)
    assert (found.dataset, found.validation_examples) == ("tiny", config.validation_examples)
    assert found.class_names is found.train_sha256 is None


@pytest.mark.parametrize("part", ["images", "labels"])
def test_one_other_value_gives_another_sha256(tiny, part):
    changed = {"images": tiny.train.images.copy(), "labels": tiny.train.labels.copy()}
    same = data_record.sha256_of(Examples(**changed))
    changed[part].flat[-1] ^= 1
    assert same == data_record.sha256_of(tiny.train) != data_record.sha256_of(Examples(**changed))


def test_images_that_are_a_view_have_the_sha256_of_their_copy(tiny):
    turned = tiny.train.images.transpose(0, 2, 1, 3)
    found = [
        data_record.sha256_of(Examples(images, tiny.train.labels))
        for images in (turned, turned.copy(), tiny.train.images)
    ]
    assert found[0] == found[1] != found[2]


def test_no_examples_have_a_sha256(tiny):
    assert len(data_record.sha256_of(tiny.train.take(slice(0)))) == 64


@pytest.mark.parametrize("digits", [True, False])
def test_the_images_say_whether_pictures_are_framed_as_digits_not_the_class_names(
    config, record, digits
):
    config_lib.save(config)
    class_names.save_class_names(
        config.model_dir, tuple("0123456789" if not digits else "abcdefghij")
    )
    assert data_record.frames_digits(config.model_dir) is not digits
    data_record.write(config.model_dir, dataclasses.replace(record, digits=digits))
    assert data_record.frames_digits(config.model_dir) is digits


def test_digits_with_spelled_names_are_recorded_as_digits(config, small):
    spelled = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    named = dataclasses.replace(small, name="handwriting", class_names=spelled)
    assert data_record.record_of(config, named, small.test).digits is True


def test_a_mismatch_is_described_only_where_name_and_images_differ(config, tiny, record):
    other = dataclasses.replace(config, dataset="other")
    assert data_record.mismatch(other, tiny) is None
    data_record.write(config.model_dir, record)
    changed = dataclasses.replace(tiny, train=tiny.train.take(slice(5)))
    assert data_record.mismatch(other, changed) == (
        f"the data are other, and the model in {config.model_dir} was trained on tiny"
    )
    assert data_record.mismatch(other, tiny) is None
    assert data_record.mismatch(config, changed) is None


def test_other_images_to_validate_on_than_those_of_the_training_are_said_to_be(
    config, tiny, record
):
    data_record.write(config.model_dir, record)
    usual = tiny.train.take(slice(0, 3))
    same = dataclasses.replace(record, validation_sha256=data_record.sha256_of(usual))
    data_record.write(config.model_dir, same)
    others = tiny.train.take(slice(1, 4))
    assert data_record.split_mismatch(config, "validation", usual) is None
    assert data_record.split_mismatch(config, "validation", others) == (
        f"these are not the {record.validation_examples} images that the model in "
        f"{config.model_dir} was validated on; it may have been trained on some of them"
    )
    assert data_record.split_mismatch(config, "test", others) is None
    assert data_record.split_mismatch(config, "train", others) is None


def test_a_folder_without_record_says_nothing_of_the_images_to_validate_on(config, tiny):
    assert data_record.split_mismatch(config, "validation", tiny.train) is None


def test_a_folder_has_its_absolute_path_and_a_name_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()
    assert data_record.place_of("./digits") == str(tmp_path / "digits")
    assert data_record.place_of("digits") == str(tmp_path / "digits")
    assert data_record.place_of("emnist/digits") == "emnist/digits"
