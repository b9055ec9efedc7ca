"""`tensorflow.examples.tutorials.mnist`, which came with TensorFlow until 2.0."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import refused, same

_OLD = "tf.examples.tutorials.mnist"
_NEW = "cnn_mnist.tf1.examples"

ROWS = [
    *same(f"{_OLD}.input_data", f"{_NEW}.input_data", "read_data_sets DataSet Datasets"),
    *same(
        f"{_OLD}.mnist",
        f"{_NEW}.mnist",
        "IMAGE_PIXELS IMAGE_SIZE NUM_CLASSES evaluation inference loss training",
    ),
    *refused(
        _OLD,
        "fully_connected_feed mnist_softmax mnist_softmax_xla mnist_with_summaries mnist_deep",
        "it is a script, not a module",
        "a copy of the script, run by this command",
    ),
]
