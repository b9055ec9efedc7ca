"""`tf.contrib.rnn`."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import same

ROWS = [
    *same(
        "tf.contrib.rnn",
        "tf.nn.rnn_cell",
        "BasicLSTMCell BasicRNNCell DeviceWrapper DropoutWrapper GRUCell LSTMCell LSTMStateTuple "
        "MultiRNNCell ResidualWrapper RNNCell",
    ),
]
