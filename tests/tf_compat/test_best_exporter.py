"""`BestExporter` exports what is better than all before, also after a restart."""

from __future__ import annotations

import itertools
import json
import os

import numpy as np
import pytest
from tensorflow.python.saved_model.model_utils import export_utils

from cnn_mnist.tf_compat import best_exporter, estimator, tf


class Double:
    """Stands for an Estimator: it has a model folder and exports an empty folder."""

    def __init__(self, model_dir):
        self.model_dir = str(model_dir)
        self.exported = 0

    def export_saved_model(self, folder, *arguments, **options):
        self.exported += 1
        path = os.path.join(folder, str(1_700_000_000 + len(os.listdir(_made(folder)))))
        os.mkdir(path)
        return path


def _made(folder):
    os.makedirs(folder, exist_ok=True)
    return folder


@pytest.fixture
def evaluated(tmp_path):
    """Returns a function that gives an exporter evaluations, and says which it exported."""

    def give(exporter, losses, first_step, name="eval", write_events=True):
        double = Double(tmp_path)
        found = []
        for step, loss in enumerate(losses, first_step):
            if write_events:
                # As Estimator does before it exports.
                write_event(tmp_path / name, step, loss)
            result = {"loss": np.float32(loss), "global_step": step, "picture": b"png"}
            path = exporter.export(double, str(tmp_path / "export"), "", result, False)
            found.append(path is not None)
        return found

    return give


def write_event(folder, step, loss):
    value = tf.Summary.Value(tag="loss", simple_value=loss)
    suffix = f".{step}.{loss}"
    with (
        tf.Graph().as_default(),
        tf.summary.FileWriter(str(folder), filename_suffix=suffix) as writer,
    ):
        writer.add_summary(tf.Summary(value=[value]), step)


def build(kind=best_exporter.BestExporter, **options):
    return kind("best", lambda: None, **options)


def test_only_what_is_better_is_exported(evaluated):
    assert evaluated(build(), [3.0, 4.0, 2.0, 2.0], 1) == [True, False, True, False]


@pytest.mark.parametrize("name", ["eval", "eval_of_a_name"])
def test_the_best_is_known_after_a_restart(evaluated, tmp_path, name):
    assert evaluated(build(), [3.0, 2.0], 1, name) == [True, True]
    assert evaluated(build(), [2.5, 1.5], 3, name) == [False, True]
    best = json.loads((tmp_path / "export" / "best_eval_result.json").read_text())
    assert best == {"loss": 1.5, "global_step": 4}


def test_upstream_still_exports_the_first_model_after_a_restart(evaluated):
    """Otherwise `best_exporter` can go."""
    upstream = estimator.BestExporter
    assert evaluated(build(upstream), [3.0, 2.0], 1) == [True, True]
    assert evaluated(build(upstream), [2.5, 2.2], 3) == [True, True]


def test_the_best_of_upstreams_exporter_is_read_from_the_event_files(evaluated):
    assert evaluated(build(estimator.BestExporter), [3.0, 2.0], 1) == [True, True]
    assert evaluated(build(), [2.5, 1.5], 3) == [False, True]


def test_without_a_pattern_the_event_files_are_not_read(evaluated):
    assert evaluated(build(estimator.BestExporter), [3.0, 2.0], 1) == [True, True]
    assert evaluated(build(event_file_pattern=None), [2.5, 2.7], 3) == [True, False]


def test_a_model_is_exported_if_the_folder_has_none(evaluated, tmp_path):
    assert evaluated(build(), [2.0], 1) == [True]
    for path in (tmp_path / "export").glob("1*"):
        path.rmdir()
    assert evaluated(build(), [2.5], 2) == [True]


def test_another_comparison_decides(evaluated):
    def more_loss(best_eval_result, current_eval_result):
        return current_eval_result["loss"] > best_eval_result["loss"]

    assert evaluated(build(compare_fn=more_loss), [1.0, 2.0], 1) == [True, True]
    assert evaluated(build(compare_fn=more_loss), [1.5, 2.5], 3) == [False, True]


@pytest.mark.slow
def test_two_trainings_export_what_is_better(tmp_path, monkeypatch):
    """The second training starts at a higher rate, which makes the loss grow."""
    seconds = itertools.count(1_700_000_000)
    fake_time = type("Time", (), {"time": staticmethod(lambda: next(seconds))})
    monkeypatch.setattr(export_utils, "time", fake_time)

    def train(rate, max_steps):
        def model_fn(features, labels, mode):
            w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
            predictions = w * features["x"]
            if mode == estimator.ModeKeys.PREDICT:
                return estimator.EstimatorSpec(mode, predictions={"y": predictions})
            loss = tf.reduce_mean(tf.square(predictions - labels))
            step = tf.train.get_or_create_global_step()
            train_op = tf.train.GradientDescentOptimizer(rate).minimize(loss, step)
            return estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)

        def input_fn():
            return tf.data.Dataset.from_tensors(({"x": [1.0]}, [1.0])).repeat()

        def serving_input_fn():
            x = tf.placeholder(tf.float32, [None])
            return estimator.export.ServingInputReceiver({"x": x}, {"x": x})

        exporter = best_exporter.BestExporter("best", serving_input_fn, exports_to_keep=2)
        config = estimator.RunConfig(str(tmp_path), save_checkpoints_steps=1)
        estimator.train_and_evaluate(
            estimator.Estimator(model_fn, config=config),
            estimator.TrainSpec(input_fn, max_steps),
            estimator.EvalSpec(
                input_fn, 1, "named", exporters=exporter, start_delay_secs=0, throttle_secs=0
            ),
        )
        return sorted(path.name for path in (tmp_path / "export" / "best").iterdir())

    first = train(0.25, 3)
    # Of three better models two are kept.
    assert len(first) == 3 and first[-1] == best_exporter.BEST_FILE
    # The gradient is 2(w - 1), so that each step doubles the distance to 1.
    assert train(1.5, 5) == first
    assert train(0.25, 8) != first


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"loss": "x"}', '{"loss": null}', "\xff"]
)
def test_a_damaged_record_is_as_none_and_the_next_result_is_the_best(evaluated, tmp_path, content):
    assert evaluated(build(event_file_pattern=None), [2.0], 1) == [True]
    (tmp_path / "export" / best_exporter.BEST_FILE).write_bytes(content.encode("latin-1"))
    assert evaluated(build(event_file_pattern=None), [3.0, 4.0], 2) == [True, False]
