"""Cases of `tf.contrib.data`. See tests/helpers/tf1_recorded.py."""

from __future__ import annotations

import numpy as np
from tf1_recorded import record


def elements(tf, dataset, count):
    """Returns the first elements of a dataset."""
    following = dataset.make_one_shot_iterator().get_next
    found = []
    for _ in range(count):
        with tf.control_dependencies(found[-1:]):
            element = following()
        parts = list(element) if isinstance(element, tuple) else [element]
        found.append(tf.concat([tf.to_float(tf.reshape(part, [-1])) for part in parts], 0))
    return found


def numbers(tf, count=7):
    return tf.data.Dataset.range(count)


def batches(tf):
    data = tf.contrib.data
    padded = data.padded_batch_and_drop_remainder(2, [None], np.int64(-1))
    return [
        elements(tf, numbers(tf).apply(data.batch_and_drop_remainder(3)).repeat(), 3),
        elements(tf, numbers(tf).map(lambda n: tf.fill([n], n)).apply(padded), 3),
        elements(tf, numbers(tf).apply(data.map_and_batch(lambda n: n * n, 4)), 2),
    ]


def windows(tf):
    window = tf.contrib.data.sliding_window_batch
    pairs = tf.data.Dataset.zip((numbers(tf), numbers(tf).map(lambda n: -n)))
    return [
        elements(tf, numbers(tf).apply(window(3, window_shift=2)), 3),
        elements(tf, pairs.apply(window(2, stride=3, window_stride=2)), 2),
    ]


def others(tf):
    data = tf.contrib.data
    reducer = data.Reducer(
        lambda key: tf.constant(0, tf.int64), lambda total, n: total + n, lambda total: total
    )

    def repeated(n):
        return tf.data.Dataset.from_tensors(n).repeat(2)

    grouped = data.group_by_window(lambda n: n % 2, lambda key, group: group.batch(3), 3)
    return [
        elements(tf, data.Counter(5, 2), 2),
        elements(tf, numbers(tf).apply(data.enumerate_dataset(10)), 2),
        elements(tf, numbers(tf).apply(grouped), 2),
        elements(tf, numbers(tf).apply(data.parallel_interleave(repeated, 2)), 5),
        elements(tf, numbers(tf, 1).apply(data.sloppy_interleave(repeated, 2)), 2),
        elements(tf, numbers(tf).batch(3).apply(data.unbatch()), 4),
        data.reduce_dataset(numbers(tf), reducer),
        data.get_single_element(numbers(tf, 1)),
    ]


CASES = [batches, windows, others]

if __name__ == "__main__":
    record(__file__, CASES)
