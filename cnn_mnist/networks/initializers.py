"""Initial weights, the same for both variants: a scheme is chosen by `--initializer`.

Each scheme gives one initializer for kernels and one for biases of each kind of layer.
"""

from __future__ import annotations

from typing import Any

from cnn_mnist.networks import architecture as arch
from cnn_mnist.tf_compat import tf


def kernel(scheme: str, layer: arch.Conv | arch.Dense, seed: int) -> Any:
    """Returns the initializer of a layer's kernel.

    Args:
      scheme: one of `config.fields.INITIALIZERS`.
        `glorot_uniform`: U(-a, a), a = √(6 / (fan in + fan out)), the default of
        `tf.layers` (https://proceedings.mlr.press/v9/glorot10a.html).
        `uniform_unit_scaling`: U(-a, a), a = √(3 / fan in), the default of
        `tf.get_variable`, and so of `tf.layers`, before Glorot's became it
        (https://arxiv.org/abs/1412.6558).
        `he_uniform`: U(-a, a), a = √(6 / fan in), which keeps the scale through a ReLU
        (https://arxiv.org/abs/1502.01852).
        `variance_scaling`: a truncated normal of variance 1 / fan in, TensorFlow.js's
        `varianceScaling`.
        `normal_conv`: N(0, 1) for convolutions, Glorot's for dense layers.
      layer: the layer.
      seed: decides the numbers, together with the graph's.
    """
    if scheme == "uniform_unit_scaling":
        return tf.variance_scaling_initializer(1.0, "fan_in", "uniform", seed=seed)
    if scheme == "he_uniform":
        return tf.variance_scaling_initializer(2.0, "fan_in", "uniform", seed=seed)
    if scheme == "variance_scaling":
        return tf.variance_scaling_initializer(1.0, "fan_in", "truncated_normal", seed=seed)
    if scheme == "normal_conv" and isinstance(layer, arch.Conv):
        return tf.random_normal_initializer(seed=seed)
    return tf.glorot_uniform_initializer(seed=seed)


def bias(scheme: str, layer: arch.Conv | arch.Dense, seed: int) -> Any:
    """Returns the initializer of a layer's bias: zeros, but N(0, 1) for `normal_conv`'s
    convolutions. Arguments as for `kernel`."""
    if scheme == "normal_conv" and isinstance(layer, arch.Conv):
        # Another seed than the kernel's, or the bias would repeat its first numbers.
        return tf.random_normal_initializer(seed=seed + 1000)
    return tf.zeros_initializer()
