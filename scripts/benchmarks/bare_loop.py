"""Trains in a bare tf.Session, with which scripts/benchmark compares the pipeline.

It has the same training graph, batches and session settings as the command with the same
flags, but no Estimator, hooks, summaries, checkpoints or validation. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time

from cnn_mnist import experiment, input_fns, model
from cnn_mnist.cli import command_line
from cnn_mnist.data import splits
from cnn_mnist.tf_compat import estimator, tf

config = command_line.parse(sys.argv[1:]).config
dataset = experiment.load_dataset(config)
training = splits.training_and_validation(dataset, config)[0]
input_fn = input_fns.train_input_fn(
    training, config.batch_size, config.seed, augmentation=config.augmentation
)
session_config = experiment.build_estimator(config).config.session_config

with tf.Graph().as_default():
    tf.set_random_seed(config.seed)
    iterator = tf.data.make_initializable_iterator(input_fn())
    features, labels = iterator.get_next()
    spec = model.model_fn(features, labels, estimator.ModeKeys.TRAIN, {"config": config})
    # Estimator runs the same in a step.
    step = [spec.train_op, spec.loss]
    with tf.Session(config=session_config) as session:
        session.run([iterator.initializer, tf.global_variables_initializer()])
        # The first step also compiles kernels; the pipeline's rate leaves it out too.
        session.run(step)
        began = time.perf_counter()
        for _ in range(config.train_steps - 1):
            session.run(step)
        seconds = time.perf_counter() - began

rate = (config.train_steps - 1) * config.batch_size / seconds
print(json.dumps({"images_per_second": rate}))
