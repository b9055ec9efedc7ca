"""Makes the summaries that TensorBoard shows: numbers and pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnn_mnist import plots
from cnn_mnist.tf_compat import tf


def scalars(**values: float) -> Any:
    """Returns a summary of scalars, for `tf.summary.FileWriter.add_summary`."""
    return tf.Summary(
        value=[tf.Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
    )


def confusion_matrix_summary(matrix: np.ndarray, class_names: tuple[str, ...], title: str) -> Any:
    """Returns a summary with the confusion matrix as a labelled picture.

    Its tag is not `confusion_matrix`: Estimator writes the counts of an evaluation under that
    one, and TensorBoard shows only the first kind of data it finds under a tag.
    """
    png = plots.confusion_matrix_png(matrix, class_names, title)
    picture = tf.Summary.Image(encoded_image_string=png)
    return tf.Summary(value=[tf.Summary.Value(tag="confusion_matrix/image", image=picture)])


def image_value(tag: str, png: bytes) -> Any:
    """Returns a picture as one value of a `tf.Summary`."""
    return tf.Summary.Value(tag=tag, image=tf.Summary.Image(encoded_image_string=png))
