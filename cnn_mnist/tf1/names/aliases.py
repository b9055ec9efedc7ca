"""Names of before TensorFlow 1.0 that had another name in all of TensorFlow 1.

Source: the release notes of TensorFlow 1.0, and its script `tf_upgrade`.
"""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name

_RENAMED = {
    "tf.mul": "tf.multiply",
    "tf.sub": "tf.subtract",
    "tf.neg": "tf.negative",
    "tf.pack": "tf.stack",
    "tf.unpack": "tf.unstack",
    "tf.merge_all_summaries": "tf.summary.merge_all",
    "tf.merge_summary": "tf.summary.merge",
    "tf.train.SummaryWriter": "tf.summary.FileWriter",
}

ROWS = [Name(old, new, gone="1.0") for old, new in _RENAMED.items()]
