"""Augmentation: each training image a little turned, sized, slanted and shifted, by chance."""

from __future__ import annotations

import math
from typing import Any

from cnn_mnist.networks.architecture import IMAGE_SHAPE
from cnn_mnist.tf_compat import tf

ROTATION_DEGREES = 12.0
SCALE = 1.12
SHEAR = 0.12
SHIFT_PIXELS = 2.0
"""The most of each that `affine` does, either way: chosen by hand, no others were tried."""


def augmented(kind: str, image: Any, seed: Any) -> Any:
    """Returns other images of the same digits.

    Args:
      kind: one of `config.fields.AUGMENTATIONS`: `none` or `affine`.
      image: uint8 `[batch, 28, 28, 1]`.
      seed: int64 `[2]`, decides all that is drawn.

    Returns:
      uint8 `[batch, 28, 28, 1]`.
    """
    return affine(image, seed) if kind == "affine" else image


def affine(image: Any, seed: Any) -> Any:
    """Turns, sizes, slants and shifts each image about its middle, each by another amount.

    Amounts are uniform up to the constants above, sizes so in their logarithm. Pixels are
    interpolated between four neighbours, and what comes from outside is 0, as in
    https://doi.org/10.1109/ICDAR.2003.1227801, which did so for MNIST.

    Args:
      image: uint8 `[batch, 28, 28, 1]`.
      seed: int64 `[2]`, decides the amounts.
    """
    with tf.name_scope("affine"):
        drawn = tf.random.stateless_uniform([tf.shape(image)[0], 6], seed, -1.0, 1.0)
        moved = tf.raw_ops.ImageProjectiveTransformV3(
            images=image,
            transforms=_transforms(drawn),
            output_shape=IMAGE_SHAPE[:2],
            fill_value=0.0,
            interpolation="BILINEAR",
            fill_mode="CONSTANT",
        )
        moved.set_shape([None, *IMAGE_SHAPE])
        return moved


def _transforms(drawn: Any) -> Any:
    """Returns the matrices of `ImageProjectiveTransformV3`, float32 `[batch, 8]`.

    They say where the pixel that lands on (x, y) comes from.

    Args:
      drawn: float32 `[batch, 6]`, -1 to 1: of each amount what part.
    """
    turn, wide, high, slant, right, down = tf.unstack(drawn, axis=1)
    turn = turn * math.radians(ROTATION_DEGREES)
    wide, high = tf.pow(SCALE, wide), tf.pow(SCALE, high)
    x_from_x, x_from_y = tf.cos(turn) * wide, SHEAR * slant - tf.sin(turn) * high
    y_from_x, y_from_y = tf.sin(turn) * wide, tf.cos(turn) * high
    # What was the middle of the image lands right and down of it by the shift.
    middle = (IMAGE_SHAPE[0] - 1) / 2
    x_landed, y_landed = middle + SHIFT_PIXELS * right, middle + SHIFT_PIXELS * down
    x_offset = middle - x_from_x * x_landed - x_from_y * y_landed
    y_offset = middle - y_from_x * x_landed - y_from_y * y_landed
    zero = tf.zeros_like(turn)
    return tf.stack((x_from_x, x_from_y, x_offset, y_from_x, y_from_y, y_offset, zero, zero), 1)
