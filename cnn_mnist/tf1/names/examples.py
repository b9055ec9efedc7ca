"""`tensorflow.examples.tutorials.mnist`, which came with TensorFlow until 2.0."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import same

_OLD = "tf.examples.tutorials.mnist"
_NEW = "cnn_mnist.tf1.examples"

ROWS = [
    *same(f"{_OLD}.input_data", f"{_NEW}.input_data", "read_data_sets DataSet Datasets"),
]
