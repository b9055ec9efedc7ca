"""Scalars written for TensorBoard are read back, from files that a crash damaged too."""

import os

import pytest

from cnn_mnist.model_folder import events
from cnn_mnist.tf_compat import tf


def write(folder, second, *points, name="host"):
    """Writes an event file as if it had been opened at that second, and returns its path."""
    path = os.path.join(folder, f"events.out.tfevents.{second}.{name}")
    with tf.io.TFRecordWriter(path) as writer:
        writer.write(tf.Event(file_version="brain.Event:2").SerializeToString())
        for step, values in points:
            summary = tf.Summary(
                value=[tf.Summary.Value(tag=tag, simple_value=v) for tag, v in values.items()]
            )
            writer.write(tf.Event(step=step, summary=summary).SerializeToString())
    return path


def test_each_scalar_is_read_with_its_steps(tmp_path):
    write(tmp_path, 1, (1, {"loss": 2.5, "accuracy": 0.25}), (21, {"loss": 0.5}))
    assert events.scalars(str(tmp_path)) == {
        "loss": [(1, 2.5), (21, 0.5)],
        "accuracy": [(1, 0.25)],
    }


def test_the_scalars_of_a_training_are_read(trained):
    scalars = events.scalars(trained.model_dir)
    for name in ("loss", "accuracy", "learning_rate"):
        assert [step for step, _ in scalars[name]] == [1, 21]
    assert scalars["loss"][1][1] < scalars["loss"][0][1]
    assert all(0 <= rate <= 1 for _, rate in scalars["accuracy"])
    assert "conv2d/kernel" not in scalars, "a histogram is not a scalar"


def test_of_two_values_at_one_step_that_of_the_later_file_counts(tmp_path):
    """A crash at step 40 after a checkpoint at 20: the steps between are trained twice."""
    write(tmp_path, 1000000002, (21, {"loss": 3.0}), (61, {"loss": 4.0}))
    write(tmp_path, 1000000001, (1, {"loss": 1.0}), (21, {"loss": 2.0}), (41, {"loss": 2.0}))
    assert events.scalars(str(tmp_path))["loss"] == [
        (1, 1.0),
        (21, 3.0),
        (41, 2.0),
        (61, 4.0),
    ]


@pytest.mark.parametrize("cut", [1, 12, 30])
def test_a_file_that_is_cut_off_gives_the_values_before_the_cut(tmp_path, cut):
    path = write(tmp_path, 1, (1, {"loss": 1.0}), (2, {"loss": 2.0}), (3, {"loss": 3.0}))
    os.truncate(path, os.path.getsize(path) - cut)
    assert events.scalars(str(tmp_path)) == {"loss": [(1, 1.0), (2, 2.0)]}


def test_a_file_damaged_in_its_middle_gives_the_values_before(tmp_path):
    path = write(tmp_path, 1, *((step, {"loss": 1.0}) for step in range(100)))
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        file.write(b"\xff" * 40)
    steps = [step for step, _ in events.scalars(str(tmp_path))["loss"]]
    assert steps == list(range(len(steps))) and 40 <= len(steps) <= 50


def test_a_damaged_file_does_not_cost_the_others(tmp_path):
    (tmp_path / "events.out.tfevents.1.host").write_bytes(b"no event file at all")
    (tmp_path / "events.out.tfevents.2.host").touch()
    (tmp_path / "events.out.tfevents.3.host").mkdir()
    write(tmp_path, 4, (1, {"loss": 1.0}))
    assert events.scalars(str(tmp_path)) == {"loss": [(1, 1.0)]}


def test_only_event_files_of_the_folder_itself_are_read(tmp_path):
    (tmp_path / "eval_test").mkdir()
    write(tmp_path / "eval_test", 1, (1, {"loss": 9.0}))
    (tmp_path / "model.ckpt-1.index").write_bytes(b"other")
    assert events.scalars(str(tmp_path)) == {}


def test_a_folder_that_is_missing_has_no_scalars(tmp_path):
    assert events.scalars(str(tmp_path / "missing")) == {}
