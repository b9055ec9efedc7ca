"""What nothing stands in for: families whose ops TensorFlow 2 removed."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name

_REMOVED = "TensorFlow 2 removed its ops"

ROWS = [
    Name("tf.contrib.cudnn_rnn", refused=_REMOVED, instead="tf.nn.rnn_cell"),
]
