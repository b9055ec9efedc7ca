"""Training ends in one line if its folder is removed or replaced, and makes nothing anew."""

from __future__ import annotations

import dataclasses
import os
import shutil

import pytest

from cnn_mnist import experiment
from cnn_mnist.errors import CheckpointError
from cnn_mnist.hooks.step import StepHook
from cnn_mnist.training.lock import TrainingLock


class AtStep(StepHook):
    """Does something after the third step."""

    def __init__(self, act):
        self._act = act

    def after_step(self, run_context, results):
        if self.steps_done == 3:
            self._act()


@pytest.fixture
def tiny(small_config):
    """A configuration that writes something at each step."""
    return dataclasses.replace(
        small_config,
        train_steps=8,
        validate_every_steps=1,
        save_checkpoints_steps=1,
        save_summary_steps=1,
        validation_examples=50,
    )


def replace(folder):
    os.rename(folder, folder + ".moved")
    os.makedirs(folder)


def put_a_file(folder):
    shutil.rmtree(folder)
    with open(folder, "w") as file:
        file.write("in the way")


REMOVALS = [
    pytest.param(shutil.rmtree, "removed or moved", id="removed"),
    pytest.param(replace, "replaced by another folder", id="replaced", marks=pytest.mark.slow),
    pytest.param(put_a_file, "replaced by another folder", id="a file", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("act", "what"), REMOVALS)
def test_a_folder_that_is_gone_ends_training_and_is_not_made_anew(
    tiny, small, with_hook, act, what
):
    config = with_hook(tiny, AtStep(lambda: act(tiny.model_dir)))
    with pytest.raises(CheckpointError, match=f"was {what}.* during training, so training ends"):
        experiment.train(config, dataset=small)
    if act is shutil.rmtree:
        assert not os.path.exists(tiny.model_dir)
    elif act is replace:
        assert os.listdir(tiny.model_dir) == []


def test_a_lock_file_that_is_removed_ends_nothing(tmp_path):
    with TrainingLock(str(tmp_path)) as lock:
        os.unlink(tmp_path / "training.lock")
        lock.check_folder()
