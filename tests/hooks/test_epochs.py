"""Each example counts once in the mean of its epoch, and a restart changes no figure."""

from __future__ import annotations

import dataclasses
import os
import shutil
import types

import pytest

import cnn_mnist
from cnn_mnist import config as config_lib
from cnn_mnist import experiment
from cnn_mnist.model_folder import epochs, events, history
from cnn_mnist.plots import tensorboard
from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import tf

STEPS, BATCH, IMAGES = 12, 20, 50


class Recorder(Progress):
    """Records the lines about epochs."""

    def __init__(self):
        self.lines = []

    def say(self, text):
        if text.startswith("epoch"):
            self.lines.append(text)


def tiny_config(model_dir, data_dir):
    """Four epochs of 2.5 steps and most of a fifth, with a validation every 4 steps."""
    return config_lib.from_preset(
        str(model_dir),
        data_dir=data_dir,
        offline=True,
        architecture="flatten, dense 10",
        train_steps=STEPS,
        batch_size=BATCH,
        warmup_steps=0,
        learning_rate=0.01,
        validation_examples=300,
        train_examples=IMAGES,
        validate_every_steps=4,
        save_checkpoints_steps=2,
        keep_checkpoint_max=100,
        save_summary_steps=1000,
        precision="float32",
        log_epochs=True,
    )


def trained_once(config, dataset):
    recorder = Recorder()
    with pytest.MonkeyPatch.context() as patch:
        no_pictures = types.SimpleNamespace(confusion_matrix_png=lambda *arguments: b"")
        patch.setattr(tensorboard, "plots", no_pictures)
        experiment.train(config, recorder, dataset)
    return types.SimpleNamespace(config=config, lines=recorder.lines)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, data_dir, small):
    """A run without interruption. Do not write to it."""
    return trained_once(tiny_config(tmp_path_factory.mktemp("whole"), data_dir), small)


@pytest.fixture
def copy(whole, tmp_path):
    """The configuration of a copy, to go on with."""
    shutil.copytree(whole.config.model_dir, tmp_path / "copy")
    return dataclasses.replace(whole.config, model_dir=str(tmp_path / "copy"))


def lose(config, after):
    """Leaves the folder as if a crash had lost every checkpoint after step `after`."""
    for name in os.listdir(config.model_dir):
        if name.startswith("model.ckpt-") and int(name.split("-")[1].split(".")[0]) > after:
            os.unlink(os.path.join(config.model_dir, name))
    place = os.path.join(config.model_dir, f"model.ckpt-{after}")
    tf.train.update_checkpoint_state(config.model_dir, place)


def rows(config):
    """Returns the epochs without the time that they took."""
    found = epochs.read(config.model_dir)
    return [dataclasses.replace(row, seconds=0.0) for row in found]


def columns(config, *names):
    found = cnn_mnist.history(config).history
    return [found[name] for name in names]


def test_an_epoch_is_one_pass_over_the_training_images(whole):
    found = rows(whole.config)
    assert [row.epoch for row in found] == [1, 2, 3, 4, 5]
    assert [(row.begin, row.step) for row in found] == [(0, 3), (2, 5), (5, 8), (7, 10), (10, 12)]
    assert [row.examples for row in found] == [IMAGES] * 4 + [40]
    assert {row.size for row in found} == {IMAGES}


def test_each_epoch_has_the_validation_that_is_nearest_to_its_end(whole):
    steps, losses = columns(whole.config, "val_step", "val_loss")
    assert [step if step == step else None for step in steps] == [None, 4, 8, None, 12]
    assert [loss == loss for loss in losses] == [False, True, True, False, True]


def test_the_mean_is_that_of_every_training_image(whole, small, tmp_path):
    """With a learning rate of almost nothing, training measures what evaluation does."""
    still = dataclasses.replace(
        whole.config, model_dir=str(tmp_path), train_steps=5, learning_rate=1e-9
    )
    trained_once(still, small)
    expected = experiment.evaluate(still, "train", dataset=small, checkpoint="last")
    first, second = rows(still)
    for row in (first, second):
        assert row.loss == pytest.approx(expected.loss, rel=1e-5)
        assert row.correct == expected.correct


def test_the_files_hold_what_the_record_does(whole):
    with open(os.path.join(whole.config.model_dir, history.CSV_FILE)) as file:
        lines = file.read().splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch", "1", "2", "3", "4", "5"]
    losses = [row.loss for row in rows(whole.config)]
    assert [float(line.split(",")[1]) for line in lines[1:]] == losses


def test_the_learning_rate_is_that_of_the_last_step(whole):
    [rates] = columns(whole.config, "learning_rate")
    # It falls linearly from 0.01 to 0 at step 12.
    assert rates == pytest.approx([0.01 * (1 - (step - 1) / 12) for step in (3, 5, 8, 10, 12)])


def test_training_and_validation_are_on_one_chart(whole):
    training = events.scalars(whole.config.model_dir)
    validation = events.scalars(os.path.join(whole.config.model_dir, "eval_validation"))
    found = rows(whole.config)
    for tag, name in (("epoch_loss", "loss"), ("epoch_accuracy", "accuracy")):
        assert training[tag] == [(row.epoch, pytest.approx(getattr(row, name))) for row in found]
        assert [epoch for epoch, _ in validation[tag]] == [2, 3, 5]


def test_the_charts_are_on_disk_when_training_ends(whole, small, tmp_path):
    """In a notebook the process goes on, and TensorBoard would wait for the last epoch."""
    config = dataclasses.replace(whole.config, model_dir=str(tmp_path), train_examples=None)
    trained_once(config, small)
    for folder in (tmp_path, tmp_path / "eval_validation"):
        assert [epoch for epoch, _ in events.scalars(str(folder))["epoch_loss"]] == [1]


# The lines.


def test_a_line_for_each_epoch_has_loss_accuracy_and_validation(whole):
    first, second, *_, last = rows(whole.config)
    assert len(whole.lines) == 5
    assert whole.lines[0].startswith(
        f"epoch 1 of 5  loss {first.loss:.6f}, accuracy {first.accuracy:.2%}  "
    )
    assert "validation" not in whole.lines[0]
    losses, accuracies = columns(whole.config, "val_loss", "val_accuracy")
    assert whole.lines[1].startswith(
        f"epoch 2 of 5  loss {second.loss:.6f}, accuracy {second.accuracy:.2%}  "
        f"validation at step 4 loss {losses[1]:.6f}, accuracy {accuracies[1]:.2%}  "
    )
    assert whole.lines[4].startswith(f"epoch 5 of 5 (80% of it)  loss {last.loss:.6f}, ")
    assert f"  validation loss {losses[4]:.6f}, " in whole.lines[4]


# Restarts.


@pytest.mark.parametrize("after", [pytest.param(4, marks=pytest.mark.slow), 10])
def test_a_run_that_was_killed_within_an_epoch_has_the_same_history(whole, copy, small, after):
    lose(copy, after)
    again = trained_once(copy, small)
    assert rows(copy) == rows(whole.config)
    # As texts, since NaN differs from itself.
    validated = ("val_loss", "val_accuracy", "val_step")
    assert str(columns(copy, *validated)) == str(columns(whole.config, *validated))
    assert again.lines[-1].split("  ")[:-1] == whole.lines[-1].split("  ")[:-1]


@pytest.mark.slow
def test_without_a_record_of_its_start_an_epoch_covers_the_rest(copy, small):
    lose(copy, 4)
    os.unlink(os.path.join(copy.model_dir, epochs.EPOCHS_FILE))
    trained_once(copy, small)
    assert [(row.epoch, row.examples) for row in rows(copy)] == [(2, 20), (3, 50), (4, 50), (5, 40)]


def test_going_on_completes_the_last_epoch(whole, copy, small):
    further = trained_once(dataclasses.replace(copy, train_steps=15), small)
    *before, last, sixth = rows(copy)
    assert before == rows(whole.config)[:-1]
    assert (last.epoch, last.begin, last.step, last.examples) == (5, 10, 13, IMAGES)
    assert (sixth.epoch, sixth.examples) == (6, 50)
    assert len(further.lines) == 2


@pytest.mark.slow
def test_with_another_batch_size_epochs_are_counted_from_the_step(whole, copy, small):
    trained_once(dataclasses.replace(copy, train_steps=14, batch_size=50), small)
    found = rows(copy)
    assert found[:5] == rows(whole.config)
    assert [(row.epoch, row.examples) for row in found[5:]] == [(13, 50), (14, 50)]


@pytest.mark.slow
def test_a_batch_larger_than_the_data_holds_several_epochs(whole, small, tmp_path):
    config = dataclasses.replace(
        whole.config, model_dir=str(tmp_path), train_steps=1, batch_size=120
    )
    lines = trained_once(config, small).lines
    assert [(row.epoch, row.examples) for row in rows(config)] == [(1, 50), (2, 50)]
    assert [line.split("  ")[0] for line in lines] == ["epoch 1 of 2", "epoch 2 of 2"]
