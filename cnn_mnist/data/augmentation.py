"""Augmentation: a small random rotation, scaling, shear and shift of each training image."""

from __future__ import annotations

import math
from typing import Any

from cnn_mnist.networks.architecture import IMAGE_SHAPE
from cnn_mnist.tf_compat import tf

ROTATION_DEGREES = 12.0
SCALE = 1.12
SHEAR = 0.12
SHIFT_PIXELS = 2.0
"""The limits of `affine`, in both directions: chosen by hand; no other values were tried."""


def augmented(kind: str, image: Any, seed: Any) -> Any:
    """Returns the images augmented as `kind` says.

    Args:
      kind: one of `config.fields.AUGMENTATIONS`: `none` or `affine`.
      image: uint8 `[batch, 28, 28, 1]`.
      seed: int64 `[2]`, determines every random amount.

    Returns:
      uint8 `[batch, 28, 28, 1]`.
    """
    return affine(image, seed) if kind == "affine" else image


def affine(image: Any, seed: Any) -> Any:
    """Rotates, scales, shears and shifts each image about its middle by amounts of its own.

    Amounts are drawn uniformly up to the constants above; for scale, its logarithm is.
    Pixels are interpolated bilinearly, and those from outside the image are 0, as in
    https://doi.org/10.1109/ICDAR.2003.1227801, which did so for MNIST.

    Args:
      image: uint8 `[batch, 28, 28, 1]`.
      seed: int64 `[2]`, determines the amounts.

    Returns:
      uint8 `[batch, 28, 28, 1]`.
    """
    with tf.name_scope("affine"):
        amounts = tf.random.stateless_uniform([tf.shape(image)[0], 6], seed, -1.0, 1.0)
        moved = tf.raw_ops.ImageProjectiveTransformV3(
            images=image,
            transforms=_transforms(amounts),
            output_shape=IMAGE_SHAPE[:2],
            fill_value=0.0,
            interpolation="BILINEAR",
            fill_mode="CONSTANT",
        )
        moved.set_shape([None, *IMAGE_SHAPE])
        return moved


def _transforms(amounts: Any) -> Any:
    """Returns the matrices of `ImageProjectiveTransformV3`, float32 `[batch, 8]`.

    They map each output pixel (x, y) to the input pixel that it is taken from.

    Args:
      amounts: float32 `[batch, 6]`, -1 to 1, as fractions of the limits.
    """
    turn, wide, high, slant, right, down = tf.unstack(amounts, axis=1)
    turn = turn * math.radians(ROTATION_DEGREES)
    wide, high = tf.pow(SCALE, wide), tf.pow(SCALE, high)
    x_from_x, x_from_y = tf.cos(turn) * wide, SHEAR * slant - tf.sin(turn) * high
    y_from_x, y_from_y = tf.sin(turn) * wide, tf.cos(turn) * high
    # The middle of the image moves right and down by the shift.
    middle = (IMAGE_SHAPE[0] - 1) / 2
    x_landed, y_landed = middle + SHIFT_PIXELS * right, middle + SHIFT_PIXELS * down
    x_offset = middle - x_from_x * x_landed - x_from_y * y_landed
    y_offset = middle - y_from_x * x_landed - y_from_y * y_landed
    zero = tf.zeros_like(turn)
    return tf.stack((x_from_x, x_from_y, x_offset, y_from_x, y_from_y, y_offset, zero, zero), 1)
