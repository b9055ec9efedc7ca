"""Initial values: Xavier's and variance scaling."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from cnn_mnist.tf_compat import tf


def xavier_initializer(
    uniform: bool = True, seed: int | None = None, dtype: Any = tf.float32
) -> Callable[..., Any]:
    """Returns Xavier's initializer: variance 2 / (fan_in + fan_out).

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural
    networks, 2010.

    Args:
      uniform: uniform or truncated normal values.
      seed: of the random values.
      dtype: of the values.
    """
    return variance_scaling_initializer(1.0, "FAN_AVG", uniform, seed, dtype)


xavier_initializer_conv2d = xavier_initializer


def variance_scaling_initializer(
    factor: float = 2.0,
    mode: str = "FAN_IN",
    uniform: bool = False,
    seed: int | None = None,
    dtype: Any = tf.float32,
) -> Callable[..., Any]:
    """Returns an initializer whose values have the variance factor / n.

    Source: He and others, Delving deep into rectifiers, 2015, for the defaults. The truncated
    normal values have the standard deviation sqrt(1.3 factor / n) before they are cut, as in
    TensorFlow 1; `tf.variance_scaling_initializer` divides by 0.87962566 instead.

    Args:
      factor: of the variance.
      mode: what n is: FAN_IN, FAN_OUT, or FAN_AVG for the mean of both.
      uniform: uniform or truncated normal values.
      seed: of the random values.
      dtype: of the values.

    Raises:
      TypeError: the dtype is not a float, or the mode is unknown.
    """
    if not dtype.is_floating:
        raise TypeError("Cannot create initializer for non-floating point type.")
    if mode not in ("FAN_IN", "FAN_OUT", "FAN_AVG"):
        raise TypeError(f"Unknown mode {mode} [FAN_IN, FAN_OUT, FAN_AVG]")

    def _initializer(shape: Any, dtype: Any = dtype, partition_info: Any = None) -> Any:
        del partition_info
        if not dtype.is_floating:
            raise TypeError("Cannot create initializer for non-floating point type.")
        sizes = [float(size) for size in shape] or [1.0]
        field = math.prod(sizes[:-2])
        fan_in = field * (sizes[-2] if len(sizes) > 1 else sizes[-1])
        fan_out = field * sizes[-1]
        n = {"FAN_IN": fan_in, "FAN_OUT": fan_out, "FAN_AVG": (fan_in + fan_out) / 2.0}[mode]
        if uniform:
            limit = math.sqrt(3.0 * factor / n)
            return tf.random_uniform(shape, -limit, limit, dtype, seed=seed)
        return tf.truncated_normal(shape, 0.0, math.sqrt(1.3 * factor / n), dtype, seed=seed)

    return _initializer


# The defaults of all layers with weights and biases. An initializer keeps no state.
XAVIER = xavier_initializer()
ZEROS = tf.zeros_initializer()
