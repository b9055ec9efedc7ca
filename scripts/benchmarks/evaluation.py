"""Measures evaluation by Estimator against a bare session loop over the same graph.

Takes the command's flags, of a trained run. Both evaluate the test images in the same batches,
in turn, in float32. The time of each begins when its session is ready and ends with its last
batch. Prints one JSON object: the seconds of each, and of the whole verb.
"""

from __future__ import annotations

import dataclasses
import json
import statistics
import sys
import time

from cnn_mnist import experiment, input_fns, model
from cnn_mnist.cli import command_line
from cnn_mnist.model_folder import checkpoints
from cnn_mnist.tf_compat import estimator, tf

TIMES = 3


class SessionClock(tf.train.SessionRunHook):
    """Measures the time from the start to the end of a session."""

    def after_create_session(self, session, coord):
        self._began = time.perf_counter()

    def end(self, session):
        self.seconds = time.perf_counter() - self._began


def by_estimator(config, input_fn, path) -> float:
    clock = SessionClock()
    experiment.build_estimator(config).evaluate(
        input_fn, hooks=[clock], checkpoint_path=path, name="benchmark"
    )
    return clock.seconds


def by_bare_loop(config, input_fn, path) -> float:
    session_config = experiment.build_estimator(config).config.session_config
    with tf.Graph().as_default():
        iterator = tf.data.make_initializable_iterator(input_fn())
        features, labels = iterator.get_next()
        spec = model.model_fn(features, labels, estimator.ModeKeys.EVAL, {"config": config})
        measured = [value for value, _ in spec.eval_metric_ops.values()]
        update = tf.group(*(update for _, update in spec.eval_metric_ops.values()))
        saver = tf.train.Saver(tf.trainable_variables())
        start = [iterator.initializer, tf.local_variables_initializer()]
        with tf.Session(config=session_config) as session:
            saver.restore(session, path)
            began = time.perf_counter()
            session.run(start)
            try:
                while True:
                    session.run(update)
            except tf.errors.OutOfRangeError:
                session.run(measured)
            return time.perf_counter() - began


def whole_verb(config, dataset) -> float:
    began = time.perf_counter()
    experiment.evaluate(config, dataset=dataset)
    return time.perf_counter() - began


config = dataclasses.replace(command_line.parse(sys.argv[1:]).config, precision="float32")
path = checkpoints.find(config)
dataset = experiment.load_dataset(config)
input_fn = input_fns.evaluate_input_fn(dataset.test, config.eval_batch_size)
figures: dict[str, list[float]] = {"estimator": [], "bare_loop": [], "whole_verb": []}
for _ in range(TIMES):
    figures["estimator"].append(by_estimator(config, input_fn, path))
    figures["bare_loop"].append(by_bare_loop(config, input_fn, path))
    figures["whole_verb"].append(whole_verb(config, dataset))
print(json.dumps({f"{name}_seconds": statistics.median(s) for name, s in figures.items()}))
