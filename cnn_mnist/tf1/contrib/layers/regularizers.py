"""Penalties on weights."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Sequence
from typing import Any

from cnn_mnist.tf_compat import tf

Regularizer = Callable[[Any], Any]


def l1_regularizer(scale: float, scope: str | None = None) -> Regularizer:
    """Returns a function from weights to scale * sum(abs(weights)).

    Args:
      scale: a float, 0.0 for no penalty.
      scope: the name of its ops.

    Raises:
      ValueError: the scale is negative, or not a float.
    """
    return _scaled(scale, scope, "l1_regularizer", lambda weights: tf.reduce_sum(tf.abs(weights)))


def l2_regularizer(scale: float, scope: str | None = None) -> Regularizer:
    """Returns a function from weights to scale * sum(weights ** 2) / 2.

    Args:
      scale: a float, 0.0 for no penalty.
      scope: the name of its ops.

    Raises:
      ValueError: the scale is negative, or not a float.
    """
    return _scaled(scale, scope, "l2_regularizer", tf.nn.l2_loss)


def _scaled(scale: Any, scope: str | None, name: str, penalty: Regularizer) -> Regularizer:
    _check_scale(scale, "scale")
    if isinstance(scale, numbers.Real) and scale == 0.0:
        tf.logging.info("Scale of 0 disables regularizer.")
        return lambda _: None

    def regularizer(weights: Any) -> Any:
        with tf.name_scope(scope, name, [weights]) as inner:
            factor = tf.convert_to_tensor(scale, dtype=weights.dtype.base_dtype, name="scale")
            return tf.multiply(factor, penalty(weights), name=inner)

    return regularizer


def _check_scale(scale: Any, name: str) -> None:
    if isinstance(scale, numbers.Integral):
        raise ValueError(f"{name} cannot be an integer: {scale}")
    if isinstance(scale, numbers.Real) and scale < 0.0:
        raise ValueError(f"Setting a {name} less than 0 on a regularizer: {scale:g}")


def l1_l2_regularizer(
    scale_l1: float = 1.0, scale_l2: float = 1.0, scope: str | None = None
) -> Regularizer | None:
    """Returns the sum of `l1_regularizer` and `l2_regularizer`.

    Args:
      scale_l1: of the first.
      scale_l2: of the second.
      scope: the name of its ops.

    Raises:
      ValueError: a scale is negative, or not a float.
    """
    _check_scale(scale_l1, "scale_l1")
    _check_scale(scale_l2, "scale_l2")
    scope = scope or "l1_l2_regularizer"
    if scale_l1 == 0.0:
        return l2_regularizer(scale_l2, scope)
    if scale_l2 == 0.0:
        return l1_regularizer(scale_l1, scope)
    return sum_regularizer([l1_regularizer(scale_l1), l2_regularizer(scale_l2)], scope)


def sum_regularizer(
    regularizer_list: Sequence[Regularizer | None], scope: str | None = None
) -> Regularizer | None:
    """Returns the sum of regularizers; None if there are none.

    Args:
      regularizer_list: regularizers, or None for none.
      scope: the name of its ops.
    """
    regularizers = [regularizer for regularizer in regularizer_list if regularizer is not None]
    if not regularizers:
        return None

    def sum_reg(weights: Any) -> Any:
        with tf.name_scope(scope, "sum_regularizer", [weights]) as name:
            penalties = [regularizer(weights) for regularizer in regularizers]
            penalties = [penalty for penalty in penalties if penalty is not None]
            return tf.add_n(penalties, name=name) if penalties else None

    return sum_reg


def apply_regularization(regularizer: Regularizer, weights_list: Any = None) -> Any:
    """Returns the sum of the penalties on weights, and adds it to REGULARIZATION_LOSSES.

    Args:
      regularizer: a function from weights to a scalar or None.
      weights_list: those of the collection WEIGHTS without it.

    Raises:
      ValueError: there are no weights, or a penalty is not a scalar.
    """
    weights_list = weights_list or tf.get_collection(tf.GraphKeys.WEIGHTS)
    if not weights_list:
        raise ValueError("No weights to regularize.")
    with tf.name_scope("get_regularization_penalty", values=weights_list) as scope:
        penalties = [regularizer(weights) for weights in weights_list]
        penalties = [tf.constant(0.0) if penalty is None else penalty for penalty in penalties]
        for penalty in penalties:
            if penalty.shape.ndims != 0:
                raise ValueError(f"a regularizer must return a scalar, not {penalty.shape}")
        summed = tf.add_n(penalties, name=scope)
        tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, summed)
        return summed
