"""Validation within training keeps the best and stops in time; a restart changes no result."""

from __future__ import annotations

import dataclasses
import math
import os
import shutil
import types

import numpy as np
import pytest

from cnn_mnist import config as config_lib
from cnn_mnist import experiment, hooks, metrics, model
from cnn_mnist.config.choices import METRICS
from cnn_mnist.hooks import validation as validation_hook
from cnn_mnist.model_folder import best as best_checkpoint
from cnn_mnist.model_folder import checkpoints, validations
from cnn_mnist.plots import tensorboard
from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import tf
from cnn_mnist.training import readiness


def tiny_config(model_dir, data_dir):
    """A run without convolutions that validates and saves every 2 of 10 steps."""
    return config_lib.from_preset(
        str(model_dir),
        data_dir=data_dir,
        offline=True,
        architecture="flatten, dense 10",
        train_steps=10,
        batch_size=20,
        warmup_steps=0,
        schedule="constant",
        learning_rate=0.01,
        validation_examples=300,
        validate_every_steps=2,
        save_checkpoints_steps=2,
        keep_checkpoint_max=100,
        save_summary_steps=1000,
        monitor="loss",
        precision="float32",
    )


@pytest.fixture
def tiny(tmp_path, data_dir, no_confusion_pictures):
    return tiny_config(tmp_path / "model", data_dir)


MEASURE = metrics.validation_metrics


def replace_losses(monkeypatch, losses):
    """Replaces the measured losses by given ones, one for each validation."""
    left = iter(losses)
    monkeypatch.setattr(
        metrics,
        "validation_metrics",
        lambda matrix, loss: {**MEASURE(matrix, loss), "loss": float(next(left))},
    )


@pytest.fixture
def force(monkeypatch):
    return lambda *losses: replace_losses(monkeypatch, losses)


def trained_once(config, dataset, losses=None):
    """Trains for several tests, which read the result or go on in a copy."""
    recorder = Recorder()
    with pytest.MonkeyPatch.context() as patch:
        no_pictures = types.SimpleNamespace(confusion_matrix_png=lambda *arguments: b"")
        patch.setattr(tensorboard, "plots", no_pictures)
        if losses:
            replace_losses(patch, losses)
        result = experiment.train(config, recorder, dataset)
    return types.SimpleNamespace(config=config, result=result, recorder=recorder)


@pytest.fixture(scope="module")
def measured(tmp_path_factory, data_dir, small):
    """A run with the losses that it measures. Do not write to it."""
    config = tiny_config(tmp_path_factory.mktemp("measured"), data_dir)
    return trained_once(changed(config, eval_batch_size=64), small)


@pytest.fixture(scope="module")
def second_is_best(tmp_path_factory, data_dir, small):
    """A run whose second validation is the best, equalled by the fourth. Do not write to it."""
    config = tiny_config(tmp_path_factory.mktemp("second is best"), data_dir)
    return trained_once(config, small, losses=(3, 1, 2, 1, 5))


@pytest.fixture
def copy(second_is_best, tmp_path, no_confusion_pictures):
    """The configuration of a copy of `second_is_best`, to go on with."""
    return copied(second_is_best.config, tmp_path)


def copied(config, tmp_path):
    shutil.copytree(config.model_dir, tmp_path / "copy")
    return changed(config, model_dir=str(tmp_path / "copy"))


def changed(config, **changes):
    return dataclasses.replace(config, **changes)


def history(config):
    return [(v.step, v.metrics["loss"]) for v in validations.read(config.model_dir)]


def weights(checkpoint):
    return {
        name: tf.train.load_variable(checkpoint, name) for name in ("dense/kernel", "dense/bias")
    }


def assert_same_weights(one, other):
    other = weights(other)
    for name, value in weights(one).items():
        np.testing.assert_array_equal(value, other[name], err_msg=name)


def checkpoint_of(config, step):
    return os.path.join(config.model_dir, f"model.ckpt-{step}")


def lose(config, after):
    """Leaves the folder as if a crash had lost every checkpoint after step `after`."""
    for name in os.listdir(config.model_dir):
        if name.startswith("model.ckpt-") and int(name.split("-")[1].split(".")[0]) > after:
            os.unlink(os.path.join(config.model_dir, name))
    tf.train.update_checkpoint_state(config.model_dir, checkpoint_of(config, after))


# The measurements, and when they are made.


class Recorder(Progress):
    """Records the validations it receives."""

    def __init__(self):
        self.validations = []

    def validated(self, step, accuracy, loss):
        self.validations.append((step, accuracy, loss))


@pytest.mark.parametrize(
    ("every", "steps"),
    [(3, [3, 6, 9, 10]), (99, [10]), pytest.param(10, [10], marks=pytest.mark.slow)],
)
def test_validation_runs_every_so_many_steps_and_after_the_last(tiny, small, every, steps):
    recorder = Recorder()
    result = experiment.train(changed(tiny, validate_every_steps=every), recorder, small)
    assert [step for step, _ in history(tiny)] == steps
    assert [step for step, *_ in recorder.validations] == steps
    assert result.validations == len(steps)


def test_progress_receives_the_validations_that_are_recorded(measured):
    found = validations.read(measured.config.model_dir)
    assert [v.step for v in found] == [2, 4, 6, 8, 10]
    assert measured.result.validations == 5
    assert measured.recorder.validations == [
        (v.step, v.metrics["accuracy"], v.metrics["loss"]) for v in found
    ]


@pytest.mark.parametrize("in_batches_of_64", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_validation_within_training_gives_the_same_as_evaluate(
    best_is_first, measured, small, tmp_path, in_batches_of_64
):
    """In one batch, and in several batches with a smaller last one."""
    config = copied(measured.config if in_batches_of_64 else best_is_first, tmp_path)
    assert (config.eval_batch_size < config.validation_examples) is in_batches_of_64
    history = validations.read(config.model_dir)
    for validation in (history[0], history[2], history[-1]):
        checkpoint = checkpoint_of(config, validation.step)
        found = experiment.evaluate(config, "validation", dataset=small, checkpoint=checkpoint)
        assert list(validation.metrics) == list(METRICS)[: 3 + 10]
        assert validation.metrics["accuracy"] == found.accuracy
        assert validation.metrics["loss"] == pytest.approx(found.loss, rel=1e-4)
        assert validation.metrics["lowest_class_accuracy"] == found.class_accuracy.min()
        rates = [validation.metrics[f"class_accuracy/{label}"] for label in range(10)]
        np.testing.assert_array_equal(rates, found.class_accuracy)


@pytest.mark.parametrize(
    "convolutions", ["", pytest.param("conv 3x3x8, pool 2, ", marks=pytest.mark.slow)]
)
def test_validation_changes_nothing_of_training(tiny, small, tmp_path, convolutions):
    """Keeping the best changes nothing either; optimizer state and dropout are compared too."""
    often = changed(tiny, architecture=f"{convolutions}flatten, dense 16, dropout 0.4, dense 10")
    once = changed(often, model_dir=str(tmp_path / "once"), validate_every_steps=1000)
    experiment.train(often, dataset=small)
    experiment.train(once, dataset=small)
    for name, _ in tf.train.list_variables(once.model_dir):
        np.testing.assert_array_equal(
            tf.train.load_variable(once.model_dir, name),
            tf.train.load_variable(often.model_dir, name),
            err_msg=name,
        )


class Watch(tf.train.SessionRunHook):
    """Counts graphs, operations and sessions, which a rebuild or a restart would increase."""

    def __init__(self):
        self.begun, self.sessions, self.graphs, self.operations = 0, 0, set(), set()
        self.finalized = True

    def begin(self):
        self.begun += 1

    def after_create_session(self, session, coord):
        self.sessions += 1
        self.look(session.graph)

    def after_run(self, run_context, run_values):
        self.look(run_context.session.graph)

    def end(self, session):
        self.look(session.graph)

    def look(self, graph):
        self.graphs.add(graph)
        self.operations.add(len(graph.get_operations()))
        self.finalized &= graph.finalized


def test_validation_neither_rebuilds_the_graph_nor_restarts_the_session(
    tiny, small, with_hook, monkeypatch, force
):
    built = []
    build = model.model_fn
    monkeypatch.setattr(
        model,
        "model_fn",
        lambda features, labels, mode, params: (
            built.append(mode) or build(features, labels, mode, params)
        ),
    )
    force(5, 4, 3, 2, 1)
    watch = Watch()
    result = experiment.train(with_hook(tiny, watch), dataset=small)
    assert (result.validations, result.best.validation.step) == (5, 10)
    assert (watch.begun, watch.sessions, built) == (1, 1, ["train"])
    assert len(watch.graphs) == len(watch.operations) == 1
    assert watch.finalized


class Untouchable:
    """Raises on every use."""

    def __getattribute__(self, name):
        raise AssertionError(f"{name} of the test images was used")

    def __len__(self):
        raise AssertionError("the test images were counted")

    def __bool__(self):
        raise AssertionError("the test images were used")


@pytest.fixture(scope="module")
def stopped_early(tmp_path_factory, data_dir, small):
    """A run that its patience stopped, without test images. Do not write to it."""
    config = changed(
        tiny_config(tmp_path_factory.mktemp("stopped early"), data_dir),
        train_steps=20,
        early_stopping_patience=2,
    )
    blind = dataclasses.replace(small, test=Untouchable())
    return trained_once(config, blind, losses=(5, 4, 4, 4, 1))


def test_best_and_early_stopping_look_at_validation_images_only(stopped_early):
    """It was trained with test images that cannot be touched."""
    result = stopped_early.result
    assert (result.stopped_early, result.best.validation.step) == (True, 4)


# The best.


def test_the_best_is_kept_though_later_ones_are_worse(second_is_best):
    config, result = second_is_best.config, second_is_best.result
    assert result.best == best_checkpoint.read(config.model_dir)
    assert (result.best.validation.step, result.best.validation.metrics["loss"]) == (4, 1)
    assert result.last_step == 10
    assert sorted(os.listdir(os.path.join(config.model_dir, "best"))) == [
        "best.json",
        "model.ckpt-4.data-00000-of-00001",
        "model.ckpt-4.index",
    ]
    assert_same_weights(result.best.path, checkpoint_of(config, 4))
    assert checkpoints.step_of(result.best.path) == 4


def test_of_equals_the_earliest_is_kept(second_is_best):
    assert [step for step, loss in history(second_is_best.config) if loss == 1] == [4, 8]
    assert second_is_best.result.best.validation.step == 4


@pytest.mark.slow
def test_the_best_is_kept_when_training_really_diverges(
    measured, small, tmp_path, no_confusion_pictures
):
    """With measured losses: a rate so high that each step takes the weights further off."""
    config = copied(measured.config, tmp_path)
    before = measured.result.best.validation
    diverging = changed(config, optimizer="sgd", learning_rate=1000.0, train_steps=16)
    result = experiment.train(diverging, dataset=small)
    assert result.best.validation == before
    assert [loss for _, loss in history(config)][-1] > 10 * before.metrics["loss"]
    assert_same_weights(result.best.path, checkpoint_of(config, before.step))


def test_the_mode_max_reverses_which_loss_is_best(best_is_first):
    losses = [v.metrics["loss"] for v in validations.read(best_is_first.model_dir)]
    best = best_checkpoint.read(best_is_first.model_dir)
    assert best.validation.metrics["loss"] == max(losses) > min(losses)


@pytest.mark.slow
def test_the_mode_min_reverses_which_accuracy_is_best(tiny, small):
    config = changed(tiny, monitor="accuracy", monitor_mode="min")
    result = experiment.train(config, dataset=small)
    found = [v.metrics["accuracy"] for v in validations.read(config.model_dir)]
    assert result.best.validation.metrics["accuracy"] == min(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    "metric",
    ["class_accuracy/3", pytest.param("lowest_class_accuracy", marks=pytest.mark.slow)],
)
def test_any_metric_may_decide_which_is_best(tiny, small, metric):
    config = changed(tiny, monitor=metric)
    result = experiment.train(config, dataset=small)
    found = [(v.metrics[metric], -v.step) for v in validations.read(config.model_dir)]
    best = result.best.validation
    assert (best.metrics[metric], -best.step) == max(found)


@pytest.mark.slow
def test_a_validation_that_is_nan_is_recorded_and_never_best(tiny, small, force):
    force(math.nan, 3, math.nan, math.inf, 4)
    result = experiment.train(tiny, dataset=small)
    assert result.best.validation.step == 4
    assert [step for step, loss in history(tiny) if math.isnan(loss)] == [2, 6, 8]


def test_if_all_losses_are_nan_no_best_is_kept_and_the_newest_is_taken(tiny, small, force):
    force(math.nan, math.nan)
    config = changed(tiny, train_steps=4)
    assert experiment.train(config, dataset=small).best is None
    assert checkpoints.find(config) == checkpoint_of(config, 4)


def test_the_best_remains_after_a_restart_that_only_does_worse(copy, small, force):
    """Estimator's BestExporter forgets it: tensorflow#47396."""
    before = best_checkpoint.read(copy.model_dir)
    force(5, 4)
    result = experiment.train(changed(copy, train_steps=14), dataset=small)
    assert (result.first_step, result.last_step) == (10, 14)
    assert result.best == before
    assert_same_weights(result.best.path, checkpoint_of(copy, 4))
    force(0.5)
    assert experiment.train(changed(copy, train_steps=16), dataset=small).best.validation.step == 16


@pytest.mark.slow
def test_a_best_whose_checkpoint_is_gone_costs_only_that(copy, small, force):
    best = best_checkpoint.read(copy.model_dir)
    os.unlink(f"{best.path}.index")
    assert checkpoints.find(copy) == checkpoint_of(copy, 10)
    force(9, 8)
    result = experiment.train(changed(copy, train_steps=14), dataset=small)
    assert result.best.validation.step == 14
    assert_same_weights(result.best.path, checkpoint_of(copy, 14))


@pytest.mark.parametrize(
    "content", [b"{", pytest.param(b"\xff\xfe", marks=pytest.mark.slow)], ids=repr
)
def test_a_damaged_record_of_the_best_does_not_keep_training_from_going_on(
    copy, small, force, content
):
    with open(os.path.join(copy.model_dir, "best", "best.json"), "wb") as file:
        file.write(content)
    assert best_checkpoint.read(copy.model_dir) is None
    force(2, 3)
    result = experiment.train(changed(copy, train_steps=14), dataset=small)
    assert result.best.validation.step == 12


def test_damaged_lines_of_the_record_do_not_keep_training_from_going_on(copy, small, force):
    with open(os.path.join(copy.model_dir, validations.VALIDATIONS_FILE), "ab") as file:
        file.write(b'\xff\xfe\n{"step": 2, "lo')
    force(2)
    assert experiment.train(changed(copy, train_steps=12), dataset=small).validations == 6
    assert history(copy) == [(2, 3), (4, 1), (6, 2), (8, 1), (10, 5), (12, 2)]


# After a crash or a fresh start.


def test_validations_of_lost_steps_are_dropped_but_their_best_stays(copy, small, force):
    lose(copy, after=2)
    force(5, 5, 5, 5)
    result = experiment.train(copy, dataset=small)
    assert history(copy) == [(2, 3), (4, 5), (6, 5), (8, 5), (10, 5)]
    assert result.validations == 5
    assert (result.best.validation.step, result.best.validation.metrics["loss"]) == (4, 1)


@pytest.mark.slow
def test_a_lost_validation_is_removed_before_its_step_is_trained_again(copy, small, force):
    """A report made in between would show it beside those of another training."""
    lose(copy, after=4)
    force()
    experiment.train(changed(copy, train_steps=4), dataset=small)
    assert history(copy) == [(2, 3), (4, 1)]


@pytest.mark.slow
@pytest.mark.parametrize("validation_examples", [300, 0])
def test_a_fresh_start_ignores_what_another_training_left(copy, small, force, validation_examples):
    """As if the checkpoints and the record were deleted, but not the whole folder."""
    for name in os.listdir(copy.model_dir):
        if name.startswith(("model.ckpt", "checkpoint", "validations")):
            os.unlink(os.path.join(copy.model_dir, name))
    force(7)
    again = changed(copy, train_steps=2, validation_examples=validation_examples)
    result = experiment.train(again, dataset=small)
    assert (result.first_step, result.last_step) == (0, 2)
    if validation_examples:
        assert history(copy) == [(2, 7)]
        assert result.best.validation.metrics["loss"] == 7
    else:
        assert result.best is None
        assert checkpoints.find(copy) == checkpoint_of(copy, 2)


# Early stopping.


def test_training_stops_when_patience_is_used_up_and_not_before(stopped_early):
    config, result = stopped_early.config, stopped_early.result
    assert (result.last_step, result.train_steps, result.stopped_early) == (8, 20, True)
    assert result.stopped_by is None
    assert result.best.validation.step == 4
    assert checkpoints.latest_step(config.model_dir) == 8


def test_an_improvement_gives_patience_back(tiny, small, force):
    force(5, 6, 4, 4, 3, 3, 3)
    config = changed(tiny, train_steps=1000, early_stopping_patience=2)
    assert experiment.train(config, dataset=small).last_step == 14


@pytest.mark.slow
def test_a_small_improvement_is_kept_but_does_not_give_patience_back(tiny, small, force):
    force(5.0, 4.9, 4.8, 1.0)
    config = changed(
        tiny, train_steps=1000, early_stopping_patience=2, early_stopping_min_delta=0.25
    )
    result = experiment.train(config, dataset=small)
    assert (result.last_step, result.best.validation.step) == (6, 6)


def test_without_patience_nothing_stops_training(second_is_best):
    """Three validations in a row after the best are no better."""
    result = second_is_best.result
    assert (result.last_step, result.stopped_early) == (10, False)


@pytest.mark.slow
def test_a_run_that_ends_with_its_patience_did_not_stop_early(tiny, small, force):
    force(1, 2, 2)
    config = changed(tiny, train_steps=6, early_stopping_patience=2)
    result = experiment.train(config, dataset=small)
    assert (result.last_step, result.stopped_early) == (6, False)


def contents(folder):
    return {
        os.path.join(place, name): os.stat(os.path.join(place, name)).st_size
        for place, _, names in os.walk(folder)
        for name in names
    }


def test_a_run_that_stopped_early_stays_as_it_is_until_patience_is_raised(
    stopped_early, small, force, with_hook, tmp_path, no_confusion_pictures
):
    config = copied(stopped_early.config, tmp_path)
    assert readiness.is_finished(config)
    before = contents(config.model_dir)
    watch = Watch()
    again = experiment.train(with_hook(config, watch), dataset=small)
    assert (again.first_step, again.last_step, again.validations) == (8, 8, 4)
    assert again.stopped_early and again.best.validation.step == 4
    assert watch.begun == 0
    assert contents(config.model_dir) == before
    force(4, 4)
    more = experiment.train(changed(config, early_stopping_patience=4), dataset=small)
    assert (more.first_step, more.last_step, more.stopped_early) == (8, 12, True)
    force(*[4] * 4)
    rest = experiment.train(changed(config, early_stopping_patience=0), dataset=small)
    assert (rest.first_step, rest.last_step, rest.stopped_early) == (12, 20, False)


class StopAt(hooks.StepHook):
    """Ends training after a step, as Ctrl-C does."""

    def __init__(self, step):
        self._step = step

    def after_step(self, run_context, results):
        if self.steps_done == self._step:
            run_context.request_stop()


@pytest.fixture(scope="module")
def never_interrupted(tmp_path_factory, data_dir, small):
    """A run that patience stops after step 14. Do not write to it."""
    config = changed(
        tiny_config(tmp_path_factory.mktemp("never interrupted"), data_dir),
        train_steps=1000,
        early_stopping_patience=3,
    )
    return trained_once(config, small, LOSSES)


LOSSES = [5, 4, 6, 3, 3, 3, 3, 3]


@pytest.mark.slow
@pytest.mark.parametrize(
    "stops",
    [
        [5, 10],
        pytest.param([6], marks=pytest.mark.slow),
        pytest.param([9, 10], marks=pytest.mark.slow),
        pytest.param([1, 3, 5, 7, 9, 11], marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_patience_across_restarts_equals_patience_without_one(
    never_interrupted, small, force, with_hook, tmp_path, no_confusion_pictures, stops
):
    """The stops lie between two validations or at one."""
    config, whole = never_interrupted.config, never_interrupted.result
    parts = changed(config, model_dir=str(tmp_path / "parts"))
    force(*LOSSES)
    for step in stops:
        part = experiment.train(with_hook(parts, StopAt(step)), dataset=small)
        assert (part.last_step, part.stopped_early) == (step, False)
    last = experiment.train(parts, dataset=small)
    assert (whole.last_step, whole.stopped_early) == (14, True)
    assert (last.last_step, last.stopped_early) == (14, True)
    assert history(parts) == history(config)
    assert last.validations == whole.validations
    assert last.best.validation == whole.best.validation
    assert_same_weights(last.best.path, whole.best.path)


def test_patience_does_not_count_validations_that_a_crash_lost(copy, small, force):
    """Those at steps 6, 8 and 10 are lost and made again; they count once."""
    lose(copy, after=4)
    force(2, 2, 2)
    config = changed(copy, train_steps=1000, early_stopping_patience=3)
    result = experiment.train(config, dataset=small)
    assert (result.last_step, result.stopped_early) == (10, True)


def test_tensorboard_shows_validation_as_a_separate_run(measured):
    folder = os.path.join(measured.config.model_dir, validation_hook.VALIDATION_FOLDER)
    (name,) = os.listdir(folder)
    found = {}
    for event in tf.train.summary_iterator(os.path.join(folder, name)):
        for value in event.summary.value:
            found.setdefault(value.tag, []).append(event.step)
    steps = [2, 4, 6, 8, 10]
    by_epoch = {"epoch_accuracy": [1], "epoch_loss": [1]}
    by_step = {"accuracy": steps, "loss": steps, "confusion_matrix/image": steps}
    assert found == {**by_step, **by_epoch}
