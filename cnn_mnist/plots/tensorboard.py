"""Makes the summaries that TensorBoard shows: numbers, pictures and texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from cnn_mnist import plots
from cnn_mnist.support import terminal
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


def text(tag: str, markdown: str) -> Any:
    """Returns a summary of a text, which TensorBoard's *Text* shows as Markdown."""
    from tensorboard.plugins.text import metadata

    # tensorboard has protocol buffers of its own.
    kind = metadata.create_summary_metadata(display_name="", description="")
    value = tf.Summary.Value(
        tag=tag,
        metadata=tf.SummaryMetadata.FromString(kind.SerializeToString()),
        tensor=tf.make_tensor_proto([markdown], tf.string),
    )
    return tf.Summary(value=[value])


def markdown_table(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Returns a table in Markdown, with each value as it is, not as Markdown."""
    heads = tuple(heads)
    lines = [heads, ("---",) * len(heads), *(map(_literal, row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _literal(value: Any) -> str:
    """Returns a value as code, which neither Markdown nor HTML changes."""
    shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    shown = " ".join(terminal.visible(shown).split()).replace("`", "'").replace("|", "\u2223")
    return f"`{shown}`" if shown and value is not None else ""
