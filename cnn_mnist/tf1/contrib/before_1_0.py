"""Stand-ins for functions of before TensorFlow 1.0 whose arguments had other names or orders."""

from __future__ import annotations

from typing import Any

from cnn_mnist.tf_compat import tf


def batch_matmul(
    x: Any, y: Any, adj_x: bool = False, adj_y: bool = False, name: str | None = None
) -> Any:
    """Multiplies the matrices of two batches.

    Args:
      x: `[..., rows, inner]`.
      y: `[..., inner, columns]`.
      adj_x: whether `x` is adjoint.
      adj_y: whether `y` is adjoint.
      name: of the op.
    """
    return tf.matmul(x, y, adjoint_a=adj_x, adjoint_b=adj_y, name=name)


def select(condition: Any, t: Any, e: Any, name: str | None = None) -> Any:
    """Returns the elements of `t` where the condition holds, and else those of `e`."""
    return tf.where(condition, t, e, name=name)


def scalar_summary(tags: Any, values: Any, collections: Any = None, name: str | None = None) -> Any:
    """Returns the op of a summary of scalars.

    Args:
      tags: one tag, or as many as values.
      values: a scalar, or as many as tags.
      collections: what the op is added to; that of all summaries by default.
      name: of the op.
    """
    return _collected(
        tf.raw_ops.ScalarSummary(tags=tags, values=values, name=name or "ScalarSummary"),
        collections,
    )


def histogram_summary(
    tag: Any, values: Any, collections: Any = None, name: str | None = None
) -> Any:
    """Returns the op of a summary of a histogram; see `scalar_summary`."""
    summary = tf.raw_ops.HistogramSummary(tag=tag, values=values, name=name or "HistogramSummary")
    return _collected(summary, collections)


def image_summary(
    tag: Any,
    tensor: Any,
    max_images: int = 3,
    collections: Any = None,
    name: str | None = None,
) -> Any:
    """Returns the op of a summary of images `[batch, height, width, channels]`."""
    summary = tf.raw_ops.ImageSummary(
        tag=tag, tensor=tensor, max_images=max_images, name=name or "ImageSummary"
    )
    return _collected(summary, collections)


def audio_summary(
    tag: Any,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Any = None,
    name: str | None = None,
) -> Any:
    """Returns the op of a summary of sounds `[batch, frames, channels]` or `[batch, frames]`."""
    summary = tf.raw_ops.AudioSummaryV2(
        tag=tag,
        tensor=tensor,
        sample_rate=tf.cast(sample_rate, tf.float32),
        max_outputs=max_outputs,
        name=name or "AudioSummary",
    )
    return _collected(summary, collections)


def _collected(summary: Any, collections: Any) -> Any:
    for collection in [tf.GraphKeys.SUMMARIES] if collections is None else collections:
        tf.add_to_collection(collection, summary)
    return summary
