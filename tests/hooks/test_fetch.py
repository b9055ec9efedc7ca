"""FetchHook keeps what a graph computes for each batch, in order."""

import numpy as np

from cnn_mnist.hooks.fetch import FetchHook
from cnn_mnist.tf_compat import tf


def test_it_keeps_each_tensor_over_batches_of_different_size():
    hook = FetchHook(["numbers:0", "halves:0"])
    with tf.Graph().as_default():
        batch = tf.data.make_one_shot_iterator(tf.data.Dataset.range(5).batch(2)).get_next()
        numbers = tf.identity(batch, "numbers")
        tf.divide(tf.cast(numbers, tf.float32), 2.0, name="halves")
        tf.train.create_global_step()
        with tf.train.MonitoredSession(hooks=[hook]) as session:
            while not session.should_stop():
                session.run(numbers)
    numbers, halves = hook.values()
    np.testing.assert_array_equal(numbers, range(5))
    np.testing.assert_array_equal(halves, np.arange(5) / 2)
    assert (numbers.dtype, halves.dtype) == (np.int64, np.float32)
