"""The lock allows one training at a time in a folder and ends with its process."""

from __future__ import annotations

import os
import signal

import other_process
import pytest

from cnn_mnist.errors import UserError
from cnn_mnist.training.lock import LOCK_FILE, TrainingLock

HOLD = """
import sys, time
from cnn_mnist.training.lock import TrainingLock
with TrainingLock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path, subprocess_environment):
    """Another process that holds the lock of `tmp_path`."""
    with other_process.running(HOLD, str(tmp_path), "held", subprocess_environment) as process:
        yield process


def test_a_second_training_is_refused_with_the_process_that_holds_the_lock(tmp_path, holder):
    with pytest.raises(UserError) as error, TrainingLock(str(tmp_path)):
        pass
    text = str(error.value)
    assert text.startswith(f"model_dir={tmp_path} is being trained in by process {holder.pid} on")
    assert text.endswith("; wait for it, stop it, or give another model_dir")


def test_a_refusal_does_not_change_the_lock_of_the_holder(tmp_path, holder):
    for _ in range(2):
        with pytest.raises(UserError, match=f"process {holder.pid} "), TrainingLock(str(tmp_path)):
            pass


def test_a_killed_process_leaves_no_lock_behind(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    assert (tmp_path / LOCK_FILE).read_text().startswith(f"process {holder.pid} ")
    with TrainingLock(str(tmp_path)):
        assert (tmp_path / LOCK_FILE).read_text().startswith(f"process {os.getpid()} ")


def test_the_lock_is_free_afterwards_even_after_an_error(tmp_path):
    with pytest.raises(KeyError), TrainingLock(str(tmp_path)):
        raise KeyError
    with TrainingLock(str(tmp_path)):
        pass
    assert (tmp_path / LOCK_FILE).read_text() == ""


def test_two_trainings_within_one_process_are_refused_too(tmp_path):
    with TrainingLock(str(tmp_path)), pytest.raises(UserError), TrainingLock(str(tmp_path)):
        pass


def test_other_folders_are_free(tmp_path):
    (tmp_path / "other").mkdir()
    with TrainingLock(str(tmp_path)), TrainingLock(str(tmp_path / "other")):
        pass
