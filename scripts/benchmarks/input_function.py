"""Measures the speed of the input function of training alone, and its processor time.

Takes the command's flags. Prints one JSON object: images_per_second, and
cpu_seconds_per_batch, the processor time of all its threads together.
"""

from __future__ import annotations

import json
import sys
import time

from cnn_mnist import experiment, input_fns
from cnn_mnist.cli import command_line
from cnn_mnist.data import splits
from cnn_mnist.tf_compat import tf

WARM_UP = 100
BATCHES = 2000

config = command_line.parse(sys.argv[1:]).config
dataset = experiment.load_dataset(config)
training = splits.training_and_validation(dataset, config)[0]
input_fn = input_fns.train_input_fn(
    training, config.batch_size, config.seed, augmentation=config.augmentation
)

with tf.Graph().as_default(), tf.Session() as session:
    iterator = tf.data.make_initializable_iterator(input_fn())
    session.run(iterator.initializer)
    # Ends when the batch is ready, and copies nothing to Python.
    batch_is_there = tf.group(*tf.nest.flatten(iterator.get_next()))
    for _ in range(WARM_UP):
        session.run(batch_is_there)
    began, cpu_began = time.perf_counter(), time.process_time()
    for _ in range(BATCHES):
        session.run(batch_is_there)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began

figures = {
    "images_per_second": BATCHES * config.batch_size / seconds,
    "cpu_seconds_per_batch": cpu_seconds / BATCHES,
}
print(json.dumps(figures))
