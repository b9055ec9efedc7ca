"""The families of `tf.contrib`, which TensorFlow 2.0 dropped."""

from __future__ import annotations

from cnn_mnist.tf1.names import (
    contrib_columns,
    contrib_compression,
    contrib_data,
    contrib_eager,
    contrib_estimator,
    contrib_framework,
    contrib_layers,
    contrib_learn,
    contrib_losses,
    contrib_metrics,
    contrib_opt,
    contrib_rnn,
    contrib_sequences,
    contrib_slim,
    contrib_small,
    contrib_training,
    contrib_without,
)
from cnn_mnist.tf1.names.row import Name

ROWS: list[Name] = [
    *contrib_columns.ROWS,
    *contrib_compression.ROWS,
    *contrib_data.ROWS,
    *contrib_eager.ROWS,
    *contrib_estimator.ROWS,
    *contrib_framework.ROWS,
    *contrib_layers.ROWS,
    *contrib_learn.ROWS,
    *contrib_losses.ROWS,
    *contrib_metrics.ROWS,
    *contrib_opt.ROWS,
    *contrib_rnn.ROWS,
    *contrib_sequences.ROWS,
    *contrib_slim.ROWS,
    *contrib_small.ROWS,
    *contrib_training.ROWS,
    *contrib_without.ROWS,
]
