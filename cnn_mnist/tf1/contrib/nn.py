"""What stands in for `tf.contrib.nn`."""

from __future__ import annotations

from typing import Any

from cnn_mnist.tf_compat import tf


def alpha_dropout(
    x: Any,
    keep_prob: float,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Returns the inputs with some set to the least value of SELU, at the same mean and variance.

    Source: Klambauer and others, Self-normalizing neural networks, 2017: kept values stay, others
    become -1.7580993408473766, then all are scaled to a variance of 1 and moved to a mean of 0.

    Args:
      x: of mean 0 and variance 1.
      keep_prob: the probability that a value is kept.
      noise_shape: see `tf.nn.dropout`.
      seed: of the random choice.
      name: of the ops.

    Raises:
      ValueError: `keep_prob` is not in (0, 1].
    """
    with tf.name_scope(name, "alpha_dropout", [x]):
        x = tf.convert_to_tensor(x)
        if not 0 < keep_prob <= 1:
            raise ValueError(f"keep_prob must be in the range (0, 1], not {keep_prob}")
        if keep_prob == 1:
            return x
        least = -1.7580993408473766
        shape = tf.shape(x) if noise_shape is None else noise_shape
        kept = tf.floor(keep_prob + tf.random_uniform(shape, seed=seed, dtype=x.dtype))
        scale = (keep_prob + keep_prob * (1 - keep_prob) * least**2) ** -0.5
        shift = -scale * least * (1 - keep_prob)
        outputs = scale * (x * kept + least * (1 - kept)) + shift
        outputs.set_shape(x.shape)
        return outputs


def deprecated_flipped_softmax_cross_entropy_with_logits(
    logits: Any, labels: Any, dim: int = -1, name: str | None = None
) -> Any:
    """Returns `tf.nn.softmax_cross_entropy_with_logits`, of the logits first."""
    return tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits, dim=dim, name=name)


def deprecated_flipped_sparse_softmax_cross_entropy_with_logits(
    logits: Any, labels: Any, name: str | None = None
) -> Any:
    """Returns `tf.nn.sparse_softmax_cross_entropy_with_logits`, of the logits first."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name=name)


def deprecated_flipped_sigmoid_cross_entropy_with_logits(
    logits: Any, targets: Any, name: str | None = None
) -> Any:
    """Returns `tf.nn.sigmoid_cross_entropy_with_logits`, of the logits first."""
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits, name=name)


def scaled_softplus(x: Any, alpha: Any, clip: Any = None, name: str | None = None) -> Any:
    """Returns alpha * log(1 + exp(x / alpha)), at most `clip` if that is given.

    Args:
      x: a tensor.
      alpha: how far the curve is from ReLU.
      clip: the largest value; the curve bends as it does at 0.
      name: of the ops.
    """
    with tf.name_scope(name, "scaled_softplus", [x, alpha]):
        alpha = tf.convert_to_tensor(alpha, dtype=x.dtype)
        value = alpha * tf.nn.softplus(x / alpha)
        if clip is None:
            return value
        clip = tf.convert_to_tensor(clip, dtype=x.dtype)
        return value - alpha * tf.nn.softplus((x - clip) / alpha)
