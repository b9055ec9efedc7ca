"""`train_and_evaluate` does from Python what the command does, the record included."""

import dataclasses
import json
import os
import shutil
import types

import diverging
import pytest
from recorded_lines import RecordedLines

from cnn_mnist import experiment
from cnn_mnist.errors import CheckpointError, DivergedError
from cnn_mnist.evaluation import results
from cnn_mnist.model_folder import checkpoints, exports, runs
from cnn_mnist.support import processor
from cnn_mnist.tf_compat import KERNELS


@pytest.fixture
def tiny(small_config):
    return dataclasses.replace(
        small_config, architecture="flatten, dense 10", train_steps=6, validate_every_steps=3
    )


@pytest.fixture(scope="module")
def done(trained, small, tmp_path_factory):
    """A run of one epoch: its configuration, lines and result. Do not write to it."""
    config = dataclasses.replace(
        trained,
        model_dir=str(tmp_path_factory.mktemp("done") / "model"),
        architecture="flatten, dense 10",
        train_steps=0,
        epochs=1,
        batch_size=300,
        validate_every_steps=3,
    )
    lines = RecordedLines()
    command = ["python", "mine.py"]
    result = experiment.train_and_evaluate(config, lines, small, command=command)
    return types.SimpleNamespace(config=config, lines=lines.lines, result=result)


def test_it_trains_evaluates_exports_and_records(done):
    model_dir, result = done.config.model_dir, done.result
    assert (result.trained.first_step, result.trained.last_step) == (0, 6)
    assert result.evaluation.total == 500
    assert results.recorded_evaluation(model_dir)["correct"] == result.evaluation.correct
    assert result.export == exports.newest(model_dir)
    assert os.path.isfile(os.path.join(result.export, "saved_model.pb"))
    [run] = runs.read(model_dir)
    assert run["processor"] == processor.name()
    assert run["kernels"] == json.loads(json.dumps(dataclasses.asdict(KERNELS)))
    assert (run["mode"], run["command"]) == ("train_and_evaluate", ["python", "mine.py"])
    assert run["trained"]["last_step"] == 6
    assert done.lines[-1] == "Evaluating on the 500 test images"


def test_a_finished_folder_is_evaluated_and_exported_again(done, small, tmp_path):
    shutil.copytree(done.config.model_dir, tmp_path / "copy")
    config = dataclasses.replace(done.config, model_dir=str(tmp_path / "copy"))
    before = exports.newest(config.model_dir)
    again = experiment.train_and_evaluate(config, dataset=small)
    assert (again.trained.first_step, again.trained.last_step) == (6, 6)
    assert again.evaluation.correct == done.result.evaluation.correct
    assert again.export > before


def test_epochs_are_turned_into_steps(done):
    """1,700 images in batches of 300."""
    assert (done.config.epochs, done.config.train_steps) == (1, 0)
    assert done.result.trained.last_step == 6
    assert runs.read(done.config.model_dir)[0]["config"]["train_steps"] == 6


def test_a_checkpoint_that_does_not_exist_is_refused_before_training(tiny, small):
    with pytest.raises(CheckpointError):
        experiment.train_and_evaluate(tiny, dataset=small, checkpoint="/nowhere/model.ckpt-1")
    assert checkpoints.latest_step(tiny.model_dir) is None


def test_a_run_that_diverges_is_recorded_and_its_best_exported(tiny, small):
    config = dataclasses.replace(tiny, **diverging.SETTINGS)
    lines = RecordedLines()
    with pytest.raises(DivergedError) as caught:
        experiment.train_and_evaluate(config, lines, small)
    best = caught.value.result.best
    assert best is not None
    assert f"The best so far, step {best.validation.step:,} with " in lines.lines[-1]
    assert lines.lines[-1].endswith(f" is exported to {exports.newest(config.model_dir)}")
    [run] = runs.read(config.model_dir)
    assert run["command"] == ["experiment.train_and_evaluate"]
    assert run["trained"]["diverged_at"] == caught.value.step
