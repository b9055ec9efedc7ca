"""Validation within training keeps the best and stops in time; a restart changes no result."""

from __future__ import annotations

import dataclasses
import math
import os

import numpy as np
import pytest

from cnn_mnist import experiment, hooks, metrics, model
from cnn_mnist.config.fields import METRICS
from cnn_mnist.hooks import validation as validation_hook
from cnn_mnist.model_folder import best as best_checkpoint
from cnn_mnist.model_folder import checkpoints, validations
from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import tf
from cnn_mnist.training import readiness


@pytest.fixture
def tiny(small_config):
    """A run without convolutions that validates and saves every 2 of 10 steps."""
    return dataclasses.replace(
        small_config,
        architecture="flatten, dense 10",
        train_steps=10,
        batch_size=20,
        warmup_steps=0,
        schedule="constant",
        learning_rate=0.01,
        validate_every_steps=2,
        save_checkpoints_steps=2,
        keep_checkpoint_max=100,
        save_summary_steps=1000,
        monitor="loss",
    )


@pytest.fixture
def force(monkeypatch):
    """Replaces the measured losses by given ones, one for each validation."""
    measure = metrics.validation_metrics

    def force(*losses):
        left = iter(losses)
        monkeypatch.setattr(
            metrics,
            "validation_metrics",
            lambda matrix, loss: {**measure(matrix, loss), "loss": float(next(left))},
        )

    return force


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
    ("every", "steps"), [(2, [2, 4, 6, 8, 10]), (3, [3, 6, 9, 10]), (10, [10]), (99, [10])]
)
def test_validation_runs_every_so_many_steps_and_after_the_last(tiny, small, every, steps):
    recorder = Recorder()
    result = experiment.train(changed(tiny, validate_every_steps=every), recorder, small)
    assert [step for step, _ in history(tiny)] == steps
    assert [step for step, *_ in recorder.validations] == steps
    assert result.validations == len(steps)


def test_progress_receives_the_validations_that_are_recorded(tiny, small):
    recorder = Recorder()
    experiment.train(tiny, recorder, small)
    assert recorder.validations == [
        (v.step, v.metrics["accuracy"], v.metrics["loss"]) for v in validations.read(tiny.model_dir)
    ]


@pytest.mark.parametrize("eval_batch_size", [500, 64])
def test_validation_within_training_gives_the_same_as_evaluate(tiny, small, eval_batch_size):
    config = changed(tiny, eval_batch_size=eval_batch_size)
    experiment.train(config, dataset=small)
    for validation in validations.read(config.model_dir)[::2]:
        checkpoint = checkpoint_of(config, validation.step)
        found = experiment.evaluate(config, "validation", dataset=small, checkpoint=checkpoint)
        assert validation.metrics.keys() == METRICS.keys()
        assert validation.metrics["accuracy"] == found.accuracy
        assert validation.metrics["loss"] == pytest.approx(found.loss, rel=1e-4)
        assert validation.metrics["lowest_class_accuracy"] == found.class_accuracy.min()
        rates = [validation.metrics[f"class_accuracy/{label}"] for label in range(10)]
        np.testing.assert_array_equal(rates, found.class_accuracy)


def test_validation_changes_nothing_of_training(small_config, small, tmp_path):
    """Keeping the best changes nothing either; optimizer state and dropout are compared too."""
    without = changed(small_config, model_dir=str(tmp_path / "without"), validate_every_steps=1000)
    experiment.train(changed(small_config, validate_every_steps=5), dataset=small)
    experiment.train(without, dataset=small)
    for name, _ in tf.train.list_variables(without.model_dir):
        np.testing.assert_array_equal(
            tf.train.load_variable(without.model_dir, name),
            tf.train.load_variable(small_config.model_dir, name),
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
        raise AssertionError("the test images were looked at")


def test_best_and_early_stopping_look_at_validation_images_only(tiny, small, force):
    force(3, 2, 4, 4, 4)
    blind = dataclasses.replace(small, test=Untouchable())
    result = experiment.train(changed(tiny, early_stopping_patience=2), dataset=blind)
    assert (result.stopped_early, result.best.validation.step) == (True, 4)


# The best.


def test_the_best_is_kept_though_later_ones_are_worse(tiny, small, force):
    force(3, 1, 2, 4, 5)
    result = experiment.train(tiny, dataset=small)
    assert result.best == best_checkpoint.read(tiny.model_dir)
    assert (result.best.validation.step, result.best.validation.metrics["loss"]) == (4, 1)
    assert result.last_step == 10
    assert sorted(os.listdir(os.path.join(tiny.model_dir, "best"))) == [
        "best.json",
        "model.ckpt-4.data-00000-of-00001",
        "model.ckpt-4.index",
    ]
    assert_same_weights(result.best.path, checkpoint_of(tiny, 4))
    assert checkpoints.step_of(result.best.path) == 4


def test_the_best_is_kept_when_training_really_diverges(tiny, small):
    """With measured losses: a rate so high that each step takes the weights further off."""
    config = changed(tiny, optimizer="sgd", learning_rate=0.001, train_steps=4)
    first = experiment.train(config, dataset=small).best.validation
    diverging = changed(config, learning_rate=1000.0, train_steps=10)
    result = experiment.train(diverging, dataset=small)
    assert result.best.validation == first
    assert [loss for _, loss in history(config)][-1] > 10 * first.metrics["loss"]
    assert_same_weights(result.best.path, checkpoint_of(config, first.step))


@pytest.mark.parametrize(("monitor", "mode"), [("loss", "max"), ("accuracy", "min")])
def test_the_mode_reverses_which_is_best(tiny, small, monitor, mode):
    config = changed(tiny, monitor=monitor, monitor_mode=mode)
    result = experiment.train(config, dataset=small)
    found = [v.metrics[monitor] for v in validations.read(config.model_dir)]
    assert result.best.validation.metrics[monitor] == (max if mode == "max" else min)(found)


@pytest.mark.parametrize("metric", ["lowest_class_accuracy", "class_accuracy/3"])
def test_any_metric_may_decide_which_is_best(tiny, small, metric):
    config = changed(tiny, monitor=metric)
    result = experiment.train(config, dataset=small)
    found = [(v.metrics[metric], -v.step) for v in validations.read(config.model_dir)]
    best = result.best.validation
    assert (best.metrics[metric], -best.step) == max(found)


def test_of_equals_the_earliest_is_kept(tiny, small, force):
    force(3, 2, 2, 2, 2)
    assert experiment.train(tiny, dataset=small).best.validation.step == 4


def test_a_validation_that_is_nan_is_recorded_and_never_best(tiny, small, force):
    force(math.nan, 3, math.nan, math.inf, 4)
    result = experiment.train(tiny, dataset=small)
    assert result.best.validation.step == 4
    assert [step for step, loss in history(tiny) if math.isnan(loss)] == [2, 6, 8]


def test_if_all_losses_are_nan_no_best_is_kept_and_the_newest_is_taken(tiny, small, force):
    force(*[math.nan] * 5)
    assert experiment.train(tiny, dataset=small).best is None
    assert checkpoints.find(tiny) == checkpoint_of(tiny, 10)


def test_the_best_remains_after_a_restart_that_only_does_worse(tiny, small, force):
    """Estimator's BestExporter forgets it: tensorflow#47396."""
    force(3, 1, 2, 2, 2)
    before = experiment.train(tiny, dataset=small).best
    force(5, 4)
    result = experiment.train(changed(tiny, train_steps=14), dataset=small)
    assert (result.first_step, result.last_step) == (10, 14)
    assert result.best == before
    assert_same_weights(result.best.path, checkpoint_of(tiny, 4))
    force(0.5)
    assert experiment.train(changed(tiny, train_steps=16), dataset=small).best.validation.step == 16


def test_a_best_whose_checkpoint_is_gone_costs_only_that(tiny, small, force):
    force(3, 1, 2, 2, 2)
    best = experiment.train(tiny, dataset=small).best
    os.unlink(f"{best.path}.index")
    assert checkpoints.find(tiny) == checkpoint_of(tiny, 10)
    force(9, 8)
    result = experiment.train(changed(tiny, train_steps=14), dataset=small)
    assert result.best.validation.step == 14
    assert_same_weights(result.best.path, checkpoint_of(tiny, 14))


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe"], ids=repr)
def test_a_damaged_record_of_the_best_does_not_keep_training_from_going_on(
    tiny, small, force, content
):
    force(1)
    short = changed(tiny, train_steps=2)
    experiment.train(short, dataset=small)
    with open(os.path.join(tiny.model_dir, "best", "best.json"), "wb") as file:
        file.write(content)
    assert best_checkpoint.read(tiny.model_dir) is None
    force(2, 3)
    result = experiment.train(changed(tiny, train_steps=6), dataset=small)
    assert result.best.validation.step == 4


def test_damaged_lines_of_the_record_do_not_keep_training_from_going_on(tiny, small, force):
    force(3)
    experiment.train(changed(tiny, train_steps=2), dataset=small)
    with open(os.path.join(tiny.model_dir, validations.VALIDATIONS_FILE), "ab") as file:
        file.write(b'\xff\xfe\n{"step": 2, "lo')
    force(2)
    assert experiment.train(changed(tiny, train_steps=4), dataset=small).validations == 2
    assert history(tiny) == [(2, 3), (4, 2)]


# After a crash or a fresh start.


def test_validations_of_lost_steps_are_dropped_but_their_best_stays(tiny, small, force):
    force(3, 2, 1)
    experiment.train(changed(tiny, train_steps=6), dataset=small)
    lose(tiny, after=4)
    force(5, 5, 5)
    result = experiment.train(tiny, dataset=small)
    assert history(tiny) == [(2, 3), (4, 2), (6, 5), (8, 5), (10, 5)]
    assert result.validations == 5
    assert (result.best.validation.step, result.best.validation.metrics["loss"]) == (6, 1)


def test_a_lost_validation_is_removed_before_its_step_is_trained_again(tiny, small, force):
    """A report made in between would show it beside those of another training."""
    force(3, 2, 1)
    experiment.train(changed(tiny, train_steps=6), dataset=small)
    lose(tiny, after=4)
    force()
    experiment.train(changed(tiny, train_steps=4), dataset=small)
    assert history(tiny) == [(2, 3), (4, 2)]


@pytest.mark.parametrize("validation_examples", [300, 0])
def test_a_fresh_start_ignores_what_another_training_left(tiny, small, force, validation_examples):
    """As if the checkpoints and the record were deleted, but not the whole folder."""
    force(3, 2, 1, 1, 1)
    experiment.train(tiny, dataset=small)
    for name in os.listdir(tiny.model_dir):
        if name.startswith(("model.ckpt", "checkpoint", "validations")):
            os.unlink(os.path.join(tiny.model_dir, name))
    force(7)
    again = changed(tiny, train_steps=2, validation_examples=validation_examples)
    result = experiment.train(again, dataset=small)
    assert (result.first_step, result.last_step) == (0, 2)
    if validation_examples:
        assert history(tiny) == [(2, 7)]
        assert result.best.validation.metrics["loss"] == 7
    else:
        assert result.best is None
        assert checkpoints.find(tiny) == checkpoint_of(tiny, 2)


# Early stopping.


def test_training_stops_when_patience_is_used_up_and_not_before(tiny, small, force):
    force(5, 4, 4, 4, 1)
    config = changed(tiny, train_steps=1000, early_stopping_patience=2)
    result = experiment.train(config, dataset=small)
    assert (result.last_step, result.train_steps, result.stopped_early) == (8, 1000, True)
    assert result.stopped_by is None
    assert result.best.validation.step == 4
    assert checkpoints.latest_step(config.model_dir) == 8


def test_an_improvement_gives_patience_back(tiny, small, force):
    force(5, 6, 4, 4, 3, 3, 3)
    config = changed(tiny, train_steps=1000, early_stopping_patience=2)
    assert experiment.train(config, dataset=small).last_step == 14


def test_a_small_improvement_is_kept_but_does_not_give_patience_back(tiny, small, force):
    force(5.0, 4.9, 4.8, 1.0)
    config = changed(
        tiny, train_steps=1000, early_stopping_patience=2, early_stopping_min_delta=0.25
    )
    result = experiment.train(config, dataset=small)
    assert (result.last_step, result.best.validation.step) == (6, 6)


def test_without_patience_nothing_stops_training(tiny, small, force):
    force(1, 2, 3, 4, 5)
    result = experiment.train(tiny, dataset=small)
    assert (result.last_step, result.stopped_early) == (10, False)


def test_a_run_that_ends_with_its_patience_did_not_stop_early(tiny, small, force):
    force(1, 2, 2, 2, 2)
    result = experiment.train(changed(tiny, early_stopping_patience=4), dataset=small)
    assert (result.last_step, result.stopped_early) == (10, False)


def contents(folder):
    return {
        os.path.join(place, name): os.stat(os.path.join(place, name)).st_size
        for place, _, names in os.walk(folder)
        for name in names
    }


def test_a_run_that_stopped_early_stays_as_it_is_until_patience_is_raised(
    tiny, small, force, with_hook
):
    force(5, 4, 4, 4)
    config = changed(tiny, train_steps=20, early_stopping_patience=2)
    experiment.train(config, dataset=small)
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


LOSSES = [5, 4, 6, 3, 3, 3, 3, 3]


@pytest.mark.parametrize("stops", [[5], [6], [9, 10], [1, 3, 5, 7, 9, 11]], ids=str)
def test_patience_across_restarts_equals_patience_without_one(
    tiny, small, force, with_hook, tmp_path, stops
):
    """The stops lie between two validations or at one."""
    config = changed(tiny, train_steps=1000, early_stopping_patience=3)
    force(*LOSSES)
    whole = experiment.train(config, dataset=small)
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


def test_patience_does_not_count_validations_that_a_crash_lost(tiny, small, force):
    """The validation at step 8 is lost and made again; it counts once."""
    config = changed(tiny, train_steps=8, early_stopping_patience=3)
    force(1, 1, 2, 2)
    experiment.train(changed(config, early_stopping_patience=0), dataset=small)
    lose(config, after=4)
    force(2, 2)
    result = experiment.train(changed(config, train_steps=1000), dataset=small)
    assert (result.last_step, result.stopped_early) == (8, True)


def test_tensorboard_shows_validation_as_a_separate_run(tiny, small):
    experiment.train(tiny, dataset=small)
    folder = os.path.join(tiny.model_dir, validation_hook.VALIDATION_FOLDER)
    (name,) = os.listdir(folder)
    found = {}
    for event in tf.train.summary_iterator(os.path.join(folder, name)):
        for value in event.summary.value:
            found.setdefault(value.tag, []).append(event.step)
    steps = [2, 4, 6, 8, 10]
    assert found == {"accuracy": steps, "loss": steps, "confusion_matrix/image": steps}
