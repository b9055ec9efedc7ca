"""Stand-ins for `tf.contrib.image`: rotations and other projective transforms.

A transform is `[a0, a1, a2, b0, b1, b2, c0, c1]`: the output at `(x, y)` is the input at
`((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k)`, `k = c0 x + c1 y + 1`, and 0 outside of it.
"""

from __future__ import annotations

from typing import Any

from cnn_mnist.tf_compat import tf


def rotate(
    images: Any, angles: Any, interpolation: str = "NEAREST", name: str | None = None
) -> Any:
    """Rotates images counterclockwise around their middle.

    Args:
      images: `[count, height, width, channels]`, `[height, width, channels]` or `[height, width]`.
      angles: radians, a scalar or `[count]`.
      interpolation: `NEAREST` or `BILINEAR`.
      name: of the scope.

    Returns:
      Images of the same shape.

    Raises:
      TypeError: images or angles have another rank.
    """
    with tf.name_scope(name, "rotate"):
        images = tf.convert_to_tensor(images)
        shape = tf.shape(_four_dimensions(images))
        height, width = (tf.cast(shape[axis], tf.float32)[None] for axis in (1, 2))
        transforms = angles_to_projective_transforms(angles, height, width)
        return transform(images, transforms, interpolation)


def translate(
    images: Any, translations: Any, interpolation: str = "NEAREST", name: str | None = None
) -> Any:
    """Moves images by `[dx, dy]` pixels, one for all or `[count, 2]`."""
    with tf.name_scope(name, "translate"):
        return transform(images, translations_to_projective_transforms(translations), interpolation)


def transform(
    images: Any,
    transforms: Any,
    interpolation: str = "NEAREST",
    output_shape: Any = None,
    name: str | None = None,
) -> Any:
    """Applies transforms to images.

    Args:
      images: `[count, height, width, channels]`, `[height, width, channels]` or `[height, width]`.
      transforms: `[8]` or `[count, 8]`.
      interpolation: `NEAREST` or `BILINEAR`.
      output_shape: height and width of the output; those of the images by default.
      name: of the scope.

    Raises:
      TypeError: images or transforms have another rank.
    """
    with tf.name_scope(name, "transform"):
        images = tf.convert_to_tensor(images, name="images")
        transforms = _rows(transforms, "transforms")
        batch = _four_dimensions(images)
        if output_shape is None:
            height_and_width = batch.get_shape()[1:3]
            known = height_and_width.is_fully_defined()
            output_shape = height_and_width.as_list() if known else tf.shape(batch)[1:3]
        output = tf.raw_ops.ImageProjectiveTransformV2(
            images=batch,
            transforms=transforms,
            output_shape=tf.convert_to_tensor(output_shape, tf.int32),
            interpolation=interpolation.upper(),
        )
        rank = images.get_shape().ndims
        return output if rank == 4 else output[0] if rank == 3 else output[0, :, :, 0]


def angles_to_projective_transforms(
    angles: Any, image_height: Any, image_width: Any, name: str | None = None
) -> Any:
    """Returns the transforms `[count, 8]` of rotations around the middle of an image."""
    with tf.name_scope(name, "angles_to_projective_transforms"):
        angles = tf.convert_to_tensor(angles, tf.float32)
        if angles.get_shape().ndims not in (0, 1):
            raise TypeError("angles must be a scalar or have one dimension")
        angles = tf.reshape(angles, [-1])
        cos, sin = tf.cos(angles), tf.sin(angles)
        right, low = image_width - 1, image_height - 1
        x_offset = (right - (cos * right - sin * low)) / 2.0
        y_offset = (low - (sin * right + cos * low)) / 2.0
        zero = tf.zeros_like(angles)
        return tf.stack([cos, -sin, x_offset, sin, cos, y_offset, zero, zero], axis=1)


def translations_to_projective_transforms(translations: Any, name: str | None = None) -> Any:
    """Returns the transforms `[count, 8]` of translations `[2]` or `[count, 2]`."""
    with tf.name_scope(name, "translations_to_projective_transforms"):
        rows = _rows(translations, "translations")
        one, zero = tf.ones_like(rows[:, 0]), tf.zeros_like(rows[:, 0])
        columns = [one, zero, -rows[:, 0], zero, one, -rows[:, 1], zero, zero]
        return tf.stack(columns, axis=1)


def compose_transforms(*transforms: Any) -> Any:
    """Returns the transforms that are the given ones one after the other, `[count, 8]`."""
    with tf.name_scope("compose_transforms"):
        first, *others = map(flat_transforms_to_matrices, transforms)
        for matrices in others:
            first = tf.matmul(first, matrices)
        return matrices_to_flat_transforms(first)


def flat_transforms_to_matrices(transforms: Any) -> Any:
    """Returns transforms `[8]` or `[count, 8]` as matrices `[count, 3, 3]`."""
    with tf.name_scope("flat_transforms_to_matrices"):
        rows = tf.reshape(tf.convert_to_tensor(transforms, name="transforms"), [-1, 8])
        return tf.reshape(tf.concat([rows, tf.ones_like(rows[:, :1])], axis=1), [-1, 3, 3])


def matrices_to_flat_transforms(transform_matrices: Any) -> Any:
    """Returns matrices `[3, 3]` or `[count, 3, 3]` as transforms `[count, 8]`."""
    with tf.name_scope("matrices_to_flat_transforms"):
        rows = tf.reshape(tf.convert_to_tensor(transform_matrices), [-1, 9])
        return (rows / rows[:, 8:9])[:, :8]


def _four_dimensions(images: Any) -> Any:
    rank = images.get_shape().ndims
    if rank not in (2, 3, 4):
        raise TypeError(f"images must have a known rank from 2 to 4, not {rank}")
    return images if rank == 4 else images[None] if rank == 3 else images[None, :, :, None]


def _rows(values: Any, what: str) -> Any:
    values = tf.convert_to_tensor(values, tf.float32, name=what)
    if values.get_shape().ndims not in (1, 2):
        raise TypeError(f"{what} must have one or two dimensions")
    return values if values.get_shape().ndims == 2 else values[None]
