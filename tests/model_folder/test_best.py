"""One best checkpoint is kept with its validation; if it is damaged, nothing else is lost."""

from __future__ import annotations

import json
import os
import types

import numpy as np
import pytest

from cnn_mnist.model_folder import best as best_checkpoint
from cnn_mnist.model_folder.integrity import Damage
from cnn_mnist.model_folder.validations import Validation
from cnn_mnist.tf_compat import tf


@pytest.fixture
def training(tmp_path):
    """A session with one weight and an optimizer's state, as in training, and its saver."""
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.train.get_or_create_global_step()
        weight = tf.get_variable("dense/kernel", [3], initializer=tf.zeros_initializer())
        update = tf.train.AdamOptimizer(0.1).minimize(tf.reduce_sum(weight), step)
        saver = best_checkpoint.BestSaver(str(tmp_path), {"dense/kernel"})
        session.run(tf.global_variables_initializer())
        tf.get_default_graph().finalize()

        def save(accuracy):
            session.run(update)
            done = int(session.run(step))
            saver.save(session, Validation(done, {"accuracy": accuracy, "loss": 1 - accuracy}))
            return session.run(weight)

        yield types.SimpleNamespace(save=save, saver=saver, session=session)


def names(folder) -> set[str]:
    return set(os.listdir(folder / "best"))


FILES_OF_STEP_2 = {
    "best.json",
    "model.ckpt-2.index",
    "model.ckpt-2.data-00000-of-00001",
}


def test_the_best_is_read_back_with_its_validation(training, tmp_path):
    weight = training.save(0.5)
    best = best_checkpoint.read(str(tmp_path))
    assert best.validation == Validation(1, {"accuracy": 0.5, "loss": 0.5})
    assert best.path == str(tmp_path / "best" / "model.ckpt-1")
    np.testing.assert_array_equal(tf.train.load_variable(best.path, "dense/kernel"), weight)


def test_the_checkpoint_holds_weights_and_step_and_no_optimizer_state(training, tmp_path):
    training.save(0.5)
    best = best_checkpoint.read(str(tmp_path))
    found = dict(tf.train.list_variables(best.path))
    assert found == {"dense/kernel": [3], "global_step": []}
    assert tf.train.load_variable(best.path, "global_step") == 1


def test_the_next_takes_the_place_of_the_one_before(training, tmp_path):
    first, second = training.save(0.5), training.save(0.6)
    assert (first != second).all()
    assert names(tmp_path) == FILES_OF_STEP_2
    best = best_checkpoint.read(str(tmp_path))
    assert best.validation.step == 2
    np.testing.assert_array_equal(tf.train.load_variable(best.path, "dense/kernel"), second)


def test_a_crash_before_the_record_leaves_the_old_one_whole(training, tmp_path, monkeypatch):
    """The function that writes the record is replaced by one that fails, as on a full disk."""
    weight = training.save(0.5)

    def fail(path, text):
        raise OSError("full")

    with monkeypatch.context() as broken:
        broken.setattr(best_checkpoint, "write_whole", fail)
        with pytest.raises(OSError, match="full"):
            training.save(0.6)
    best = best_checkpoint.read(str(tmp_path))
    assert best.validation.step == 1
    np.testing.assert_array_equal(tf.train.load_variable(best.path, "dense/kernel"), weight)
    # The files of the failed save are removed with the next.
    training.save(0.7)
    assert {name.split(".")[1] for name in names(tmp_path)} == {"json", "ckpt-3"}


def test_files_that_are_not_checkpoints_stay(training, tmp_path):
    training.save(0.5)
    (tmp_path / "best" / "notes.txt").write_text("mine")
    training.save(0.6)
    assert names(tmp_path) == FILES_OF_STEP_2 | {"notes.txt"}


def test_step_10_is_not_taken_for_step_1(training, tmp_path):
    """The name `model.ckpt-10` also begins with `model.ckpt-1`."""
    for _ in range(10):
        training.save(0.5)
    assert {name for name in names(tmp_path) if "ckpt-10." not in name} == {"best.json"}
    step = tf.train.get_global_step()
    training.session.run(step.initializer)
    training.save(0.6)
    assert {name for name in names(tmp_path) if "ckpt-1." not in name} == {"best.json"}


def test_a_nan_among_the_metrics_is_kept_as_null(training, tmp_path):
    training.saver.save(training.session, Validation(0, {"accuracy": 0.5, "loss": float("nan")}))
    written = json.loads((tmp_path / "best" / "best.json").read_text())
    assert written == {"step": 0, "accuracy": 0.5, "loss": None}
    assert np.isnan(best_checkpoint.read(str(tmp_path)).validation.metrics["loss"])


def test_without_a_kept_checkpoint_there_is_no_best(tmp_path):
    assert best_checkpoint.read(str(tmp_path)) is None
    assert best_checkpoint.read(str(tmp_path / "missing")) is None
    (tmp_path / "best").mkdir()
    assert best_checkpoint.read(str(tmp_path)) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"\0\0", b'{"step": null}', b"{}"],
    ids=repr,
)
def test_a_damaged_record_names_none(training, tmp_path, content):
    training.save(0.5)
    (tmp_path / "best" / "best.json").write_bytes(content)
    assert best_checkpoint.read(str(tmp_path)) is None


@pytest.mark.parametrize(
    ("end", "reason"), [("index", "missing"), ("data-00000-of-00001", "its data are missing")]
)
def test_a_checkpoint_that_is_gone_is_named_and_its_record_set_aside(
    training, tmp_path, end, reason
):
    training.save(0.5)
    best = best_checkpoint.read(str(tmp_path))
    os.unlink(f"{best.path}.{end}")
    assert best_checkpoint.set_aside_damaged(str(tmp_path)) == Damage(best.path, reason)
    assert best_checkpoint.read(str(tmp_path)) is None
    assert len(os.listdir(tmp_path / "best" / "damaged")) == 1


def test_a_whole_checkpoint_is_not_set_aside(training, tmp_path):
    training.save(0.5)
    assert best_checkpoint.set_aside_damaged(str(tmp_path)) is None
    assert best_checkpoint.read(str(tmp_path)).validation.step == 1


def test_without_a_kept_checkpoint_nothing_is_set_aside(tmp_path):
    assert best_checkpoint.set_aside_damaged(str(tmp_path)) is None


def test_a_folder_that_was_moved_keeps_its_best(training, tmp_path):
    training.save(0.5)
    moved = tmp_path.with_name(f"{tmp_path.name}_moved")
    tmp_path.rename(moved)
    best = best_checkpoint.read(str(moved))
    assert best.path.startswith(str(moved)) and best.validation.step == 1


def test_forget_removes_the_best_and_nothing_else(training, tmp_path):
    training.save(0.5)
    (tmp_path / "model.ckpt-1.index").touch()
    best_checkpoint.forget(str(tmp_path))
    assert os.listdir(tmp_path) == ["model.ckpt-1.index"]
    best_checkpoint.forget(str(tmp_path))
