from __future__ import annotations

import dataclasses
import json
import logging
import os
import shutil
import types

import numpy as np
import pytest

from cnn_mnist import config as config_lib
from cnn_mnist import experiment, hooks, input_fns, model
from cnn_mnist.config import choices
from cnn_mnist.errors import UserError
from cnn_mnist.hooks import validation as validation_hook
from cnn_mnist.support.progress import LogLine, Progress
from cnn_mnist.tf_compat import tf


class Recorder(Progress):
    """Records the calls it receives."""

    def __init__(self):
        self.lines, self.steps, self.ended = [], [], 0

    def say(self, text):
        self.lines.append(text)

    def step(self, step, loss, images_per_second, seconds_left):
        self.steps.append((step, loss, images_per_second, seconds_left))

    def end(self):
        self.ended += 1


def scalars_of(folder) -> dict[str, list[tuple[int, float]]]:
    """Returns every scalar of a folder's event files, by tag."""
    found: dict[str, list[tuple[int, float]]] = {}
    for name in sorted(os.listdir(folder)):
        if "tfevents" not in name:
            continue
        for event in tf.train.summary_iterator(os.path.join(folder, name)):
            for value in event.summary.value:
                if value.HasField("simple_value"):
                    found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


@pytest.fixture(scope="module")
def logged(trained, small, tmp_path_factory):
    """A run with its recorder, its result and the log records of TensorFlow."""
    config = dataclasses.replace(
        trained,
        model_dir=str(tmp_path_factory.mktemp("logged")),
        log_every_steps=10,
        save_checkpoints_steps=15,
        hooks=("examples_per_second",),
    )
    records: list[logging.LogRecord] = []
    handler = logging.Handler(logging.INFO)
    handler.emit = records.append
    logger, level = tf.get_logger(), tf.get_logger().level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        recorder = Recorder()
        result = experiment.train(config, recorder, small)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return types.SimpleNamespace(config=config, recorder=recorder, result=result, records=records)


def test_progress_receives_steps_losses_and_rates(logged):
    recorder = logged.recorder
    assert [step for step, *_ in recorder.steps] == [10, 20, 30, 40]
    assert all(loss > 0 and rate > 0 for _, loss, rate, _ in recorder.steps)
    assert recorder.steps[-1][3] == 0
    assert recorder.ended == 1
    assert logged.result.images_per_second == recorder.steps[-1][2]


def test_tensorboard_gets_training_and_validation_under_one_tag_and_all_scalars(trained):
    training = scalars_of(trained.model_dir)
    validation = scalars_of(os.path.join(trained.model_dir, validation_hook.VALIDATION_FOLDER))
    assert {"loss", "accuracy", "learning_rate", "examples_per_second"} <= set(training)
    assert {"loss", "accuracy"} <= set(validation)
    assert all(rate > 0 for _, rate in training["examples_per_second"])
    assert {step for step, _ in validation["accuracy"]} == {20, 40}


def test_the_softmax_line_names_the_step_every_probability_and_the_class():
    probabilities = np.array([[0.001, 0.003, 0.006, 0.97, 0.02, 0, 0, 0, 0, 0], [1] + [0] * 9])
    line = hooks.softmax._softmax_line({"probabilities": probabilities, "step": 49})
    assert isinstance(line, LogLine)
    assert line == "step 50  softmax .00 .00 .01 .97 .02 .00 .00 .00 .00 .00  first image: 3 (97%)"
    assert len(line) <= 80


def test_of_many_classes_the_softmax_line_names_the_five_most_probable():
    probabilities = np.full((1, 47), 0.001)
    probabilities[0, [46, 3, 10, 8, 9]] = 0.5, 0.25, 0.1, 0.06, 0.05
    line = hooks.softmax._softmax_line({"probabilities": probabilities, "step": 0})
    assert "step 1  softmax 46 .50, 3 .25, 10 .10, 8 .06, 9 .05  first image: 46 (50%)" in str(line)


def test_the_softmax_tensor_is_logged_every_log_every_steps(logged):
    lines = [r.getMessage() for r in logged.records if isinstance(r.msg, LogLine)]
    lines = [line for line in lines if "  softmax " in line]
    assert [line.split("  ")[0] for line in lines] == ["step 1", "step 11", "step 21", "step 31"]


def test_the_profiler_hook_writes_a_trace(small_config, small):
    config = dataclasses.replace(
        small_config, hooks=("profiler",), train_steps=25, validation_examples=0
    )
    experiment.train(config, dataset=small)
    folder = os.path.join(config.model_dir, "profile")
    traces = [name for name in os.listdir(folder) if name.startswith("timeline-")]
    assert traces
    with open(os.path.join(folder, traces[-1]), encoding="utf-8") as file:
        names = {event.get("name") for event in json.load(file)["traceEvents"]}
    assert any("Conv2D" in str(name) for name in names)


def test_the_hook_examples_per_second_logs_the_rate(logged):
    assert [r for r in logged.records if "examples per second" in r.getMessage()]


def test_an_unknown_hook_lists_the_allowed_ones(small_config):
    with pytest.raises(UserError) as error:
        hooks.by_name(("profiler", "nothing"), small_config, hooks.TrainingClock())
    assert str(error.value) == ("hooks=nothing is unknown; allowed: examples_per_second, profiler")


def test_the_flag_allows_what_the_registry_holds():
    assert tuple(hooks.REGISTRY) == choices.HOOKS


def test_the_clock_leaves_out_pauses():
    clock = hooks.TrainingClock()
    with clock.paused():
        import time

        time.sleep(0.2)
    assert clock.seconds() < 0.1


def test_step_hooks_continue_the_count_of_the_checkpoint(trained, small, tmp_path):
    shutil.copytree(trained.model_dir, tmp_path / "copy")
    config = dataclasses.replace(trained, model_dir=str(tmp_path / "copy"), train_steps=43)
    seen = []

    class Seen(hooks.StepHook):
        def after_step(self, run_context, results):
            seen.append(self.steps_done)

    input_fn = input_fns.train_input_fn(small.train, config.batch_size, config.seed, 40)
    experiment.build_estimator(config).train(input_fn, hooks=[Seen()], max_steps=43)
    assert seen == [41, 42, 43]
    assert config_lib.load(config.model_dir) is not None
    assert model.SOFTMAX_TENSOR == "softmax_tensor:0"


def test_checkpoints_are_saved_every_save_checkpoints_steps_and_after_the_last(logged):
    state = tf.train.get_checkpoint_state(logged.config.model_dir)
    kept = [os.path.basename(path) for path in state.all_model_checkpoint_paths]
    assert kept == [f"model.ckpt-{step}" for step in (0, 15, 30, 40)]


def test_a_training_step_is_one_session_call(small_config, small, monkeypatch):
    calls = 0
    run = tf.Session.run

    def counted(*arguments, **options):
        nonlocal calls
        calls += 1
        return run(*arguments, **options)

    def calls_of(steps):
        nonlocal calls
        calls = 0
        config = dataclasses.replace(
            small_config,
            model_dir=f"{small_config.model_dir}_{steps}",
            architecture="flatten, dense 10",
            train_steps=steps,
            validate_every_steps=1000,
            save_summary_steps=1000,
            save_checkpoints_steps=1000,
        )
        experiment.train(config, dataset=small)
        return calls

    monkeypatch.setattr(tf.Session, "run", counted)
    assert calls_of(60) - calls_of(20) == 40
