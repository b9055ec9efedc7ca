"""What training in an old folder refuses, begins anew or reports, where data or settings differ."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil

import numpy as np
import pytest
from commands import snapshot
from recorded_lines import RecordedLines

from cnn_mnist import config as config_lib
from cnn_mnist import experiment
from cnn_mnist.data import data_record, splits
from cnn_mnist.errors import UserError, one_line
from cnn_mnist.model_folder import best, checkpoints, runs, validations
from cnn_mnist.training import resuming


@pytest.fixture
def half_done(best_is_first, tmp_path, no_confusion_pictures):
    """A run of 45 steps with 40 done, whose best is of step 10."""
    shutil.copytree(best_is_first.model_dir, tmp_path / "half done")
    return dataclasses.replace(best_is_first, model_dir=str(tmp_path / "half done"), train_steps=45)


@pytest.fixture
def without_record(half_done):
    """The same, as an older version of this package left it."""
    os.unlink(os.path.join(half_done.model_dir, config_lib.DATASET_FILE))
    return half_done


@pytest.fixture
def other(small):
    """Images of another data set in the same ten classes."""
    turned = dataclasses.replace(small.train, images=small.train.images.transpose(0, 2, 1, 3))
    return dataclasses.replace(small, name="other_set", train=turned)


def prepared(config, dataset):
    """Prepares a folder as `train` does; returns the lines."""
    recorder = RecordedLines()
    _, validation = splits.training_and_validation(dataset, config)
    resuming.prepare(config, dataset, validation, recorder)
    return recorder.lines


def test_training_records_its_data(best_is_first, small):
    record = data_record.read(best_is_first.model_dir)
    _, validation = splits.training_and_validation(small, best_is_first)
    assert record == data_record.record_of(best_is_first, small, validation)
    assert (record.dataset, record.name) == (best_is_first.dataset, small.name)
    assert record.validation_examples == best_is_first.validation_examples == len(validation)


def test_another_data_set_is_refused_and_nothing_changes(half_done, other):
    config = dataclasses.replace(half_done, dataset="other_set")
    before = snapshot(half_done.model_dir)
    with pytest.raises(UserError) as error:
        experiment.train(config, dataset=other)
    assert one_line(error.value) == (
        f"--dataset=other_set differs: {half_done.model_dir} was trained on mnist; go on with "
        "--dataset=mnist, or give another --model_dir"
    )
    assert snapshot(half_done.model_dir) == before


def test_a_data_set_of_another_name_is_refused_where_a_caller_brings_it(half_done, other):
    with pytest.raises(UserError, match="^dataset=other_set differs: .* was trained on mnist; go"):
        resuming.check_same_data(half_done, other)


def test_the_same_images_under_another_name_are_accepted(half_done, small):
    config = dataclasses.replace(half_done, dataset="/somewhere/copy")
    resuming.check_same_data(config, dataclasses.replace(small, name="copy"))


def test_the_data_are_loaded_only_if_they_have_another_name(half_done, other, small, monkeypatch):
    loaded = []
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: loaded.append(1) or other)
    resuming.check_same_data(half_done)
    assert not loaded
    with pytest.raises(UserError, match="other_set differs"):
        resuming.check_same_data(dataclasses.replace(half_done, dataset="other_set"))
    assert loaded


def test_other_class_names_are_refused(half_done, small):
    named = dataclasses.replace(small, class_names=tuple("abcdefghij"))
    with pytest.raises(UserError) as error:
        resuming.check_same_data(half_done, named)
    assert str(error.value) == (
        "dataset=mnist has other classes (a, b, c, … 10 in all) than "
        f"{half_done.model_dir} was trained on (0, 1, 2, … 10 in all); give another model_dir"
    )


def test_in_a_folder_without_record_the_name_of_the_data_set_decides(without_record, small, other):
    resuming.check_same_data(without_record, small)
    with pytest.raises(UserError, match="other_set differs: .* was trained on mnist"):
        resuming.check_same_data(dataclasses.replace(without_record, dataset="other_set"), other)


def test_a_folder_without_checkpoint_takes_any_data(half_done, other):
    for path in pathlib.Path(half_done.model_dir).glob("model.ckpt*"):
        path.unlink()
    resuming.check_same_data(dataclasses.replace(half_done, dataset="other_set"), other)


def test_a_folder_that_this_package_did_not_train_in_takes_any_data(without_record, other):
    os.unlink(os.path.join(without_record.model_dir, "config.json"))
    resuming.check_same_data(dataclasses.replace(without_record, dataset="other_set"), other)


@pytest.mark.parametrize("has_record", [True, False])
def test_with_other_validation_images_the_best_begins_anew_and_the_old_one_is_kept(
    half_done, small, has_record
):
    place = os.path.join(half_done.model_dir, "earlier_best")
    if not has_record:
        os.unlink(os.path.join(half_done.model_dir, config_lib.DATASET_FILE))
    config = dataclasses.replace(half_done, validation_examples=200)
    assert prepared(config, small) == [
        "The validation images are not those of before (200, before 300), so the best checkpoint "
        f"begins anew; the one of before is in {place}",
        "From step 40 on: train_steps 45 (so far 40)",
    ]
    assert best.read(half_done.model_dir) is None
    assert validations.read(half_done.model_dir) == []
    assert {"best.json", "model.ckpt-10.index", "validations.jsonl"} <= set(os.listdir(place))
    assert checkpoints.find(config).endswith("model.ckpt-40")
    assert data_record.read(half_done.model_dir).validation_examples == 200
    assert "validation images" not in str(prepared(config, small))


def test_another_validation_seed_begins_the_best_anew_and_is_named(half_done, small):
    line, _ = prepared(dataclasses.replace(half_done, validation_seed=7), small)
    assert line.startswith(
        "The validation images are not those of before (validation_seed 7, before 20170101), so "
        "the best checkpoint begins anew; "
    )


def test_with_changed_files_of_the_same_data_set_the_best_begins_anew(half_done, small):
    images = np.concatenate([small.train.images, small.train.images[:9]])
    labels = np.concatenate([small.train.labels, small.train.labels[:9]])
    more = dataclasses.replace(
        small, train=dataclasses.replace(small.train, images=images, labels=labels)
    )
    resuming.check_same_data(half_done, more)
    line, _ = prepared(half_done, more)
    assert line.startswith(
        "The validation images are not those of before (other pixels or labels), so the best "
    )
    assert best.read(half_done.model_dir) is None


@pytest.mark.parametrize("has_record", [True, False])
def test_with_the_same_validation_images_the_best_stays(half_done, small, has_record):
    if not has_record:
        os.unlink(os.path.join(half_done.model_dir, config_lib.DATASET_FILE))
    assert prepared(half_done, small) == ["From step 40 on: train_steps 45 (so far 40)"]
    assert best.read(half_done.model_dir).validation.step == 10
    assert data_record.read(half_done.model_dir).name == small.name


def test_a_best_of_another_data_set_in_an_older_folder_is_not_taken(without_record, small, caplog):
    """Older versions trained any data in any folder."""
    config = without_record
    pathlib.Path(config.model_dir, "runs.jsonl").unlink(missing_ok=True)
    for name, first, last in (("mnist", 0, 20), ("fashion_mnist", 20, 40)):
        other = dataclasses.replace(config, dataset=name)
        runs.record(other, "train", [], trained={"first_step": first, "last_step": last})
    newest = f"{config.model_dir}/model.ckpt-40"
    assert checkpoints.find(config) == newest
    best_path = f"{config.model_dir}/best/model.ckpt-10"
    said = f"{best_path}, the best, is of an earlier training on mnist; taking {newest}"
    assert said in caplog.text
    fashion = dataclasses.replace(config, dataset="fashion_mnist")
    config_lib.save(fashion)
    assert prepared(fashion, small)[0].startswith(
        "The validation images are not those of before (before of mnist), so the best checkpoint"
    )
    assert best.read(config.model_dir) is None


def test_in_a_finished_folder_nothing_changes(half_done, small):
    before = snapshot(half_done.model_dir)
    config = dataclasses.replace(half_done, train_steps=40, validation_examples=200)
    assert prepared(config, small) == []
    assert snapshot(half_done.model_dir) == before


def test_settings_that_change_the_rest_of_training_are_reported(half_done, small):
    config = dataclasses.replace(
        half_done,
        train_steps=1400,
        batch_size=10,
        variant="nn",
        schedule="cosine",
        learning_rate=0.5,
        train_examples=1000,
        drawn_examples=30,
        orientation="as_is",
        initializer="normal_conv",
        log_every_steps=7,
    )
    assert prepared(config, small) == [
        f"From step 40 on: variant nn (so far layers), batch_size 10 (so far "
        f"{half_done.batch_size}), train_steps 1,400 (so far 40), learning_rate 0.5 (so far "
        f"{half_done.learning_rate:g}), schedule cosine (so far {half_done.schedule}), orientation "
        "as_is (so far auto), train_examples 1,000 (so far all), drawn_examples 30 (so far 0)"
    ]


@pytest.mark.slow
def test_after_other_validation_images_evaluation_and_export_take_the_new_best(half_done, small):
    config = dataclasses.replace(half_done, validation_examples=200)
    trained = experiment.train(config, RecordedLines(), small)
    assert trained.best.validation.step == 45
    assert [v.step for v in validations.read(config.model_dir)] == [45]
    assert experiment.evaluate(config, dataset=small).step == 45
