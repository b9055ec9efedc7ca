"""Initial weights, the same for both variants: `--initializer` chooses a scheme.

A scheme has an initializer for the kernels and one for the biases of each kind of layer.
"""

from __future__ import annotations

from typing import Any

from cnn_mnist.networks import architecture as arch
from cnn_mnist.tf_compat import tf


def kernel(scheme: str, layer: arch.Conv | arch.Dense, seed: int) -> Any:
    """Returns the initializer of a layer's kernel.

    Args:
      scheme: one of `config.choices.INITIALIZERS`.
        `glorot_uniform`: U(-a, a), a = √(6 / (fan in + fan out)), the default of
        `tf.layers` (https://proceedings.mlr.press/v9/glorot10a.html).
        `uniform_unit_scaling`: U(-a, a), a = √(3 / fan in), the default of
        `tf.get_variable` in early TensorFlow 1, and therefore of its `tf.layers`
        (https://arxiv.org/abs/1412.6558).
        `he_uniform`: U(-a, a), a = √(6 / fan in), which keeps the scale through a ReLU
        (https://arxiv.org/abs/1502.01852).
        `variance_scaling`: a truncated normal of variance 1 / fan in, TensorFlow.js's
        `varianceScaling`.
        `normal_conv`: N(0, 1) for convolutions, Glorot's for dense layers.
      layer: the layer.
      seed: the seed of this layer; the weights depend on it and on the graph's seed.
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
    """Returns the initializer of a layer's bias: N(0, 1) for convolutions in `normal_conv`,
    zeros otherwise. The arguments are those of `kernel`."""
    if scheme == "normal_conv" and isinstance(layer, arch.Conv):
        # With the kernel's seed the bias would repeat the kernel's first numbers.
        return tf.random_normal_initializer(seed=seed + 1000)
    return tf.zeros_initializer()
