"""`tf.contrib.layers`."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name

ROWS = [
    Name("tf.contrib.layers.xavier_initializer", "tf.glorot_uniform_initializer"),
    Name("tf.contrib.layers.flatten", "tf.layers.flatten"),
]
