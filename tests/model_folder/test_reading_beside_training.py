"""A reader gets a whole checkpoint while a training replaces it."""

from __future__ import annotations

import dataclasses
import errno
import fcntl
import os
import shutil
import time

import numpy as np
import other_process
import pytest

from cnn_mnist import experiment
from cnn_mnist.errors import CheckpointError
from cnn_mnist.model_folder import best, checkpoints, integrity
from cnn_mnist.reports import inspection

WRITE = """
import sys, time
from cnn_mnist import config
from cnn_mnist.model_folder import best
from cnn_mnist.model_folder.validations import Validation
from cnn_mnist.networks import architecture
from cnn_mnist.tf_compat import tf

model_dir = sys.argv[1]
layers = architecture.parse(config.load(model_dir).architecture)
with tf.Graph().as_default(), tf.Session() as session:
    step = tf.train.get_or_create_global_step()
    shapes = architecture.variable_shapes(layers)
    for name, shape in shapes.items():
        tf.get_variable(name, shape)
    saver, ahead = best.BestSaver(model_dir, shapes), tf.assign_add(step, 1)
    session.run(tf.global_variables_initializer())
    print("begun", flush=True)
    while True:
        done = int(session.run(ahead))
        saver.save(session, Validation(done, {"accuracy": 0.5, "loss": 1.0}))
        time.sleep(0.05)
"""


@pytest.fixture
def copy(best_is_first, tmp_path):
    """A model whose best checkpoint is of step 10 and whose newest is of step 40."""
    shutil.copytree(best_is_first.model_dir, tmp_path / "copy")
    return dataclasses.replace(best_is_first, model_dir=str(tmp_path / "copy"))


@pytest.fixture
def replaced_best(copy, subprocess_environment):
    """A model whose best another process replaces every 50 ms."""
    with other_process.running(WRITE, copy.model_dir, "begun", subprocess_environment):
        yield copy


def remove(path):
    for end in (".index", ".data-00000-of-00001"):
        os.unlink(path + end)


@pytest.mark.slow
def test_each_mode_reads_a_best_that_is_replaced_every_50_ms(replaced_best, small):
    config = replaced_best
    images = small.test.images[:10]

    def predictor():
        with experiment.Predictor(config) as predict:
            return predict(images)

    for act in (
        lambda: experiment.evaluate(config, dataset=small),
        lambda: experiment.predict(config, images),
        predictor,
        lambda: experiment.export(config, dataset=small),
        lambda: inspection.look_inside(config, images),
        lambda: checkpoints.find(config),
    ):
        for _ in range(2):
            before = best.read(config.model_dir).validation.step
            while best.read(config.model_dir).validation.step < before + 2:
                time.sleep(0.01)
            act()
    # Those that were held are removed once nobody reads.
    kept = [name for name in os.listdir(f"{config.model_dir}/best") if name.endswith(".index")]
    assert len(kept) < 100


def test_training_removes_no_best_that_is_read(copy):
    folder = os.path.join(copy.model_dir, best.FOLDER)
    with best.held(copy.model_dir), best._alone(folder) as is_alone:
        assert not is_alone
    with best._alone(folder) as is_alone:
        assert is_alone


def test_a_reader_that_loses_the_best_reads_the_one_that_took_its_place(copy):
    read = []

    def reader(path):
        read.append(path)
        if len(read) == 1:
            remove(path)
        return integrity.damage(path) or checkpoints.step_of(path)

    def raising(path):
        found = reader(path)
        if isinstance(found, str):
            raise ValueError(found)
        return found

    assert checkpoints.read(copy, "best", raising) == 40
    assert len(read) == 2


def test_a_reader_does_not_look_for_ever(copy, monkeypatch):
    """Each time the checkpoint is said to be gone, as if another took its place at once."""
    monkeypatch.setattr(integrity, "is_there", lambda path: False)
    looked = []

    def lost(path):
        looked.append(path)
        raise ValueError("lost")

    with pytest.raises(CheckpointError, match="was removed 5 times while it was read; try again"):
        checkpoints.read(copy, "best", lost)
    assert len(looked) == 5


def test_an_error_of_a_reader_whose_checkpoint_is_there_is_raised_at_once(copy):
    looked = []

    def failing(path):
        looked.append(path)
        raise ValueError("another fault")

    with pytest.raises(ValueError, match="another fault"):
        checkpoints.read(copy, "best", failing)
    assert len(looked) == 1


def test_without_locks_the_best_is_read_and_replaced(copy, small, monkeypatch):
    """The lock is replaced by what some network file systems answer."""

    def no_locks(*arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    assert checkpoints.step_of(checkpoints.find(copy)) == 10
    with best._alone(os.path.join(copy.model_dir, best.FOLDER)) as is_alone:
        assert is_alone
    assert np.isfinite(experiment.predict(copy, small.test.images[:1]).probabilities).all()
