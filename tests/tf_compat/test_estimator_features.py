"""Exporters, Keras models, warm starts, added metrics and a strategy, as old code uses them."""

from __future__ import annotations

import itertools
import os
import types

import pytest
import tensorflow
from tensorflow.python.saved_model.model_utils import export_utils

from cnn_mnist.tf_compat import estimator, tf

X, Y = [[1.0], [3.0]], [[1.0], [2.0]]


def model_fn(features, labels, mode):
    """Fits y = wx: at a rate of 0.05 a step halves the distance of w to 0.7."""
    w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    predictions = w * features["x"]
    if mode == estimator.ModeKeys.PREDICT:
        return estimator.EstimatorSpec(mode, predictions={"y": predictions})
    loss = tf.reduce_mean(tf.square(predictions - labels))
    step = tf.train.get_or_create_global_step()
    train_op = tf.train.GradientDescentOptimizer(0.05).minimize(loss, step)
    return estimator.EstimatorSpec(
        mode, predictions={"y": predictions}, loss=loss, train_op=train_op
    )


def input_fn():
    return tf.data.Dataset.from_tensors(({"x": X}, Y)).repeat()


def build(folder, warm_start_from=None, **options):
    config = estimator.RunConfig(str(folder), log_step_count_steps=None, **options)
    return estimator.Estimator(model_fn, config=config, warm_start_from=warm_start_from)


def serving_input_fn():
    x = tf.placeholder(tf.float32, [None, 1], "x")
    return estimator.export.ServingInputReceiver({"x": x}, {"x": x})


def w_after(steps) -> float:
    return 0.7 * (1 - 0.5**steps)


def loss_at(w) -> float:
    return ((w - 1) ** 2 + (3 * w - 2) ** 2) / 2


def served(folder) -> float:
    """Returns what the SavedModel in a folder answers for x = 1."""
    signature = tensorflow.saved_model.load(str(folder)).signatures["serving_default"]
    return float(signature(x=tensorflow.constant([[1.0]]))["y"][0, 0])


@pytest.mark.slow
def test_exporters_write_a_model_after_each_evaluation(tmp_path, monkeypatch):
    # A version is the second of its export, and a second export in one second would wait.
    seconds = itertools.count(1_700_000_000)
    monkeypatch.setattr(export_utils, "time", types.SimpleNamespace(time=lambda: next(seconds)))
    specs = [
        estimator.LatestExporter("latest", serving_input_fn, exports_to_keep=2),
        estimator.FinalExporter("final", serving_input_fn),
        # The loss falls with each step, so that "less loss is worse" keeps the first.
        estimator.BestExporter("best", serving_input_fn),
        estimator.BestExporter("worst", serving_input_fn, compare_fn=more_loss),
    ]
    result, exports = estimator.train_and_evaluate(
        build(tmp_path, save_checkpoints_steps=1),
        estimator.TrainSpec(input_fn, max_steps=4),
        estimator.EvalSpec(input_fn, 1, exporters=specs, start_delay_secs=0, throttle_secs=0),
    )
    found = {
        name: [served(path) for path in sorted((tmp_path / "export" / name).iterdir())]
        for name in ("latest", "final", "best", "worst")
    }
    assert found == {
        "latest": [pytest.approx(w_after(3)), pytest.approx(w_after(4))],
        "final": [pytest.approx(w_after(4))],
        "best": [pytest.approx(w_after(step)) for step in (1, 2, 3, 4)],
        "worst": [pytest.approx(w_after(1))],
    }
    assert result["loss"] == pytest.approx(loss_at(w_after(4)), rel=1e-5)
    latest, final, best, worst = exports
    assert os.path.isdir(latest) and os.path.isdir(final) and os.path.isdir(best)
    assert worst is None


def more_loss(best_eval_result, current_eval_result):
    return current_eval_result["loss"] > best_eval_result["loss"]


@pytest.mark.slow
def test_a_warm_start_takes_the_variables_over(tmp_path):
    """From a folder, and from settings that name variables."""
    build(tmp_path / "first").train(input_fn, max_steps=3)
    settings = estimator.WarmStartSettings(str(tmp_path / "first"), vars_to_warm_start="w")
    for name, start in (("all", str(tmp_path / "first")), ("w", settings)):
        second = build(tmp_path / name, warm_start_from=start).train(input_fn, steps=1)
        assert second.get_variable_value("w") == pytest.approx(w_after(4))
        assert second.get_variable_value("global_step") == 1


@pytest.mark.slow
def test_a_warm_start_can_rename_variables_and_leave_some_out(tmp_path):
    columns = [tf.feature_column.numeric_column("x")]

    def line(folder, **options):
        options.setdefault("optimizer", tf.train.GradientDescentOptimizer(0.0))
        return tf.estimator.LinearRegressor(columns, str(tmp_path / folder), **options)

    first = line("first", optimizer=tf.train.GradientDescentOptimizer(0.01))
    first.train(input_fn, steps=2)
    weights, bias = "linear/linear_model/x/weights", "linear/linear_model/bias_weights"
    settings = estimator.WarmStartSettings(str(tmp_path / "first"), ".*x/weights.*")
    second = line("second", warm_start_from=settings).train(input_fn, steps=1)
    assert second.get_variable_value(weights) == first.get_variable_value(weights) != 0
    assert second.get_variable_value(bias) == 0 != first.get_variable_value(bias)
    settings = estimator.WarmStartSettings(
        str(tmp_path / "first"), [bias], var_name_to_prev_var_name={bias: bias}
    )
    third = line("third", warm_start_from=settings).train(input_fn, steps=1)
    assert third.get_variable_value(bias) == first.get_variable_value(bias)


def test_added_metrics_are_evaluated(tmp_path):
    def largest_error(labels, predictions, features):
        mean = tensorflow.keras.metrics.Mean()
        mean.update_state(tf.reduce_max(tf.abs(labels - predictions["y"])))
        total = tensorflow.keras.metrics.Sum()
        total.update_state(features["x"])
        return {"largest error": mean, "sum of x": total}

    built = estimator.add_metrics(build(tmp_path), largest_error)
    built.train(input_fn, max_steps=1)
    result = built.evaluate(input_fn, steps=1)
    # w is 0.35, and 3w is farthest from 2.
    assert result["largest error"] == pytest.approx(2 - 3 * 0.35)
    assert result["sum of x"] == 4


@pytest.mark.slow
@pytest.mark.parametrize("checkpoint_format", ["saver", "checkpoint"])
def test_a_keras_model_becomes_an_estimator(tmp_path, checkpoint_format):
    keras = tensorflow.keras
    model = keras.Sequential(
        [keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", input_shape=(1,))]
    )
    model.compile(keras.optimizers.legacy.SGD(0.05), loss="mse", metrics=["mae"])
    built = keras.estimator.model_to_estimator(
        model, model_dir=str(tmp_path), checkpoint_format=checkpoint_format
    )

    def keras_input_fn():
        return tf.data.Dataset.from_tensors((X, Y)).repeat()

    built.train(keras_input_fn, steps=3)
    result = built.evaluate(keras_input_fn, steps=1)
    assert result["global_step"] == 3
    w = w_after(3)
    assert result["loss"] == pytest.approx(loss_at(w))
    assert result["mae"] == pytest.approx(((1 - w) + (2 - 3 * w)) / 2)


@pytest.mark.slow
@pytest.mark.parametrize("api", [tensorflow, tf], ids=["v2", "v1"])
def test_a_mirrored_strategy_on_one_cpu_trains_and_evaluates(tmp_path, api):
    strategy = api.distribute.MirroredStrategy(["/cpu:0"])
    built = build(tmp_path, train_distribute=strategy, eval_distribute=strategy)
    built.train(input_fn, max_steps=3)
    assert built.get_variable_value("w") == pytest.approx(w_after(3))
    loss = built.evaluate(input_fn, steps=2)["loss"]
    assert loss == pytest.approx(loss_at(w_after(3)))
