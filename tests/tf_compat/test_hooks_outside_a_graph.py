"""Session hooks can be built before a graph exists, in eager mode too, and then train."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest
import tensorflow
from places import REPOSITORY

from cnn_mnist.tf_compat import estimator, profiler_hook, tf

EVERY_STEP = {"save_steps": 1}


def input_fn():
    return tf.data.Dataset.from_tensors(([1.0], [1.0])).repeat()


def model_fn(features, labels, mode):
    w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    loss = tf.reduce_mean(tf.square(w * features - labels), name="the_loss")
    tf.summary.scalar("loss_summary", loss)
    step = tf.train.get_or_create_global_step()
    # The gradient is 2(w - 1), so that each step halves the distance to 1.
    train_op = tf.train.GradientDescentOptimizer(0.25).minimize(loss, step)
    return estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def build(folder):
    config = estimator.RunConfig(str(folder), save_summary_steps=None, log_step_count_steps=None)
    return estimator.Estimator(model_fn, config=config)


def build_hooks(bare, folder, api):
    """Returns a hook of every kind that TensorFlow and Estimator have, by name.

    Args:
      bare: the Estimator.
      folder: each hook writes into a folder of its name there.
      api: `tensorflow.estimator` or `tf.train`, which both have most of the hooks.
    """
    early = estimator.experimental
    a_scaffold = tf.train.Scaffold(summary_op="loss_summary:0")
    return {
        "logging": api.LoggingTensorHook(["the_loss"], 1),
        "logging at the end": api.LoggingTensorHook({"loss": "the_loss"}, at_end=True),
        "summary": api.SummarySaverHook(
            output_dir=str(folder / "summary"), summary_op="loss_summary:0", **EVERY_STEP
        ),
        "summary of a scaffold": api.SummarySaverHook(
            output_dir=str(folder / "summary of a scaffold"), scaffold=a_scaffold, **EVERY_STEP
        ),
        "stop": api.StopAtStepHook(num_steps=3),
        # Estimator adds none of its own then.
        "checkpoint": api.CheckpointSaverHook(bare.model_dir, **EVERY_STEP),
        "counter": api.StepCounterHook(1, output_dir=str(folder / "counter")),
        "NaN": api.NanTensorHook("the_loss:0"),
        "final": api.FinalOpsHook("the_loss:0"),
        "wait": api.GlobalStepWaiterHook(0),
        "feed": api.FeedFnHook(dict),
        "profiler": profiler_hook.ProfilerHook(output_dir=folder / "profiler", **EVERY_STEP),
        "own": api.SessionRunHook(),
        "input": tf.data.experimental.CheckpointInputPipelineHook(bare),
        "evaluation": early.InMemoryEvaluatorHook(bare, input_fn, steps=1),
        "early": early.make_early_stopping_hook(bare, lambda: False),
        "higher": early.stop_if_higher_hook(bare, "loss", 9),
        "lower": early.stop_if_lower_hook(bare, "loss", -9),
        "no increase": early.stop_if_no_increase_hook(bare, "loss", 9),
        "no decrease": early.stop_if_no_decrease_hook(bare, "loss", 9),
    }


def train_with_all(folder, api):
    bare = build(folder / "model")
    hooks = build_hooks(bare, folder, api)
    bare.train(input_fn, hooks=list(hooks.values()))
    assert bare.get_variable_value("global_step") == 3
    assert bare.get_variable_value("w") == 1 - 0.5**3
    assert hooks["final"].final_ops_values == 0.5**6
    written = {path.name: [f.name for f in path.iterdir()] for path in folder.iterdir()}
    for name in ("summary", "summary of a scaffold", "counter"):
        assert any(file.startswith("events") for file in written[name]), name
    assert {"model.ckpt-2.index", "model.ckpt-3.index"} <= set(written["model"])
    assert "timeline-3.json" in written["profiler"]
    assert "input.ckpt-3.index" in written["model"]
    assert "eval" in written["model"]


class BothApis:
    """`tensorflow.estimator`, and `tf.train` for the hooks that only TensorFlow 1 has."""

    def __getattr__(self, name):
        return getattr(estimator if hasattr(estimator, name) else tf.train, name)


@pytest.mark.parametrize(
    "api",
    [
        pytest.param(tf.train, id="tf.train"),
        pytest.param(BothApis(), id="tf.estimator", marks=pytest.mark.slow),
    ],
)
def test_hooks_built_in_eager_mode_train(tmp_path, api):
    assert tensorflow.executing_eagerly()
    train_with_all(tmp_path, api)


PROGRAM = """
import pathlib, runpy, sys
from cnn_mnist.tf_compat import tf
tf.disable_v2_behavior()
test = runpy.run_path(sys.argv[1])
assert not tf.executing_eagerly()
test["train_with_all"](pathlib.Path(sys.argv[2]), tf.train)
"""


@pytest.mark.slow
def test_hooks_built_before_a_graph_after_disable_v2_behavior_train(tmp_path):
    """In a process of its own, because that cannot be undone."""
    helpers = REPOSITORY / "tests" / "helpers"
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, pathlib.Path(__file__), tmp_path],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(helpers)])},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr


def test_tensorflows_own_profiler_hook_still_needs_a_graph(tmp_path):
    """Otherwise `profiler_hook` can go."""
    with pytest.raises(RuntimeError, match="not compatible with eager execution"):
        tf.train.ProfilerHook(output_dir=str(tmp_path), **EVERY_STEP)


@pytest.mark.parametrize("every", [{}, {"save_steps": 1, "save_secs": 1}])
def test_the_profiler_hook_needs_one_interval(tmp_path, every):
    with pytest.raises(ValueError, match="every_steps"):
        profiler_hook.ProfilerHook(output_dir=tmp_path, **every)
