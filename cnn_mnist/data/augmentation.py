"""Augmentation: varies the place, shape and stroke of each training image a little, at random."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

from cnn_mnist.networks.architecture import IMAGE_SHAPE
from cnn_mnist.tf_compat import tf


@dataclasses.dataclass(frozen=True)
class Limits:
    """How far an image is moved, in both directions.

    Attributes:
      degrees: of rotation.
      scale: the factor of width and of height.
      shear: pixels to the side for each pixel down.
      shift: pixels, to the side and down.
      taper: by how much a side of the image is longer than the opposite one, as a part of it.
    """

    degrees: float
    scale: float
    shear: float
    shift: float
    taper: float = 0.0


AFFINE = Limits(degrees=12.0, scale=1.12, shear=0.12, shift=2.0)
"""Chosen by hand; no other values were tried."""
DRAWN = Limits(degrees=15.0, scale=1.15, shear=0.15, shift=2.0, taper=0.15)
STROKE = 0.6
"""How far `drawn` goes towards a stroke that is a pixel wider, or narrower, on either side."""
BLURRED = 0.2
"""The part of the images of `drawn` that become blurred, as pictures of few pixels are."""


def augmented(kind: str, image: Any, seed: Any) -> Any:
    """Returns the images augmented as `kind` says.

    Args:
      kind: one of `config.choices.AUGMENTATIONS`: `none`, `affine` or `drawn`.
      image: uint8 `[batch, 28, 28, 1]`.
      seed: int64 `[2]`, determines every random amount.

    Returns:
      uint8 `[batch, 28, 28, 1]`.
    """
    return _KINDS[kind](image, seed)


def affine(image: Any, seed: Any) -> Any:
    """Rotates, scales, shears and shifts each image about its middle by amounts of its own.

    Amounts are drawn uniformly up to the limits of `AFFINE`; for scale, its logarithm is.
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
        return _moved(image, _transforms(AFFINE, amounts))


def drawn(image: Any, seed: Any) -> Any:
    """Moves each image as `affine` does, but further, and changes its stroke.

    One side may be longer than the opposite one, the stroke wider or narrower, and some images
    are blurred.

    Args:
      image: uint8 `[batch, 28, 28, 1]`.
      seed: int64 `[2]`, determines the amounts.

    Returns:
      uint8 `[batch, 28, 28, 1]`.
    """
    with tf.name_scope("drawn"):
        amounts = tf.random.stateless_uniform([tf.shape(image)[0], 10], seed, -1.0, 1.0)
        moved = tf.cast(_moved(image, _transforms(DRAWN, amounts[:, :8])), tf.float32)
        stroke, blur = (amounts[:, at, tf.newaxis, tf.newaxis, tf.newaxis] for at in (8, 9))
        changed = _with_stroke(moved, STROKE * stroke)
        # The top fifth of the amounts, as 0 to 1.
        part = tf.nn.relu(1 - (1 - blur) / (2 * BLURRED))
        changed += part * (_blurred(changed) - changed)
        return tf.cast(tf.round(changed), tf.uint8)


def _moved(image: Any, transforms: Any) -> Any:
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=image,
        transforms=transforms,
        output_shape=IMAGE_SHAPE[:2],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    moved.set_shape([None, *IMAGE_SHAPE])
    return moved


def _transforms(limits: Limits, amounts: Any) -> Any:
    """Returns the matrices of `ImageProjectiveTransformV3`, float32 `[batch, 8]`.

    They map each output pixel (x, y) to the input pixel that it is taken from.

    Args:
      limits: the largest amounts.
      amounts: float32 `[batch, 6]`, -1 to 1, as fractions of the limits; `[batch, 8]` with taper.
    """
    turn, wide, high, slant, right, down, *taper = tf.unstack(amounts, axis=1)
    turn = turn * math.radians(limits.degrees)
    wide, high = tf.pow(limits.scale, wide), tf.pow(limits.scale, high)
    x_from_x, x_from_y = tf.cos(turn) * wide, limits.shear * slant - tf.sin(turn) * high
    y_from_x, y_from_y = tf.sin(turn) * wide, tf.cos(turn) * high
    # The middle of the image moves right and down by the shift.
    middle = (IMAGE_SHAPE[0] - 1) / 2
    x_landed, y_landed = middle + limits.shift * right, middle + limits.shift * down
    x_offset = middle - x_from_x * x_landed - x_from_y * y_landed
    y_offset = middle - y_from_x * x_landed - y_from_y * y_landed
    if not taper:
        zero = tf.zeros_like(turn)
        rows = (x_from_x, x_from_y, x_offset, y_from_x, y_from_y, y_offset, zero, zero)
        return tf.stack(rows, 1)
    # The divisor is 1 where the middle has landed, and the middle stays there.
    by_x, by_y = (limits.taper / IMAGE_SHAPE[0] * amount for amount in taper)
    rest = 1 - by_x * x_landed - by_y * y_landed
    rows = (
        x_from_x + middle * by_x,
        x_from_y + middle * by_y,
        x_offset + middle * (rest - 1),
        y_from_x + middle * by_x,
        y_from_y + middle * by_y,
        y_offset + middle * (rest - 1),
        by_x,
        by_y,
    )
    return tf.stack(rows, 1) / rest[:, tf.newaxis]


def _with_stroke(image: Any, amount: Any) -> Any:
    """Returns images with wider strokes where `amount` is above 0, and narrower ones below."""
    wider = tf.nn.max_pool2d(image, 3, 1, "SAME")
    narrower = -tf.nn.max_pool2d(-image, 3, 1, "SAME")
    return image + tf.nn.relu(amount) * (wider - image) + tf.nn.relu(-amount) * (narrower - image)


def _blurred(image: Any) -> Any:
    """Returns images averaged over squares of 3x3 pixels twice, as bright as they can be."""
    soft = tf.nn.avg_pool2d(tf.nn.avg_pool2d(image, 3, 1, "SAME"), 3, 1, "SAME")
    return soft * (255 / tf.maximum(1.0, tf.reduce_max(soft, axis=(1, 2, 3), keepdims=True)))


_KINDS: Mapping[str, Callable[[Any, Any], Any]] = {
    "none": lambda image, seed: image,
    "affine": affine,
    "drawn": drawn,
}
